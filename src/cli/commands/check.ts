// `cnnc check`: everything that is wrong with files, or what is in them.

import { Command } from 'commander';
import { costOf } from '../../../compiler/analysis/cost.ts';
import type { Network } from '../../../compiler/frontend/index.ts';
import { operators } from '../../../compiler/ops/index.ts';
import { capped, countsOf, summaryOf } from '../../../grammar/counts.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import { hasErrors } from '../../../grammar/diagnostic.ts';
import { escapeControls } from '../../../grammar/terminal.ts';
import { InputError } from '../../data/input-error.ts';
import type { Fixed } from '../../edit/fix.ts';
import { checkMeasured, needsCompilation } from '../../network/graph-budgets.ts';
import { grouped } from '../../text/format.ts';
import { expandFiles } from '../arguments.ts';
import { diagnosticJson } from '../diagnostic-json.ts';
import { DiagnosticsError, Quit, UsageError, exitCodeOf } from '../errors.ts';
import { isStdin } from '../guard.ts';
import { loopTurn } from '../held-signals.ts';
import type { Io } from '../io.ts';
import { printDiagnostics } from '../print-diagnostics.ts';
import { isModel, refuseModelOptions } from '../model-file.ts';
import { openText, readNetworkFile, shownPath, sourceTextOf, withOpenOptions } from '../source.ts';
import type { Named, NetworkOptions, OpenOptions } from '../source.ts';
import { repeat } from '../watch.ts';

interface CheckOptions extends OpenOptions {
  readonly fix?: boolean;
  readonly dryRun?: boolean;
  readonly watch?: boolean;
  readonly json?: boolean;
}

export function checkCommand(io: Io): Command {
  return withOpenOptions(new Command('check'))
    .description(
      'report all errors in .cnn files, budgets of `expect` that are exceeded, and unsupported parts of .onnx files',
    )
    .argument('<file...>', '.cnn files, FILE:NETWORK, .onnx files, folders, patterns, or - for the standard input')
    .option('--fix', 'apply unambiguous fixes to the files')
    .option('--dry-run', 'with --fix: print what would change as a diff, and change nothing')
    .option('--watch', 'run again whenever a file that was read changes, until Ctrl-C')
    .option('--json', 'print diagnostics as JSON')
    .addHelpText(
      'after',
      `
--fix applies unambiguous fixes: spelling of the language, and steps of PyTorch, Keras, ONNX or Caffe
whose arguments have the same meaning here. All other fixes are shown, and left to you. --fix never leaves more errors
than there were. Imported files are not changed. For an .onnx file, everything that is not supported is listed, with what can be done.

Examples:
  cnnc check lenet.cnn
  cnnc check --fix --dry-run lenet.cnn
  cnnc check .                                  all files of this folder and of those inside

JSON: { schemaVersion: 1, files: [{ path, ok, networks: [{ name, parameters, macs }], changes:
[{ code, line, fix }], errors, warnings, diagnostics: [{ code, severity, message, path, line, column, endLine, endColumn, found, expected,
trace, notes, fixes, related, limit }] }] }; lines and columns count from 1, and fields that do not apply are absent.
errors and warnings count all; of a file at most 100 diagnostics are listed. Fixes that --fix applies are marked safe.`,
    )
    .action((paths: readonly string[], options: CheckOptions) => {
      const action = (world: Io): Promise<void> => check(paths, options, world);
      return options.watch ? repeat(io, action) : action(io);
    });
}

