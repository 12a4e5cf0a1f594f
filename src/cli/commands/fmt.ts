// `cnnc fmt`: files in the one layout of the language, with the shapes of their chains where that is wanted.

import { Command } from 'commander';
import { hasErrors } from '../../../grammar/diagnostic.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import { format } from '../../../grammar/format.ts';
import { InputError } from '../../data/input-error.ts';
import { applyEdits } from '../../edit/apply.ts';
import { shapeEdits } from '../../edit/shapes.ts';
import type { ShapeMode } from '../../edit/shapes.ts';
import { DiagnosticsError, Quit, UsageError, exitCodeOf, exitCodes } from '../errors.ts';
import type { Io } from '../io.ts';
import { openText, printDiagnostics, readSourceText, readStdinText, replaceText } from '../source.ts';

interface FmtOptions {
  readonly check?: boolean;
  readonly stdin?: boolean;
  readonly shapes?: boolean;
  readonly blankShapes?: boolean;
  readonly json?: boolean;
}

export function fmtCommand(io: Io): Command {
  return new Command('fmt')
    .description('write .cnn files in their standard layout; comments and meaning stay as they are')
    .argument('[file...]', '.cnn files')
    .option('--check', 'change nothing; exit code 1 where a file is not in its standard layout')
    .option('--stdin', 'format the standard input to the standard output')
    .option('--shapes', 'write the shape behind every chain that always has the same: conv(6, kernel: 5) : [6, 24, 24]')
    .option('--blank-shapes', 'write : [_, _, _] behind every chain, also over shapes, for somebody to fill in')
    .option('--json', 'print what happened as JSON')
    .addHelpText(
      'after',
      `
A file with errors of syntax stays as it is; with --shapes and --blank-shapes, one with any error. Shapes are those of
the networks as they are written: with --set another network may come out, which then no longer fits them.

Examples:
  cnnc fmt lenet.cnn                   the standard layout
  cnnc fmt --check examples/*/*.cnn    for a build server
  cnnc fmt --blank-shapes lenet.cnn    a worksheet; cnnc check marks what is filled in

JSON: { schemaVersion: 1, files: [{ path, changed }] }`,
    )
    .action((paths: readonly string[], options: FmtOptions) => fmt(paths, options, io));
}

function fmt(paths: readonly string[], options: FmtOptions, io: Io): void {
  if (options.shapes && options.blankShapes) throw new UsageError('choose one of --shapes and --blank-shapes');
  if ((options.stdin ?? false) === paths.length > 0) throw new UsageError('fmt takes files, or --stdin without files');
  if (options.stdin) return fromStdin(options, io);
  const results = paths.map((path) => fmtFile(path, options, io));
  const changed = results.filter((result) => result.changed);
  if (options.json) {
    const files = results.map((result) => ({ path: result.path, changed: result.changed }));
    io.stdout.write(`${JSON.stringify({ schemaVersion: 1, files }, null, 2)}\n`);
  } else for (const { path } of changed) io.stdout.write(`${path}${options.check ? ': not in standard layout' : ''}\n`);
  const code = exitCodeOf(results.flatMap(({ diagnostics }) => diagnostics));
  if (code !== exitCodes.ok) throw new Quit(code);
  if (options.check && changed.length > 0) throw new Quit(exitCodes.input);
}

function fromStdin(options: FmtOptions, io: Io): void {
  const text = readStdinText(io);
  const result = formatText('stdin.cnn', text, options, io);
  if ('diagnostics' in result) throw new DiagnosticsError(result.diagnostics);
  if (!options.check) io.stdout.write(result.text);
  else if (result.text !== text) throw new Quit(exitCodes.input);
}

interface Result {
  readonly path: string;
  readonly changed: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/** A file that cannot be read or has errors does not keep the others from being formatted. */
function fmtFile(path: string, options: FmtOptions, io: Io): Result {
  try {
    const text = readSourceText(path, path, io.files);
    const result = formatText(path, text, options, io);
    if ('diagnostics' in result) return refused(path, result.diagnostics, io);
    const changed = result.text !== text;
    if (changed && !options.check) replaceText(path, result.text, io);
    return { path, changed, diagnostics: [] };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { message, limit } = error;
    return refused(path, [{ code: 'file/unreadable', severity: 'error', message, limit }], io);
  }
}

function refused(path: string, diagnostics: readonly Diagnostic[], io: Io): Result {
  printDiagnostics(diagnostics, io);
  return { path, changed: false, diagnostics };
}

function formatText(
  path: string,
  text: string,
  { shapes, blankShapes }: FmtOptions,
  io: Io,
): ReturnType<typeof format> {
  const mode: ShapeMode | undefined = shapes ? 'known' : blankShapes ? 'blank' : undefined;
  if (mode === undefined) return format({ path, text });
  const { source, networks, diagnostics } = openText(path, text, {}, io);
  if (hasErrors(diagnostics)) return { diagnostics };
  return format({ path, text: applyEdits(text, shapeEdits(source, networks, mode))! });
}
