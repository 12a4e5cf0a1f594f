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
import type { PageFacts } from '../../page/page.ts';
import { reportJson, reportText } from '../quantization-report.ts';
import type { QuantizationReport } from '../quantization-report.ts';
import { neededTensors, openQuantized, withQuantizeOptions } from '../quantized.ts';
import { networkFile, weightsOfFile } from '../../weights/network-file.ts';
import type { StoredType } from '../../weights/stored.ts';
import { compileWith } from '../compilation.ts';
import { checkOptions, isStoredInLess, withKeptType } from '../compile-options.ts';
import type { CompileOptions, GivenOptions } from '../compile-options.ts';
import { DiagnosticsError } from '../errors.ts';
import { labelsOf } from '../labels.ts';
import type { Io } from '../io.ts';
import { withPassOptions, without } from '../pass-options.ts';
import { withPictures } from '../module-pictures.ts';
import { withPictureOptions } from '../picture-options.ts';
import { refuseModel } from '../model-file.ts';
import { NETWORK_ARGUMENT, openNetwork, withOpenOptions } from '../source.ts';
import type { OpenedNetwork } from '../source.ts';
import { repeat } from '../watch.ts';
import { withTargetOptions } from '../target-options.ts';
import { outputPlace, tellModuleType } from '../output-place.ts';
import { withLayerOptions } from '../starting-weights.ts';
import { networkWeights, withWeightsOptions } from '../weights.ts';
import type { NamedTensors } from '../weights.ts';

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
      'how weights are stored: f32 (default), bf16 or f16: half the bytes, int8: a quarter; with bf16, wasm also keeps the weights of dense layers as bf16',
    ).choices(['f32', 'bf16', 'f16', 'int8'] satisfies readonly StoredType[]),
  );
  const own = withLayerOptions(withWeightsOptions(command), 'with --training: ');
  return withPictureOptions(withPassOptions(withQuantizeOptions(own)))
    .option('--labels <file>', 'file with the names of the classes, one per line: for classify, and for the page')
    .option('--watch', 'run again whenever a file that was read changes, until Ctrl-C')
    .option('--json', 'print what was written as JSON')
    .addHelpText(
      'after',
      `
The module exports load(weights), which takes a safetensors file with the network's own names. The result has run(x) and, for networks
from one picture to classes, classify(imageData, { top }). With --weights, such a file is written beside the module: in a folder as
weights.safetensors, beside -o NAME.mjs as NAME.safetensors, with the types in NAME.d.mts. Modules of --target wasm also take
load(weights, { threads }) and have runAsync(x) and close(). Servers and pages must allow them 'wasm-unsafe-eval' in a
Content-Security-Policy, as the pages written here do.

A page is one file that contains everything. With -o it is written into that folder, beside net.js, page.js and page.css, for servers that
allow no script in a page.

--weights-type makes the file of weights, or the module that contains them, smaller. load turns them into f32 again, and stderr says how much
the outputs change. The input settings of the file say how pictures become numbers, or --preset and the other options of pictures, which
an .onnx file needs. Nothing is written if a budget of \`expect\` is exceeded.

With --wasm-file, the module takes its WebAssembly from the file beside it. Node, Bun and Deno read the file; pages fetch it, and compile it
while it arrives. load(weights, { wasm }) takes it from anywhere else, or compiled: import wasm from './net.wasm' on
Cloudflare Workers. With --training there are two files, NAME.step.wasm and NAME.evaluation.wasm.

With --training the module exports loadTrainer({ weights, state, seed, maxBatch, threads }) instead. All of these options
may be left out. The trainer has step(images, labels, { learningRate }), run(images), weights() and state(). Loss, optimizer and first
weights are those of the \`train\` section; --weights writes a file to start from beside it. With --learn, only those layers learn; with
--rate, a layer learns faster or slower than the others. In the file of weights, the layers of --fresh start at random.

Examples:
  cnnc compile lenet.cnn -o out
  cnnc compile lenet.cnn -o src/lenet.mjs
  cnnc compile lenet.cnn -o out --target js --weights lenet.safetensors --match order --embed
  cnnc compile lenet.cnn -o out --target wasm --weights lenet.safetensors --match order --weights-type int8
  cnnc compile lenet.cnn -o worker/lenet.mjs --target wasm --wasm-file
  cnnc compile lenet.cnn --weights lenet.safetensors --match order --page lenet.html
  cnnc compile mobilenet.onnx --preset imagenet --labels synset.txt --page mobilenet.html
  cnnc compile lenet.cnn -o out --target wasm --weights lenet.safetensors --match order --quantize --calibrate sneaker.png
  cnnc compile lenet.cnn --training -o out

With --quantize the module computes in whole numbers. --calibrate quantises --weights with the images of a folder or a file, 256 of them
at most; stderr says what that costs. No images are needed if the network bounds all values, as a quantised .onnx file does. The weights are
written to net.q8.safetensors, or NAME.q8.safetensors, which later commands take as --weights.

JSON: { schemaVersion: 1, network, files: [{ path, bytes }], quantization: { images, of, method, layers: [{ name, kind, sqnr,
largest, magnitude }], misses: [{ nodes, reason }], accuracy: { f32, int8 } } }. quantization is there if weights in f32 were quantised: images of
\`of\` images were used; sqnr is in decibels, null if nothing differs; kind is layer or output; if no image was needed, method is known and layers
is empty; accuracy is there if labels are known.`,
    )
    .action((path: string, { weightsType: stored, ...options }: GivenOptions) => {
      const action = (world: Io): Promise<void> => compile(path, { ...options, ...(stored && { stored }) }, world);
      return options.watch ? repeat(io, action) : action(io);
    });
}

