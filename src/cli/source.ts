// Opens the network of a command: that of a `.cnn` file, which is read with its imports, or of an `.onnx` file. Prints what is wrong.

import type { Command } from 'commander';
import type { FrontendResult, Network } from '../../compiler/frontend/index.ts';
import { resolvePath } from '../../compiler/frontend/names/project.ts';
import { hasErrors } from '../../grammar/diagnostic.ts';
import type { Source } from '../../grammar/source.ts';
import { InputError, printable } from '../data/input-error.ts';
import { buildNetworks, chooseNetwork } from '../network/networks.ts';
import { DiagnosticsError, UsageError, inFile } from './errors.ts';
import { isStdin } from './guard.ts';
import { withImportOptions } from './import-options.ts';
import type { ImportFlags } from './import-options.ts';
import type { Io } from './io.ts';
import { isModel, isModelName, MAX_MODEL_BYTES, refuseModelOptions } from './model-file.ts';
import type { ModelContents } from './model-file.ts';
import { besides, folderOf, isInside, nameOf, relativeTo, within } from './paths.ts';
import { printDiagnostics } from './print-diagnostics.ts';
import { decodeText } from './text.ts';

export interface NetworkOptions {
  readonly network?: string;
  readonly set?: ReadonlyMap<string, string>;
}

/** Adds `--network` and `--set`. */
export function withNetworkOptions(command: Command): Command {
  return command
    .option('--network <name>', 'the network to use, if the file has several')
    .option('--set <parameter=value>', 'a value for a parameter of the network; may be repeated', collectSetting);
}

/** Of commands that take models, too. */
export interface OpenOptions extends NetworkOptions, ImportFlags {}

/** Adds `--network` and `--set`, and the options of models. */
export function withOpenOptions(command: Command): Command {
  return withImportOptions(withNetworkOptions(command));
}

/** What a command that takes networks of either kind says of its argument. */
export const NETWORK_ARGUMENT = 'a .cnn file, FILE:NETWORK, an .onnx file, or - for the standard input';
/** As `NETWORK_ARGUMENT`, of one that also runs compiled modules. */
export const RUNNABLE_ARGUMENT =
  'a .cnn file, FILE:NETWORK, an .onnx file, - for the standard input, or a module that `cnnc compile` wrote';

export interface Opened extends FrontendResult {
  readonly source: Source;
  /** File name without its folder. */
  readonly sourceName: string;
  /** A file named in the source, relative to it. Throws `InputError` where it cannot be read or is outside the project. */
  readBeside(path: string, maxBytes: number): Uint8Array;
}

/** Longest file in bytes; the grammar has its own, smaller limit in characters. */
const MAX_SOURCE_BYTES = 8 << 20;

/** A file, and the network in it that is meant. */
export interface Named {
  readonly path: string;
  readonly network?: string;
}

/** `FILE:NETWORK` in its parts. */
export function namedNetwork(argument: string): Named {
  const [, path, network] = /^(.*\.cnn):([A-Za-z_]\w*)$/s.exec(argument) ?? [];
  return path === undefined ? { path: argument } : { path, network: network! };
}

/**
 * Reads the file of `FILE` or `FILE:NETWORK`. The project root is the working folder for files below it, else the file's own
 * folder; imports stay inside it, links followed. Throws `InputError`.
 */
export function openSource(argument: string, options: NetworkOptions, io: Io): Opened {
  const { path, chosen } = chosenNetwork(argument, options);
  return openText(path, readSourceText(path, shownPath(path), io.files), chosen, io);
}

/** The file of an argument, and the options with the network that the argument names. */
function chosenNetwork(argument: string, options: NetworkOptions) {
  const { path, network } = namedNetwork(argument);
  if (network !== undefined && options.network !== undefined && options.network !== network)
    throw new UsageError(`${argument} and --network ${options.network} name two networks`);
  return { path, chosen: { ...options, ...(network !== undefined && { network }) } };
}