async function check(given: readonly string[], options: CheckOptions, io: Io): Promise<void> {
  if (options.dryRun && !options.fix) throw new UsageError('--dry-run needs --fix');
  const files = expandFiles(given, io);
  if (options.fix && !options.dryRun && files.some(({ path }) => isStdin(path)))
    throw new UsageError('--fix writes into files; for the standard input, add --dry-run');
  if (files.length > 1 && (options.network !== undefined || options.set)) {
    throw new UsageError('--network and --set need a single file');
  }
  const results: Checked[] = [];
  for (const file of files) {
    results.push(await checkFile(file, options, io));
    await loopTurn();
  }
  if (options.json) io.stdout.write(`${JSON.stringify({ schemaVersion: 1, files: results.map(fileJson) }, null, 2)}\n`);
  for (const { path, networks, diagnostics, changes = [], diff } of options.json ? [] : results) {
    if (diff !== undefined) io.stdout.writeData(diff);
    else
      for (const { line, code, fix } of changes)
        io.stdout.write(`${escapeControls(path)}:${line}  ${code}  ${oneLine(fix)}\n`);
    printDiagnostics(diagnostics, io);
    if (hasErrors(diagnostics) || diff !== undefined) continue;
    const lines = networks.map(
      ({ name, parameters, macs }) => `  ${name}  ${grouped(parameters)} parameters, ${grouped(macs)} MACs`,
    );
    io.stdout.write(`${[`${escapeControls(path)}: ok`, ...lines].join('\n')}\n`);
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
async function checkFile({ path, network }: Named, given: CheckOptions, io: Io): Promise<Checked> {
  const options = network === undefined ? given : { ...given, network };
  try {
    const bytes = readNetworkFile(path, io.files);
    if (isModel(path, bytes)) return await checkModel(path, bytes, options, io);
    refuseModelOptions(shownPath(path), options);
    const text = sourceTextOf(bytes, shownPath(path));
    return await (options.fix ? fixFile(path, text, options, io) : checkText(path, text, options, io));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const diagnostic: Diagnostic = {
      code: 'file/unreadable',
      severity: 'error',
      message: error.message,
      limit: error.limit,
    };
    return { path: shownPath(path), networks: [], diagnostics: [diagnostic] };
  }
}

async function checkText(path: string, text: string, options: NetworkOptions, io: Io): Promise<Checked> {
  const { networks, diagnostics } = openText(path, text, options, io);
  return {
    path: shownPath(path),
    diagnostics: [...diagnostics, ...(hasErrors(diagnostics) ? [] : await budgetsOf(networks))],
    networks: networks.map(sizeOfNetwork),
  };
}

/** Everything that is not supported, or the network; the importer is loaded only for that. */
async function checkModel(path: string, bytes: Uint8Array, options: OpenOptions, io: Io): Promise<Checked> {
  const { openModel } = await import('../model.ts');
  try {
    const { network } = openModel(shownPath(path), bytes, options, io);
    return { path: shownPath(path), networks: [sizeOfNetwork(network)], diagnostics: [] };
  } catch (error) {
    if (!(error instanceof DiagnosticsError)) throw error;
    return { path: shownPath(path), networks: [], diagnostics: error.diagnostics };
  }
}

function sizeOfNetwork({ name, graph }: Pick<Network, 'name' | 'graph'>): Checked['networks'][number] {
  const { parameters, macs } = costOf(graph, operators).total;
  return { name, parameters, macs };
}

/** The compiler is loaded only for budgets of a compiled network. */
async function budgetsOf(networks: readonly Network[]): Promise<readonly Diagnostic[]> {
  if (!networks.some(needsCompilation)) return networks.flatMap((network) => checkMeasured(network));
  const { checkBudgets } = await import('../../network/budgets.ts');
  return networks.flatMap((network) => checkBudgets(network));
}

async function fixFile(path: string, text: string, options: CheckOptions, io: Io): Promise<Checked> {
  const { fixText } = await import('../../edit/fix.ts');
  const { source } = openText(path, text, options, io);
  const fixed = fixText(source.path, text, (attempt) => openText(path, attempt, options, io).diagnostics);
  const { changes } = fixed;
  if (options.dryRun) {
    const { unifiedDiff } = await import('../../edit/diff.ts');
    return { ...(await checkText(path, text, options, io)), changes, diff: unifiedDiff(path, text, fixed.text) };
  }
  if (fixed.text !== text) io.files.replace(path, fixed.text);
  return { ...(await checkText(path, fixed.text, options, io)), changes };
}

/** A fix is a piece of the source, or a sentence. */
function oneLine(fix: string): string {
  return escapeControls(
    fix
      .split('\n')
      .map((line) => line.trim())
      .join(' '),
  );
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
