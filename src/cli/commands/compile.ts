// `cnnc compile`: writes the module of a network, with its weights beside it or inside, or a page that runs it.

import { Command, Option } from 'commander';
import type { Network } from '../../../compiler/frontend/index.ts';
import { hasErrors } from '../../../grammar/diagnostic.ts';
import type { Compilation } from '../../../compiler/index.ts';
import { escapeControls } from '../../../grammar/terminal.ts';
import { checkBudgets } from '../../network/budgets.ts';
import { InputError } from '../../data/input-error.ts';
import { moduleDifferences } from '../../network/difference.ts';
import { withLabels } from '../../network/labels.ts';
import { fittedTo } from '../../network/fitted.ts';
import { apartText } from '../../network/kept-apart.ts';
import { importText } from '../../network/module.ts';
import { linkedPage, onePage, pageFacts } from '../../page/page.ts';
import { bytesText, finePercent, grouped } from '../../text/format.ts';
import { networkFile, weightsOfFile } from '../../weights/network-file.ts';
import type { StoredType } from '../../weights/stored.ts';
import { compileWith } from '../compilation.ts';
import { DiagnosticsError, UsageError } from '../errors.ts';
import { labelsOf } from '../labels.ts';
import type { Io } from '../io.ts';
import { withPassOptions, without } from '../pass-options.ts';
import { withPictures } from '../module-pictures.ts';
import type { ModulePictureOptions } from '../module-pictures.ts';
import type { PassOptions } from '../pass-options.ts';
import { withPictureOptions } from '../picture-options.ts';
import { refuseModel } from '../model-file.ts';
import { NETWORK_ARGUMENT, openNetwork, withOpenOptions } from '../source.ts';
import type { OpenOptions } from '../source.ts';
import { repeat } from '../watch.ts';
import { withTargetOptions } from '../target-options.ts';
import type { TargetOptions } from '../target-options.ts';
import { moduleExtension, outputPlace, tellModuleType, WEIGHTS_FILE } from '../output-place.ts';
import { networkWeights, withWeightsOptions } from '../weights.ts';
import type { NamedTensors, WeightsOptions } from '../weights.ts';

interface CompileOptions extends OpenOptions, WeightsOptions, PassOptions, TargetOptions, ModulePictureOptions {
  /** What the file of weights has them in; `weightsType` is what the module keeps them in. */
  readonly stored?: StoredType;
  readonly output?: string;
  readonly embed?: boolean;
  readonly page?: string;
  readonly wasmFile?: boolean;
  readonly training?: boolean;
  readonly watch?: boolean;
  readonly json?: boolean;
}

/** As they are written: one word for what the file has and what the module keeps. */
interface GivenOptions extends Omit<CompileOptions, 'stored' | 'weightsType'> {
  readonly weightsType?: StoredType;
}

