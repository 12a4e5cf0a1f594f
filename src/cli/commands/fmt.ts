// `cnnc fmt`: files in the one layout of the language, with the shapes of their chains where that is wanted.

import { Command } from 'commander';
import { hasErrors } from '../../../grammar/diagnostic.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import { format } from '../../../grammar/format.ts';
import { escapeControls } from '../../../grammar/terminal.ts';
import { InputError } from '../../data/input-error.ts';
import { applyEdits } from '../../edit/apply.ts';
import { shapeEdits } from '../../edit/shapes.ts';
import type { ShapeMode } from '../../edit/shapes.ts';
import { expandFiles } from '../arguments.ts';
import { diagnosticJson } from '../diagnostic-json.ts';
import { Quit, UsageError, exitCodeOf, exitCodes } from '../errors.ts';
import { isStdin } from '../guard.ts';
import { loopTurn } from '../held-signals.ts';
import type { Io } from '../io.ts';
import { printDiagnostics } from '../print-diagnostics.ts';
import { openText, readSourceText, shownPath } from '../source.ts';

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
    .argument('[file...]', '.cnn files, folders, patterns, or - for the standard input')
    .option('--check', 'change nothing; exit code 1 if a file is not in its standard layout')
    .option('--stdin', 'format the standard input to the standard output, like -')
    .option(
      '--shapes',
      'write the shape behind every chain whose shape is always the same: conv(6, kernel: 5) : [6, 24, 24]',
    )
    .option('--blank-shapes', 'write : [_, _, _] behind every chain, also in place of shapes, for somebody to fill in')
    .option('--json', 'print what happened as JSON')
    .addHelpText(
      'after',
      `
A file with syntax errors stays as it is; with --shapes and --blank-shapes, a file with any error does. Shapes are those of
the networks as they are written: --set may give another network, which the shapes then no longer fit.

Examples:
  cnnc fmt lenet.cnn                   the standard layout
  cnnc fmt .                           all files of this folder and of those inside
  cnnc fmt --check examples/*/*.cnn    for a build server
  cnnc fmt --blank-shapes lenet.cnn    a worksheet; cnnc check marks what is filled in

JSON: { schemaVersion: 1, files: [{ path, changed, diagnostics }] }; of the standard input, text is added. Diagnostics are
those of a file that was left as it is, in the form that \`cnnc check\` has.`,
    )
    .action((paths: readonly string[], options: FmtOptions) => fmt(paths, options, io));
}

async function fmt(paths: readonly string[], options: FmtOptions, io: Io): Promise<void> {
  if (options.shapes && options.blankShapes) throw new UsageError('choose one of --shapes and --blank-shapes');
  const given = options.stdin ? [...paths, '-'] : paths;
  if (given.length === 0) throw new UsageError('fmt takes files, or - for the standard input');
  if (given.length > 1 && given.some(isStdin)) throw new UsageError('the standard input is formatted alone');
  const files = expandFiles(given, io);
  const whole = files.find(({ network }) => network !== undefined);
  if (whole) throw new UsageError(`fmt formats whole files; leave :${whole.network} out`);
  const results: Result[] = [];
  for (const { path } of files) {
    results.push(fmtFile(path, options, io));
    await loopTurn();
  }
  const changed = results.filter((result) => result.changed);
  if (options.json) print(results, io);
  else if (!given.some(isStdin)) {
    for (const { path } of changed)
      io.stdout.write(`${escapeControls(path)}${options.check ? ': not in standard layout' : ''}\n`);
    if (files.length > given.length) io.stderr.write(summary(results, options));
  }
  const code = exitCodeOf(results.flatMap(({ diagnostics }) => diagnostics));
  if (code !== exitCodes.ok) throw new Quit(code);
  if (options.check && changed.length > 0) throw new Quit(exitCodes.input);
}

function print(results: readonly Result[], { stdout }: Io): void {
  const files = results.map(({ diagnostics, ...rest }) => ({ ...rest, diagnostics: diagnostics.map(diagnosticJson) }));
  stdout.write(`${JSON.stringify({ schemaVersion: 1, files }, null, 2)}\n`);
}

/** `3 of 12 files are not in standard layout, 1 could not be read` */
function summary(results: readonly Result[], { check }: FmtOptions): string {
  const changed = results.filter((result) => result.changed).length;
  const refused = results.filter(({ diagnostics }) => diagnostics.length > 0).length;
  const what = check ? (changed === 1 ? 'is not in standard layout' : 'are not in standard layout') : 'changed';
  return `${changed} of ${results.length} files ${what}${refused > 0 ? `, ${refused} could not be read` : ''}\n`;
}

interface Result {
  readonly path: string;
  readonly changed: boolean;
  /** The formatted text, if the input is the standard input. */
  readonly text?: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** A file that cannot be read or has errors does not keep the others from being formatted. */
function fmtFile(path: string, options: FmtOptions, io: Io): Result {
  const shown = shownPath(path);
  try {
    const text = readSourceText(path, shown, io.files);
    const result = formatText(path, text, options, io);
    if ('diagnostics' in result) return refused(shown, result.diagnostics, io);
    const changed = result.text !== text;
    if (isStdin(path)) {
      if (!options.check && !options.json) io.stdout.writeData(result.text);
      return { path: shown, changed, text: result.text, diagnostics: [] };
    }
    if (changed && !options.check) io.files.replace(path, result.text);
    return { path: shown, changed, diagnostics: [] };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { message, limit } = error;
    return refused(shown, [{ code: 'file/unreadable', severity: 'error', message, limit }], io);
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
  if (mode === undefined) return format({ path: shownPath(path), text });
  const { source, file, networks, diagnostics } = openText(path, text, {}, io);
  if (hasErrors(diagnostics)) return { diagnostics };
  return format({ path: source.path, text: applyEdits(text, shapeEdits(file, networks, mode))! });
}