/** As `openSource`, of a text that stands for that of the file at `path`. */
export function openText(path: string, text: string, options: NetworkOptions, { files }: Io): Opened {
  const place = placeOf(path, files);
  const show = (inner: string): string => {
    if (inner === place.path) return place.shown;
    return place.isLinked ? within(place.root, inner) : besides(place.shown, relativeTo(place.path, inner));
  };
  const real = (inner: string): string => {
    const target = files.resolve(within(place.root, inner));
    return isInside(target, place.root) ? target.slice(place.root.length).replace(/^\/+/, '') : inner;
  };
  const reasons = new Map<string, string>();
  const read = (inner: string): string | undefined => {
    const target = files.resolve(within(place.root, inner));
    if (!isInside(target, place.root)) {
      reasons.set(inner, `${printable(show(inner))} is a link to a place outside of the project`);
      return undefined;
    }
    try {
      return readSourceText(target, show(inner), files);
    } catch (error) {
      if (!(error instanceof InputError) || error.limit) throw error;
      if (!isMissing(error))
        reasons.set(
          inner,
          error.message.replaceAll(target, () => printable(show(inner))),
        );
      return undefined;
    }
  };
  const { network, set } = options;
  const source: Source = { path: place.shown, text };
  const naming = { ...(network !== undefined && { network }), ...(set && { set }) };
  const built = buildNetworks(source, {
    read,
    unread: (inner) => reasons.get(inner),
    real,
    show,
    path: place.path,
    ...naming,
  });
  return {
    ...built,
    source,
    sourceName: nameOf(place.path),
    readBeside(relative, maxBytes) {
      const inner = resolvePath(place.path, /^\.\.?\//.test(relative) ? relative : `./${relative}`);
      const target = inner === undefined ? undefined : files.resolve(within(place.root, inner));
      if (target === undefined || !isInside(target, place.root))
        throw new InputError(`cannot read ${printable(relative)}: it is outside the project`);
      try {
        return files.read(target, maxBytes);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        const message = error.message.replaceAll(target, () => printable(relative));
        throw new InputError(message, { limit: error.limit, cause: error });
      }
    },
  };
}

const isMissing = ({ cause }: InputError): boolean => (cause as { code?: unknown } | undefined)?.code === 'ENOENT';

/** How messages name a file that the user gave. */
export const shownPath = (path: string): string => (isStdin(path) ? '<stdin>' : path);

/**
 * The project root, and the file's path in it. What the standard input says is a file of the working folder. Imports of a file
 * that is `isLinked` do not lie beside the link.
 */
function placeOf(path: string, { resolve, workingFolder }: Io['files']) {
  const shown = shownPath(path);
  if (isStdin(path)) return { root: workingFolder ?? '/', path: 'stdin.cnn', shown, isLinked: false };
  const full = resolve(path);
  const folder = folderOf(full);
  const root = workingFolder !== undefined && isInside(full, workingFolder) ? workingFolder : folder;
  const isLinked = resolve(folderOf(path)) !== folder;
  return { root, path: full.slice(root.length).replace(/^\/+/, ''), shown, isLinked };
}

/** The network of a text or of a model. */
export interface OpenedNetwork extends Pick<Opened, 'sourceName' | 'readBeside'> {
  readonly network: Network;
  /** Present where it was read from a model. */
  readonly model?: ModelContents;
}

/** The one network to work on; warnings are printed. Throws `DiagnosticsError`, `InputError`, `UsageError`. */
export async function openNetwork(argument: string, options: OpenOptions, io: Io): Promise<OpenedNetwork> {
  const { path, chosen } = chosenNetwork(argument, options);
  const shown = shownPath(path);
  const bytes = readNetworkFile(path, io.files);
  if (!isModel(path, bytes)) {
    refuseModelOptions(shown, options);
    const opened = openText(path, sourceTextOf(bytes, shown), chosen, io);
    return { ...opened, network: onlyNetwork(opened, io) };
  }
  if (options.network !== undefined || options.set)
    throw new UsageError(`--network and --set are for .cnn files; ${shown} is a model of one network`);
  const { openModel } = await import('./model.ts');
  const { network, contents } = openModel(shown, bytes, options, io);
  return { network, model: contents, sourceName: nameOf(shown), readBeside: noFileBeside };
}

function noFileBeside(path: string): never {
  throw new InputError(`cannot read ${printable(path)}: a model names no files of labels`);
}

function onlyNetwork(opened: Opened, io: Io): Network {
  if (hasErrors(opened.diagnostics)) throw new DiagnosticsError(opened.diagnostics);
  printDiagnostics(opened.diagnostics, io);
  const chosen = chooseNetwork(opened);
  if ('graph' in chosen) return chosen;
  const { path } = opened.source;
  if (chosen.length === 0) throw new InputError(`${path} has no network`);
  throw new UsageError(`${path} has several networks; choose one with --network: ${chosen.join(', ')}`);
}

/** The bytes of a text or a model, each within its limit. Throws `InputError`. */
export function readNetworkFile(path: string, files: Io['files']): Uint8Array {
  return files.read(path, isModelName(path) ? MAX_MODEL_BYTES : MAX_SOURCE_BYTES);
}

/** The text of a file, UTF-8, within the limit of sources. Throws `InputError`. */
export function readSourceText(path: string, shown: string, files: Io['files']): string {
  return sourceTextOf(files.read(path, MAX_SOURCE_BYTES), shown);
}

/** Throws `InputError` where the bytes are no UTF-8. */
export const sourceTextOf = (bytes: Uint8Array, shown: string): string => inFile(shown, () => decodeText(bytes));

function collectSetting(text: string, before: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  const [, name, value] = /^([A-Za-z_]\w*)=(.+)$/s.exec(text) ?? [];
  if (name === undefined) throw new UsageError(`--set takes parameter=value, such as classes=10; found ${text}`);
  if (before.has(name)) throw new UsageError(`--set gives ${name} twice`);
  return new Map([...before, [name, value!]]);
}