export function compileCommand(io: Io): Command {
  const command = withOpenOptions(new Command('compile'))
    .description('write a network as a module without dependencies, or as a page')
    .argument('<file>', NETWORK_ARGUMENT)
    .option('-o, --output <path>', 'a folder, made when missing, or a file: NAME.mjs, NAME.js or NAME.ts')
    .option('--embed', 'put the weights inside the module; its load() then needs none')
    .option('--wasm-file', 'for wasm: write the WebAssembly into a file beside the module, net.wasm or NAME.wasm')
    .option('--page <file>', 'write a page where a picture is dropped or drawn and its classes are shown')
    .option('--training', 'write a module that trains the network, as its `train` section says');
  withTargetOptions(
    command,
    'ts: net.ts (default); js: net.js and net.d.ts; wasm: these two, with WebAssembly SIMD inside (default of --training)',
    new Option(
      '--weights-type <type>',
      'what weights are written in: f32 (default), bf16 or f16: half the bytes, int8: a quarter; with bf16, wasm also keeps those of dense layers so',
    ).choices(['f32', 'bf16', 'f16', 'int8'] satisfies readonly StoredType[]),
  );
  return withPictureOptions(withPassOptions(withWeightsOptions(command)))
    .option('--labels <file>', 'names of the classes, one a line: for classify, and for the page')
    .option('--watch', 'do it again whenever a file that it read changes, until Ctrl-C')
    .option('--json', 'print what was written as JSON')
    .addHelpText(
      'after',
      `
The module exports load(weights) for a safetensors file with the network's own names; what it gives has run(x) and, from
one picture to classes, classify(imageData, { top }). With --weights, such a file is written beside it: into a folder as
weights.safetensors, beside -o NAME.mjs as NAME.safetensors, and the types as NAME.d.mts. A page is one
file with all inside; with -o it lies in that folder beside net.js, page.js and page.css, for servers that allow no script
in a page. Modules of --target wasm take load(weights, { threads }) and have runAsync(x) and close(), too; servers and pages
must allow them 'wasm-unsafe-eval' in a Content-Security-Policy, as the pages written here do. --weights-type makes the file of
weights smaller, or the module that has them inside; load makes f32 of them again, and stderr says how much the outputs change. How pictures become numbers is said by the input settings of the file, or by
--preset and the other options of pictures, which an .onnx file needs. Nothing is written when a budget of \`expect\` is not kept.

With --wasm-file, the module takes its WebAssembly from the file beside it, in Node and Deno by reading it, elsewhere by fetch, which compiles it
while it arrives; load(weights, { wasm }) takes it from anywhere else, and compiled: import wasm from './net.wasm' on
Cloudflare Workers. With --training there are two, NAME.step.wasm and NAME.evaluation.wasm.

With --training the module exports loadTrainer({ weights, state, seed, maxBatch, threads }) instead, all of which may be left
out; what it gives has step(images, labels, { learningRate }), run(images), weights() and state(). Loss, optimizer and first
weights are those of the \`train\` section; --weights writes a file to start from beside it.

Examples:
  cnnc compile lenet.cnn -o out
  cnnc compile lenet.cnn -o src/lenet.mjs
  cnnc compile lenet.cnn -o out --target js --weights lenet.safetensors --match order --embed
  cnnc compile lenet.cnn -o out --target wasm --weights lenet.safetensors --match order --weights-type int8
  cnnc compile lenet.cnn -o worker/lenet.mjs --target wasm --wasm-file
  cnnc compile lenet.cnn --weights lenet.safetensors --match order --page lenet.html
  cnnc compile mobilenet.onnx --preset imagenet --labels synset.txt --page mobilenet.html
  cnnc compile lenet.cnn --training -o out

JSON: { schemaVersion: 1, network, files: [{ path, bytes }] }`,
    )
    .action((path: string, { weightsType: stored, ...options }: GivenOptions) => {
      const action = (world: Io): Promise<void> => compile(path, { ...options, ...(stored && { stored }) }, world);
      return options.watch ? repeat(io, action) : action(io);
    });
}

async function compile(path: string, asked: CompileOptions, io: Io): Promise<void> {
  checkOptions(asked);
  const { page, output } = asked;
  const opened = await openNetwork(path, asked, io);
  const given = withKeptType(asked, asked.weights !== undefined || page !== undefined || opened.model !== undefined);
  const { sourceName, network } = opened;
  const graph = withLabels(withPictures(network.graph, given, io), (file) => labelsOf(file, opened.readBeside));
  if (given.training) refuseModel('--training', path, opened.model);
  if (given.training) return compileTraining({ ...network, graph }, sourceName, given, io);
  const first = compileWith({ ...network, graph }, given, io);
  const facts = page === undefined ? undefined : pageFacts(first.program, sourceName, network.doc);
  if (page !== undefined && !facts)
    throw new InputError(`${network.name} cannot have a page: that takes one picture in and the scores of classes out`);
  const isOneFile = page !== undefined && output === undefined;
  const isEmbedded = given.embed === true || isOneFile;
  const needsWeights = isEmbedded || page !== undefined || given.weights !== undefined || opened.model !== undefined;
  const full = needsWeights ? networkWeights(given, opened, io) : undefined;
  const weights = full && networkFile(graph, full, given.stored);
  const tensors = weights && (isStoredInLess(given) ? weightsOfFile(graph, weights) : full);
  const { compilation, options } = tensors
    ? await fitted({ ...network, graph }, first, tensors, given, io)
    : { compilation: first, options: given };
  const budgets = checkBudgets(network, compilation);
  if (hasErrors(budgets)) throw new DiagnosticsError(budgets);
  if (weights && isEmbedded) checkEmbedded(weights.length, io);
  if (isStoredInLess(given))
    await tellLoss(compilation, { ...network, graph }, full && { full, tensors: tensors! }, options, io);
  const place = output === undefined ? undefined : outputPlace(output);
  const wasmFile = options.wasmFile ? place!.wasm : undefined;
  const emittedFiles = compilation.emit(languageOf(options), {
    sourceName,
    ...(weights && isEmbedded && { weights }),
    ...(wasmFile !== undefined && { wasmFile }),
  });
  const files = emittedFiles.map((file) => ({ ...file, path: place ? place.nameOf(file.path) : file.path }));
  if (isOneFile) {
    const slash = page.lastIndexOf('/');
    const folder = slash < 0 ? '' : page.slice(0, slash + 1);
    const text = onePage(facts!, files[0]!.text, options.target === 'wasm');
    return write(folder, [encoded({ path: page.slice(slash + 1), text })], network, options, io);
  }
  const beside = [
    ...(wasmFile === undefined ? [] : compilation.binaries(wasmFile)),
    ...(weights && !isEmbedded ? [{ path: place!.weights, data: weights }] : []),
  ];
  const pages = facts ? linkedPage(facts, page!, options.target === 'wasm', isEmbedded ? undefined : WEIGHTS_FILE) : [];
  const { folder } = place!;
  write(folder, [...files.map(encoded), ...beside, ...pages.map(encoded)], network, options, io);
  if (!facts) tellModuleType(folder, files[0]!.path, io);
}

