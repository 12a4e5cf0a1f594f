// `cnnc check`: everything that is wrong with files, or what is in them.

import { Command } from 'commander';
import { costOf } from '../../../compiler/analysis/cost.ts';
import { operators } from '../../../compiler/ops/index.ts';
import { capped, countsOf, summaryOf } from '../../../grammar/counts.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import { hasErrors } from '../../../grammar/diagnostic.ts';
import { escapeControls } from '../../../grammar/terminal.ts';
import { InputError } from '../../data/input-error.ts';
import { checkBudgets } from '../../budgets.ts';
import { unifiedDiff } from '../../edit/diff.ts';
import { fixText } from '../../edit/fix.ts';
import type { Fixed } from '../../edit/fix.ts';
import { grouped } from '../../report/format.ts';
import { diagnosticJson } from '../diagnostic-json.ts';
import { Quit, UsageError, exitCodeOf } from '../errors.ts';
import type { Io } from '../io.ts';
import { openText, printDiagnostics, readSourceText, replaceText, withNetworkOptions } from '../source.ts';
import type { NetworkOptions } from '../source.ts';

interface CheckOptions extends NetworkOptions {
  readonly fix?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function checkCommand(io: Io): Command {
  return withNetworkOptions(new Command('check'))
    .description('say everything that is wrong with .cnn files, budgets of `expect` included')
    .argument('<file...>', '.cnn files')
    .option('--fix', 'mend what can be meant in one way only, in the files themselves')
    .option('--dry-run', 'with --fix: print what would change as a diff, and change nothing')
    .option('--json', 'print diagnostics as JSON')
    .addHelpText(
      'after',
      `
--fix repairs what can be meant in one way only: spelling of the language, and steps of PyTorch, Keras, ONNX or Caffe
whose arguments have the same meaning here. All other fixes are shown, and left to you. It never leaves more errors than
there were. Imported files stay as they are.

Examples:
  cnnc check lenet.cnn
  cnnc check --fix --dry-run lenet.cnn

JSON: { schemaVersion: 1, files: [{ path, ok, networks: [{ name, parameters, macs }], changes:
[{ code, line, fix }], errors, warnings, diagnostics: [{ code, severity, message, path, line, column, endLine, endColumn, found, expected,
trace, notes, fixes, related, limit }] }] }; lines and columns count from 1, and fields that do not apply are absent.
errors and warnings count all; of a file at most 100 diagnostics are listed. Fixes that --fix applies are marked safe.`,
    )
    .action((paths: readonly string[], options: CheckOptions) => check(paths, options, io));
}

function check(paths: readonly string[], options: CheckOptions, io: Io): void {
  if (options.dryRun && !options.fix) throw new UsageError('--dry-run needs --fix');
  if (paths.length > 1 && (options.network !== undefined || options.set)) {
    throw new UsageError('--network and --set need a single file');
  }
  const results = paths.map((path) => checkFile(path, options, io));
  if (options.json) io.stdout.write(`${JSON.stringify({ schemaVersion: 1, files: results.map(fileJson) }, null, 2)}\n`);
  for (const { path, networks, diagnostics, changes = [], diff } of options.json ? [] : results) {
    if (diff !== undefined) io.stdout.write(diff);
    else for (const { line, code, fix } of changes) io.stdout.write(`${path}:${line}  ${code}  ${oneLine(fix)}\n`);
    printDiagnostics(diagnostics, io);
    if (hasErrors(diagnostics) || diff !== undefined) continue;
    const lines = networks.map(
      ({ name, parameters, macs }) => `  ${name}  ${grouped(parameters)} parameters, ${grouped(macs)} MACs`,
    );
    io.stdout.write(`${[`${path}: ok`, ...lines].join('\n')}\n`);
  }
  const summary = options.json ? undefined : summaryOf(results.map(({ diagnostics }) => diagnostics));
  if (summary !== undefined) io.stderr.write(`${summary}\n`);
  const code = exitCodeOf(results.flatMap(({ diagnostics }) => diagnostics));
  if (code !== 0) throw new Quit(code);
}

interface Checked {
  readonly path: string;
  readonly networks: readonly { readonly name: string; readonly parameters: number; readonly macs: number }[];
  readonly diagnostics: readonly Diagnostic[];
  /** What `--fix` did, in order. */
  readonly changes?: Fixed['changes'];
  /** Present where the changes are only shown. */
  readonly diff?: string;
}

/** A file that cannot be read does not keep the others from being checked. */
function checkFile(path: string, options: CheckOptions, io: Io): Checked {
  try {
    const text = readSourceText(path, path, io.files);
    return options.fix ? fixFile(path, text, options, io) : checkText(path, text, options, io);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const diagnostic: Diagnostic = {
      code: 'file/unreadable',
      severity: 'error',
      message: error.message,
      limit: error.limit,
    };
    return { path, networks: [], diagnostics: [diagnostic] };
  }
}

function checkText(path: string, text: string, options: NetworkOptions, io: Io): Checked {
  const { networks, diagnostics } = openText(path, text, options, io);
  const budgets = hasErrors(diagnostics) ? [] : networks.flatMap((network) => checkBudgets(network));
  return {
    path,
    diagnostics: [...diagnostics, ...budgets],
    networks: networks.map(({ name, graph }) => {
      const { parameters, macs } = costOf(graph, operators).total;
      return { name, parameters, macs };
    }),
  };
}

function fixFile(path: string, text: string, options: CheckOptions, io: Io): Checked {
  const { source } = openText(path, text, options, io);
  const fixed = fixText(source.path, text, (attempt) => openText(path, attempt, options, io).diagnostics);
  const { changes } = fixed;
  if (options.dryRun) {
    return { ...checkText(path, text, options, io), changes, diff: unifiedDiff(path, text, fixed.text) };
  }
  if (fixed.text !== text) replaceText(path, fixed.text, io);
  return { ...checkText(path, fixed.text, options, io), changes };
}

/** A fix is a piece of the source, or a sentence. */
function oneLine(fix: string): string {
  return escapeControls(fix.replace(/\s*\n\s*/g, ' '));
}

function fileJson({ path, networks, changes, diagnostics }: Checked) {
  return {
    path,
    ok: !hasErrors(diagnostics),
    networks,
    ...(changes && { changes }),
    ...countsOf(diagnostics),
    diagnostics: capped(diagnostics).map(diagnosticJson),
  };
}
