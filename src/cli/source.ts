// Opens a `.cnn` file for a command: reads it and its imports, builds the network that is asked for, prints what is wrong.

import type { Command } from 'commander';
import type { FrontendResult, Network } from '../../compiler/frontend/index.ts';
import { resolvePath } from '../../compiler/frontend/project.ts';
import { capped } from '../../grammar/counts.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { hasErrors } from '../../grammar/diagnostic.ts';
import { renderDiagnostic } from '../../grammar/render.ts';
import type { Source } from '../../grammar/source.ts';
import { InputError } from '../data/input-error.ts';
import { buildNetworks, chooseNetwork } from '../networks.ts';
import { DiagnosticsError, UsageError, inFile } from './errors.ts';
import type { Io, Output } from './io.ts';

export interface NetworkOptions {
  readonly network?: string;
  readonly set?: ReadonlyMap<string, string>;
}

/** Adds `--network` and `--set`. */
export function withNetworkOptions(command: Command): Command {
  return command
    .option('--network <name>', 'the network to use, where the file has several')
    .option('--set <parameter=value>', 'a value for a parameter of the network; may be repeated', collectSetting);
}

export interface Opened extends FrontendResult {
  readonly source: Source;
  /** File name without its folder. */
  readonly sourceName: string;
  /** Text of a file named in the source, relative to it; undefined when it is missing or outside the project. */
  readText(path: string): string | undefined;
}

/** Longest file in bytes; the grammar has its own, smaller limit in characters. */
const MAX_SOURCE_BYTES = 8 << 20;

/**
 * The project root is the working folder for files below it, else the file's own folder; imports stay inside it, links
 * followed. Throws `InputError`.
 */
export function openSource(path: string, options: NetworkOptions, io: Io): Opened {
  return openText(path, readSourceText(path, path, io.files), options, io);
}

/** As `openSource`, of a text that stands for the file's. */
export function openText(path: string, text: string, options: NetworkOptions, { files }: Io): Opened {
  const full = files.resolve(path);
  const slash = full.lastIndexOf('/');
  const working = files.workingFolder;
  const root = isInside(full, working) ? working : full.slice(0, Math.max(slash, 1));
  const source: Source = { path: full.slice(root.length).replace(/^\/+/, ''), text };
  const read = (inner: string): string | undefined => {
    const target = files.resolve(`${root}/${inner}`);
    if (!isInside(target, root)) return undefined;
    try {
      return readSourceText(target, inner, files);
    } catch (error) {
      if (error instanceof InputError && !error.limit) return undefined;
      throw error;
    }
  };
  const { network, set } = options;
  const built = buildNetworks(source, { read, ...(network !== undefined && { network }), ...(set && { set }) });
  return {
    ...built,
    source,
    sourceName: full.slice(slash + 1),
    readText(relative) {
      const inner = resolvePath(source.path, /^\.\.?\//.test(relative) ? relative : `./${relative}`);
      return inner === undefined ? undefined : read(inner);
    },
  };
}

/** The one network to work on; warnings are printed. Throws `DiagnosticsError`, `UsageError`. */
export function openNetwork(path: string, options: NetworkOptions, io: Io): Opened & { readonly network: Network } {
  const opened = openSource(path, options, io);
  if (hasErrors(opened.diagnostics)) throw new DiagnosticsError(opened.diagnostics);
  printDiagnostics(opened.diagnostics, io);
  const chosen = chooseNetwork(opened);
  if ('graph' in chosen) return { ...opened, network: chosen };
  if (chosen.length === 0) throw new InputError(`${path} has no network`);
  throw new UsageError(`${path} has several networks; choose one with --network: ${chosen.join(', ')}`);
}

/** As `openNetwork`, of a path that may end in `:NETWORK`. */
export function openNamed(path: string, options: NetworkOptions, io: Io): ReturnType<typeof openNetwork> {
  const [, file, name] = /^(.*\.cnn):([A-Za-z_]\w*)$/s.exec(path) ?? [];
  return openNetwork(file ?? path, name === undefined ? options : { ...options, network: name }, io);
}

export function printDiagnostics(diagnostics: readonly Diagnostic[], { stderr, env }: Io): void {
  const color = usesColor(stderr, env);
  const shown = capped(diagnostics);
  for (const diagnostic of shown) stderr.write(`${renderDiagnostic(diagnostic, { color })}\n\n`);
  if (shown.length < diagnostics.length)
    stderr.write(`and ${diagnostics.length - shown.length} more that are not shown\n\n`);
}

/** https://no-color.org */
export function usesColor(output: Output, env: Io['env']): boolean {
  return output.isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

export function readSourceText(path: string, shown: string, files: Io['files']): string {
  return decode(files.read(path, MAX_SOURCE_BYTES), shown);
}

export function readStdinText(io: Io): string {
  return decode(io.readStdin(MAX_SOURCE_BYTES), 'the standard input');
}

/** Puts a text in the place of a file, whole or not at all, links followed. */
export function replaceText(path: string, text: string, { files }: Io): void {
  const full = files.resolve(path);
  const slash = full.lastIndexOf('/');
  files.write(full.slice(0, Math.max(slash, 1)), [{ path: full.slice(slash + 1), data: text }]);
}

function decode(bytes: Uint8Array, shown: string): string {
  return inFile(shown, () => {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch (cause) {
      throw new InputError('the file is not UTF-8 text', { cause });
    }
  });
}

function isInside(path: string, folder: string): boolean {
  return folder === '/' || path.startsWith(`${folder}/`);
}

function collectSetting(text: string, before: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  const [, name, value] = /^([A-Za-z_]\w*)=(.+)$/s.exec(text) ?? [];
  if (name === undefined) throw new UsageError(`--set takes parameter=value, such as classes=10; found ${text}`);
  if (before.has(name)) throw new UsageError(`--set gives ${name} twice`);
  return new Map([...before, [name, value!]]);
}