async function compile(path: string, asked: CompileOptions, io: Io): Promise<void> {
  checkOptions(asked);
  const { page } = asked;
  const opened = await openNetwork(path, asked, io);
  const given = withKeptType(asked, asked.weights !== undefined || page !== undefined || opened.model !== undefined);
  const { sourceName, network } = opened;
  const graph = withLabels(withPictures(network.graph, given, io), (file) => labelsOf(file, opened.readBeside));
  if (given.training) refuseModel('--training', path, opened.model);
  if (given.training) return compileTraining({ ...network, graph }, sourceName, given, io);
  const whole: OpenedNetwork = { ...opened, network: { ...network, graph } };
  const made = given.quantize ? await inWholeNumbers(whole, given, io) : await inFull(whole, given, io);
  const budgets = checkBudgets(network, made.compilation);
  if (hasErrors(budgets)) throw new DiagnosticsError(budgets);
  writeModule(made, network, sourceName, io);
}

/** A compiled network, with what is written beside it or inside. */
interface Made {
  readonly compilation: Compilation;
  readonly options: CompileOptions;
  /** The bytes of a file. */
  readonly weights?: Uint8Array;
  readonly facts?: PageFacts;
  /** What quantising it cost. */
  readonly report?: QuantizationReport;
}

/** Without an output there is one file, the page. */
const isOneFile = ({ page, output }: CompileOptions): boolean => page !== undefined && output === undefined;

async function inFull(opened: OpenedNetwork, given: CompileOptions, io: Io): Promise<Made> {
  const { network, model } = opened;
  const { graph } = network;
  const first = compileWith(network, given, io);
  const facts = pageFactsOf(first, opened, given);
  const needsWeights =
    given.embed === true || given.page !== undefined || given.weights !== undefined || model !== undefined;
  const full = needsWeights ? networkWeights(given, opened, io) : undefined;
  const weights = full && networkFile(graph, full, given.stored);
  const tensors = weights && (isStoredInLess(given) ? weightsOfFile(graph, weights) : full);
  const { compilation, options } = tensors
    ? await fitted(network, first, tensors, given, io)
    : { compilation: first, options: given };
  if (isStoredInLess(given)) await tellLoss(compilation, network, full && { full, tensors: tensors! }, options, io);
  return { compilation, options, ...(weights && { weights }), ...(facts && { facts }) };
}