async function compileTraining(network: Network, sourceName: string, given: CompileOptions, io: Io): Promise<void> {
  const { trainingFiles } = await import('../training-module.ts');
  const { output = '.', wasmFile } = given;
  const place = outputPlace(output);
  const { texts, binaries } = trainingFiles(network, sourceName, given, io, wasmFile ? place.wasm : undefined);
  const files = texts.map(({ path, text }) => encoded({ path: place.nameOf(path), text }));
  const tensors = given.weights === undefined ? undefined : networkWeights(given, { network }, io);
  const beside = tensors ? [{ path: place.weights, data: networkFile(network.graph, tensors) }] : [];
  write(place.folder, [...files, ...binaries, ...beside], network, given, io);
  tellModuleType(place.folder, files[0]!.path, io);
}

interface Fitted {
  readonly compilation: Compilation;
  readonly options: CompileOptions;
}

/** `first`, or one without passes that make weights of these which exceed f32. */
async function fitted(
  network: Pick<Network, 'graph' | 'taps'>,
  first: Compilation,
  weights: NamedTensors,
  given: CompileOptions,
  io: Io,
): Promise<Fitted> {
  let options = given;
  const compile = (apart: readonly string[]): Compilation => {
    if (apart.length === 0) return first;
    options = without(apart, given);
    return compileWith(network, options, io);
  };
  const compilation = await fittedTo(weights, compile, (passes) => io.stderr.write(apartText(passes)));
  return { compilation, options };
}

function languageOf({ target, page, output }: CompileOptions): 'ts' | 'js' {
  if (target !== undefined) return target === 'ts' ? 'ts' : 'js';
  return page !== undefined || /\.m?js$/.test(output ?? '') ? 'js' : 'ts';
}

const isStoredInLess = ({ stored = 'f32' }: CompileOptions): boolean => stored !== 'f32';

/**
 * A file of weights may have any type. What a module keeps in its memory is bf16 only in WebAssembly, and f32 is made of the
 * others when it loads. Throws `UsageError` where there is no file for a type that only a file can have.
 */
function withKeptType(options: CompileOptions, hasFile: boolean): CompileOptions {
  const { stored, target } = options;
  if (stored === undefined || stored === 'f32') return options;
  if (stored === 'bf16' && (target === 'wasm' || !hasFile)) return { ...options, weightsType: 'bf16' };
  if (!hasFile)
    throw new UsageError(
      `--weights-type ${stored} says what weights are written in, and needs --weights: a file of weights, or random:SEED`,
    );
  return options;
}

/** Images on which modules with weights in f32 and in fewer bytes are compared. */
const COMPARED_IMAGES = 4;

