// `cnnc check`: everything that is wrong with files, or what is in them.

import { Command } from 'commander';
import { costOf } from '../../../compiler/analysis/cost.ts';
import { operators } from '../../../compiler/ops/index.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import { hasErrors } from '../../../grammar/diagnostic.ts';
import { InputError } from '../../data/input-error.ts';
import { checkBudgets } from '../../budgets.ts';
import { grouped } from '../../report/format.ts';
import { diagnosticJson } from '../diagnostic-json.ts';
import { Quit, UsageError, exitCodeOf } from '../errors.ts';
import type { Io } from '../io.ts';
import { openSource, printDiagnostics, withNetworkOptions } from '../source.ts';
import type { NetworkOptions } from '../source.ts';

export function checkCommand(io: Io): Command {
  return withNetworkOptions(new Command('check'))
    .description('say everything that is wrong with .cnn files, budgets of `expect` included')
    .argument('<file...>', '.cnn files')
    .option('--json', 'print diagnostics as JSON')
    .addHelpText(
      'after',
      `
JSON: { schemaVersion: 1, files: [{ path, ok, networks: [{ name, parameters, macs }], diagnostics: [{ code, severity,
message, path, line, column, endLine, endColumn, found, expected, trace, notes, fixes, related, limit }] }] };
lines and columns count from 1, and fields that do not apply are absent.`,
    )
    .action((paths: readonly string[], options: NetworkOptions & { readonly json?: boolean }) =>
      check(paths, options, io),
    );
}

function check(paths: readonly string[], options: NetworkOptions & { readonly json?: boolean }, io: Io): void {
  if (paths.length > 1 && (options.network !== undefined || options.set)) {
    throw new UsageError('--network and --set need a single file');
  }
  const results = paths.map((path) => checkFile(path, options, io));
  if (options.json) io.stdout.write(`${JSON.stringify({ schemaVersion: 1, files: results.map(fileJson) }, null, 2)}\n`);
  for (const { path, networks, diagnostics } of options.json ? [] : results) {
    printDiagnostics(diagnostics, io);
    if (hasErrors(diagnostics)) continue;
    const lines = networks.map(
      ({ name, parameters, macs }) => `  ${name}  ${grouped(parameters)} parameters, ${grouped(macs)} MACs`,
    );
    io.stdout.write(`${[`${path}: ok`, ...lines].join('\n')}\n`);
  }
  const code = exitCodeOf(results.flatMap(({ diagnostics }) => diagnostics));
  if (code !== 0) throw new Quit(code);
}

interface Checked {
  readonly path: string;
  readonly networks: readonly { readonly name: string; readonly parameters: number; readonly macs: number }[];
  readonly diagnostics: readonly Diagnostic[];
}

/** A file that cannot be read does not keep the others from being checked. */
function checkFile(path: string, options: NetworkOptions, io: Io): Checked {
  try {
    const { networks, diagnostics } = openSource(path, options, io);
    const budgets = hasErrors(diagnostics) ? [] : networks.flatMap((network) => checkBudgets(network));
    return {
      path,
      diagnostics: [...diagnostics, ...budgets],
      networks: networks.map(({ name, graph }) => {
        const { parameters, macs } = costOf(graph, operators).total;
        return { name, parameters, macs };
      }),
    };
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

function fileJson({ path, networks, diagnostics }: Checked) {
  return { path, ok: !hasErrors(diagnostics), networks, diagnostics: diagnostics.map(diagnosticJson) };
}
