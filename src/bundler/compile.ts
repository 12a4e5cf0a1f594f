// Compiles what an import asks for: the module, its types, and its weights as a file of its own, with everything that was read on
// the way, so that a change of it compiles again.

import { createHash } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import type { Network } from '../../compiler/frontend/index.ts';
import type { Compilation, CompiledNetwork } from '../../compiler/index.ts';
import { compileNetwork } from '../../compiler/index.ts';
import { hasErrors } from '../../grammar/diagnostic.ts';
import { checkMemory } from '../cli/compilation.ts';
import { DiagnosticsError } from '../cli/errors.ts';
import type { Files, Io } from '../cli/io.ts';
import { labelsOf } from '../cli/labels.ts';
import { nodeFiles } from '../cli/node-files.ts';
import { nodeIo } from '../cli/node-io.ts';
import { openQuantized } from '../cli/quantized.ts';
import { openSource, readSourceText } from '../cli/source.ts';
import type { OpenedNetwork } from '../cli/source.ts';
import { networkWeights, randomSeed } from '../cli/weights.ts';
import { readWeights } from '../cli/weights-files.ts';
import { InputError } from '../data/input-error.ts';
import { checkBudgets } from '../network/budgets.ts';
import { fittedTo } from '../network/fitted.ts';
import { apartText } from '../network/kept-apart.ts';
import { withLabels } from '../network/labels.ts';
import { chooseNetwork } from '../network/networks.ts';
import { pipelineOf } from '../pipeline-options.ts';
import { isQuantized } from '../quantize/file.ts';
import { bytesText } from '../text/format.ts';
import { networkFile, weightsOfFile } from '../weights/network-file.ts';
import { shownIn } from './config.ts';
import { plainStem, weightsEnding } from './placement.ts';
import type { Placement } from './placement.ts';
import type { Problem } from './problems.ts';
import { asSettings, problemsIn, problemsOf, sentence } from './problems.ts';
import type { Request } from './request.ts';
import type { SeenFiles } from './seen.ts';
import type { NetworkSettings } from './settings.ts';

export interface Compiled {
  /** The emitted module; the weights are inside where they are embedded. */
  readonly code: string;
  /** `net.d.ts` of it. */
  readonly declaration: string;
  /** A file of its own that `load` reads. */
  readonly weights?: Asset;
  /** The WebAssembly, where the host compiles it: `load` takes it as `wasm`. */
  readonly wasm?: Asset;
}