/** Says how much the outputs change because weights are stored, or kept, in fewer bytes. */
async function tellLoss(
  compilation: Compilation,
  network: Pick<Network, 'graph' | 'taps'>,
  weights: { readonly full: NamedTensors; readonly tensors: NamedTensors } | undefined,
  options: CompileOptions,
  io: Io,
): Promise<void> {
  const { stderr } = io;
  if (options.weightsType === 'bf16' && compilation.program.sections.halves.length === 0)
    stderr.write('note: no layer of this network keeps its weights in bf16: those of dense layers would be\n');
  if (!weights) return;
  const full = compileWith(network, { ...options, weightsType: 'f32', verify: false }, io);
  const emit = (one: Compilation) => importText(one.emit('js', { sourceName: '' })[0]!.text);
  const before = { module: await emit(full), weights: weights.full };
  const after = { module: await emit(compilation), weights: weights.tensors };
  const differences = await moduleDifferences(before, after, COMPARED_IMAGES);
  if (differences.some(({ relative }) => !Number.isFinite(relative)))
    return stderr.write(
      `note: what ${options.stored} changes cannot be told: outputs are NaN or infinite on made-up inputs\n`,
    );
  const list = differences.map(({ output, relative }) => `${output} by ${finePercent(relative)}`);
  stderr.write(
    `weights in ${options.stored} change ${list.join(', ')} of the largest output at most, on ${COMPARED_IMAGES} made-up inputs\n`,
  );
}

function checkOptions(options: CompileOptions): void {
  const { weights, match, map, output, page, target, embed, wasmFile, training, stored = 'f32' } = options;
  if (training && stored !== 'f32')
    throw new UsageError(`--weights-type ${stored} and --training exclude each other: weights that learn are f32`);
  if (wasmFile && page !== undefined)
    throw new UsageError('--wasm-file and --page exclude each other: a page has its WebAssembly inside');
  if (wasmFile && target !== 'wasm' && !(training && target === undefined))
    throw new UsageError('--wasm-file needs --target wasm: modules of the other targets have no WebAssembly');
  if (weights === undefined && (match ?? map) !== undefined)
    throw new UsageError('--match and --map say how to read --weights');
  if (output === '') throw new UsageError('-o takes a folder, and its name is empty; . is this one');
  if (output === undefined && page === undefined)
    throw new UsageError('say where to write: -o FOLDER for a module, --page FILE.html for a page');
  if (output === undefined && embed !== undefined)
    throw new UsageError('--embed is for modules, which need -o FOLDER; a page alone has all inside');
  const extension = output === undefined ? undefined : moduleExtension(output);
  if (extension !== undefined && target !== undefined && (extension === 'ts') !== (target === 'ts'))
    throw new UsageError(
      `-o ${output} and --target ${target} exclude each other: ${target === 'ts' ? 'it writes NAME.ts' : 'it writes NAME.js or NAME.mjs'}`,
    );
  if (page === undefined) return;
  if (extension !== undefined) throw new UsageError(`with --page, -o takes a folder; found the file ${output}`);
  if (!/[^/]\.html?$/.test(page)) throw new UsageError(`--page takes a file whose name ends in .html; found ${page}`);
  if (output !== undefined && page.includes('/'))
    throw new UsageError(`with -o, --page takes a name without a folder: it is written into ${output}`);
  if (target === 'ts') throw new UsageError('a page loads net.js; --target is js or wasm for it');
}

/** A module is one text that is read whole before anything can be shown; a file is not. */
const MAX_EMBEDDED_BYTES = 64 << 20;
const MANY_EMBEDDED_BYTES = 8 << 20;

function checkEmbedded(bytes: number, { stderr }: Io): void {
  const size = bytesText(bytes);
  if (bytes > MAX_EMBEDDED_BYTES) {
    throw new InputError(
      `the weights take ${size}, and at most ${bytesText(MAX_EMBEDDED_BYTES)} go into a module; with -o and without --embed they are a file beside it`,
      { limit: true },
    );
  }
  if (bytes > MANY_EMBEDDED_BYTES)
    stderr.write(
      `note: ${size} of weights go into the module; with -o and without --embed they are a file beside it\n`,
    );
}

interface Written {
  readonly path: string;
  readonly data: Uint8Array;
}

const encoded = ({ path, text }: { readonly path: string; readonly text: string }): Written => ({
  path,
  data: new TextEncoder().encode(text),
});

/** `folder` is empty, or ends with a slash. */
function write(folder: string, written: readonly Written[], { name }: Network, { json }: CompileOptions, io: Io): void {
  io.files.write(folder === '' ? '.' : folder, written);
  const files = written.map(({ path, data }) => ({ path: `${folder}${path}`, bytes: data.length }));
  if (json) io.stdout.write(`${JSON.stringify({ schemaVersion: 1, network: name, files }, null, 2)}\n`);
  else for (const file of files) io.stdout.write(`${escapeControls(file.path)}  ${grouped(file.bytes)} bytes\n`);
}