async function inWholeNumbers(opened: OpenedNetwork, options: CompileOptions, io: Io): Promise<Made> {
  const quantized = await openQuantized(opened, options, io);
  if (options.embed || options.page !== undefined) neededTensors(quantized);
  const compilation = compileWith(quantized.network, options, io);
  const facts = pageFactsOf(compilation, opened, options);
  const { file: weights, report } = quantized;
  if (report) io.stderr.write(reportText(report));
  return { compilation, options, ...(weights && { weights }), ...(facts && { facts }), ...(report && { report }) };
}

/** Undefined without `--page`. Throws `InputError` for a network that can have none. */
function pageFactsOf(
  { program }: Compilation,
  { network, sourceName }: OpenedNetwork,
  { page }: CompileOptions,
): PageFacts | undefined {
  const facts = page === undefined ? undefined : pageFacts(program, sourceName, network.doc);
  if (page !== undefined && !facts)
    throw new InputError(`${network.name} cannot have a page: that takes one picture in and the scores of classes out`);
  return facts;
}

function writeModule(made: Made, network: Network, sourceName: string, io: Io): void {
  const { compilation, options, weights, facts } = made;
  const { page, output, quantize } = options;
  const isEmbedded = options.embed === true || isOneFile(options);
  if (weights && isEmbedded) checkEmbedded(weights.length, io);
  const place = output === undefined ? undefined : outputPlace(output, quantize);
  const wasmFile = options.wasmFile ? place!.wasm : undefined;
  const emittedFiles = compilation.emit(languageOf(options), {
    sourceName,
    ...(weights && isEmbedded && { weights }),
    ...(wasmFile !== undefined && { wasmFile }),
  });
  const files = emittedFiles.map((file) => ({ ...file, path: place ? place.nameOf(file.path) : file.path }));
  if (place === undefined) {
    const slash = page!.lastIndexOf('/');
    const folder = slash < 0 ? '' : page!.slice(0, slash + 1);
    const text = onePage(facts!, files[0]!.text, options.target === 'wasm');
    return write(folder, [encoded({ path: page!.slice(slash + 1), text })], network, made, io);
  }
  const beside = [
    ...(wasmFile === undefined ? [] : compilation.binaries(wasmFile)),
    ...(weights && !isEmbedded ? [{ path: place.weights, data: weights }] : []),
  ];
  const pages = facts
    ? linkedPage(facts, page!, options.target === 'wasm', isEmbedded ? undefined : place.weights)
    : [];
  write(place.folder, [...files.map(encoded), ...beside, ...pages.map(encoded)], network, made, io);
  if (!facts) tellModuleType(place.folder, files[0]!.path, io);
}

async function compileTraining(network: Network, sourceName: string, given: CompileOptions, io: Io): Promise<void> {
  const { startingTensors, trainingFiles } = await import('../training-module.ts');
  const { output = '.', wasmFile } = given;
  const place = outputPlace(output);
  const { texts, binaries } = trainingFiles(network, sourceName, given, io, wasmFile ? place.wasm : undefined);
  const files = texts.map(({ path, text }) => encoded({ path: place.nameOf(path), text }));
  const tensors = startingTensors(network, given, io);
  const beside = tensors ? [{ path: place.weights, data: networkFile(network.graph, tensors) }] : [];
  write(place.folder, [...files, ...binaries, ...beside], network, { options: given }, io);
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
function write(
  folder: string,
  written: readonly Written[],
  { name }: Network,
  { options: { json }, report }: Pick<Made, 'options' | 'report'>,
  io: Io,
): void {
  io.files.write(folder === '' ? '.' : folder, written);
  const files = written.map(({ path, data }) => ({ path: `${folder}${path}`, bytes: data.length }));
  if (json)
    io.stdout.write(
      `${JSON.stringify({ schemaVersion: 1, network: name, files, ...(report && { quantization: reportJson(report) }) }, null, 2)}\n`,
    );
  else for (const file of files) io.stdout.write(`${escapeControls(file.path)}  ${grouped(file.bytes)} bytes\n`);
}