/** A file of the bundle. */
export interface Asset {
  /** `lenet.safetensors`, from the name of the source. */
  readonly plainName: string;
  /** `1f2e3d4c`, of the bytes. */
  readonly hash: string;
  /** `lenet-1f2e3d4c.safetensors` */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Outcome {
  /** Absent where there are errors. */
  readonly compiled?: Compiled;
  readonly problems: readonly Problem[];
  /** Absolute paths of all that was read, or looked for. */
  readonly files: readonly string[];
}

/** Notes what it reads in `seen`. Never throws because of what the user wrote: mistakes are `problems`. */
export async function compileImport(
  request: Request,
  settings: NetworkSettings,
  root: string,
  placement: Placement,
  seen: SeenFiles,
): Promise<Omit<Outcome, 'files'>> {
  const warnings: Problem[] = [];
  try {
    const compiled = await compile(request.path, settings, root, placement, worldOf(root, seen), warnings);
    return { compiled, problems: warnings };
  } catch (error) {
    const problems = problemsIn(error);
    if (!problems) throw error;
    return { problems: [...problems, ...warnings] };
  }
}

async function compile(
  path: string,
  settings: NetworkSettings,
  root: string,
  placement: Placement,
  io: Io,
  warnings: Problem[],
): Promise<Compiled> {
  const { network: name, set } = settings;
  const opened = openSource(
    shownIn(root, path),
    {
      ...(name !== undefined && { network: name }),
      ...(set && { set: new Map(Object.entries(set).map(([parameter, value]) => [parameter, String(value)])) }),
    },
    io,
  );
  if (hasErrors(opened.diagnostics)) throw new DiagnosticsError(opened.diagnostics);
  warnings.push(...problemsOf(opened.diagnostics));
  const chosen = chooseNetwork(opened);
  if (!('graph' in chosen)) throw new InputError(unchosen(opened.source.path, chosen));
  const network = { ...chosen, graph: withLabels(chosen.graph, (file) => labelsOf(file, opened.readBeside)) };
  const file = weightsFileOf(path, settings, io);
  const { compilation, bytes } =
    file !== undefined && isQuantizedFile(file, io)
      ? await inWholeNumbers(file, settings, { ...opened, network }, io)
      : await inFull(file, settings, network, io, warnings);
  const budgets = checkBudgets(network, compilation);
  if (hasErrors(budgets)) throw new DiagnosticsError(budgets);
  const isEmbedded = bytes !== undefined && (settings.embed === true || placement === 'inside');
  if (isEmbedded) checkEmbedded(bytes.length, settings.embed === true);
  const { sourceName } = opened;
  const wasm =
    placement === 'imported' && settings.target !== 'js'
      ? assetOf(sourceName, 'wasm', compilation.binaries(WASM_FILE)[0]!.data)
      : undefined;
  const info = { sourceName, isBundled: true, ...(wasm && { wasmFile: WASM_FILE }) };
  const [script, types] = compilation.emit('js', { ...info, ...(isEmbedded && { weights: bytes }) });
  const emitted = { code: script!.text, declaration: types!.text, ...(wasm && { wasm }) };
  if (!bytes || isEmbedded) return emitted;
  // A `load` that fetches the weights has the types of one that has them inside.
  const [, declaration] = compilation.emit('js', { ...info, weights: new Uint8Array() });
  return { ...emitted, declaration: declaration!.text, weights: assetOf(sourceName, weightsEnding(placement), bytes) };
}

const WASM_FILE = 'net.wasm';

const unchosen = (path: string, names: readonly string[]): string =>
  names.length === 0
    ? `${path} has no network`
    : `${path} has several networks; choose one in the import's query, ?network=${names[0]}, or in the configuration: ${names.join(', ')}`;

interface Made {
  readonly compilation: Compilation;
  /** Those of the weights' file. */
  readonly bytes?: Uint8Array;
}

async function inFull(
  file: string | undefined,
  settings: NetworkSettings,
  network: Network,
  io: Io,
  warnings: Problem[],
): Promise<Made> {
  const { match, map, weightsType, disable = [] } = settings;
  const full =
    file === undefined
      ? undefined
      : networkWeights({ weights: file, ...(match && { match }), ...(map !== undefined && { map }) }, { network }, io);
  const bytes = full && networkFile(network.graph, full, weightsType);
  const compileWithout = (apart: readonly string[]): Compilation =>
    compilationOf(network, { ...settings, disable: [...disable, ...apart] }, io);
  const tell = (passes: readonly string[]): void =>
    void warnings.push(sentence('warning', asSettings(apartText(passes).trimEnd())));
  if (!bytes) return { compilation: compileWithout([]) };
  return { compilation: await fittedTo(weightsOfFile(network.graph, bytes), compileWithout, tell), bytes };
}

/** Throws `InputError`, `UsageError` for a file of another network, and for settings of weights in f32. */
async function inWholeNumbers(file: string, settings: NetworkSettings, opened: OpenedNetwork, io: Io): Promise<Made> {
  const { match, map, weightsType = 'f32', level, disable } = settings;
  if (weightsType !== 'f32')
    throw new InputError(`${file} is quantised, and its weights are int8 already; weightsType is f32 for it`);
  const options = { weights: file, quantize: true, ...(match && { match }), ...(map !== undefined && { map }) };
  const passes = { ...(level !== undefined && { O: level }), ...(disable && { disable }) };
  const quantized = await openQuantized(opened, { ...options, ...passes }, io);
  return { compilation: compilationOf(quantized.network, settings, io), bytes: quantized.file! };
}

/** Whether `cnnc compile --quantize` wrote it. */
const isQuantizedFile = (file: string, io: Io): boolean =>
  randomSeed(file) === undefined && isQuantized(readWeights(file, io).file.metadata);

function compilationOf(network: CompiledNetwork, settings: NetworkSettings, { files }: Io): Compilation {
  const { target = 'wasm', math, weightsType, level, disable, tuning } = settings;
  const options = {
    target,
    ...(math && { math }),
    ...(weightsType === 'bf16' && target === 'wasm' && { weightsType }),
    ...(level !== undefined && { level }),
    ...(disable && { disable }),
    ...(tuning !== undefined && { tuning: readSourceText(tuning, tuning, files) }),
  };
  const compilation = compileNetwork(network, pipelineOf(options));
  if (target === 'wasm') checkMemory(compilation, network.graph.name);
  return compilation;
}

/** That of the settings, else the file of the same name beside the source; undefined for a module without. Throws `InputError`. */
function weightsFileOf(path: string, { weights, match, map }: NetworkSettings, { files }: Io): string | undefined {
  if (weights === false) return undefined;
  const beside = path.replace(/\.cnn$/, '.safetensors');
  const file = weights ?? (isThere(beside, files) ? beside : undefined);
  if (file === undefined && (match ?? map) !== undefined)
    throw new InputError('match and map say how to read weights, and there are none');
  return file;
}

function isThere(path: string, files: Files): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  // Noted as read, so that one that appears is seen.
  files.identity(path);
  return files.list(path.slice(0, path.lastIndexOf('/') + 1)).includes(name);
}

/** A module is one text that is read whole before anything can be shown; a file is not. */
const MAX_EMBEDDED_BYTES = 64 << 20;

function checkEmbedded(bytes: number, isAskedFor: boolean): void {
  if (bytes <= MAX_EMBEDDED_BYTES) return;
  const otherwise = isAskedFor
    ? 'without embed they are a file beside it'
    : 'in this build they can be nowhere else; with weights: false, give load a file';
  throw new InputError(
    `the weights take ${bytesText(bytes)}, and at most ${bytesText(MAX_EMBEDDED_BYTES)} go into a module; ${otherwise}`,
    { limit: true },
  );
}

function assetOf(sourceName: string, extension: string, bytes: Uint8Array): Asset {
  const stem = plainStem(sourceName);
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 8);
  return { plainName: `${stem}.${extension}`, hash, name: `${stem}-${hash}.${extension}`, bytes };
}

/** Files of the project in `root`, noting what is read. Commands that are used here print nothing of their own. */
function worldOf(root: string, seen: SeenFiles): Io {
  const place = (path: string): string => (isAbsolute(path) ? path : join(root, path));
  const note = (path: string): string => {
    const full = place(path);
    seen.note(full);
    return full;
  };
  const silent = { ...nodeIo.stderr, write() {}, writeData() {}, writeControl() {} };
  return {
    ...nodeIo,
    stdout: silent,
    stderr: silent,
    files: {
      ...nodeFiles,
      workingFolder: nodeFiles.resolve(root),
      read: (path, maxBytes, check) => nodeFiles.read(note(path), maxBytes, check),
      identity: (path) => nodeFiles.identity(note(path)),
      resolve: (path) => nodeFiles.resolve(place(path)),
      list: (folder) => nodeFiles.list(place(folder)),
    },
  };
}
