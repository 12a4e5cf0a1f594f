// `cnnc compile`: writes the module of a network.

import { Command, Option } from 'commander';
import { hasErrors } from '../../../grammar/diagnostic.ts';
import { checkBudgets } from '../../budgets.ts';
import { grouped } from '../../report/format.ts';
import { compileWith } from '../compilation.ts';
import { DiagnosticsError, UsageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { withPassOptions } from '../pass-options.ts';
import type { PassOptions } from '../pass-options.ts';
import { openNetwork, withNetworkOptions } from '../source.ts';
import type { NetworkOptions } from '../source.ts';
import { networkWeights, withWeightsOptions } from '../weights.ts';
import type { WeightsOptions } from '../weights.ts';

interface CompileOptions extends NetworkOptions, WeightsOptions, PassOptions {
  readonly output: string;
  readonly target: 'ts' | 'js';
  readonly json?: boolean;
}

export function compileCommand(io: Io): Command {
  const command = withNetworkOptions(new Command('compile'))
    .description('write a network as a module without dependencies')
    .argument('<file>', 'a .cnn file')
    .requiredOption('-o, --output <folder>', 'where to write; made when missing')
    .addOption(
      new Option('--target <target>', 'ts: net.ts; js: net.js and net.d.ts').choices(['ts', 'js']).default('ts'),
    );
  return withPassOptions(withWeightsOptions(command))
    .option('--json', 'print what was written as JSON')
    .addHelpText(
      'after',
      `
The module exports load(weights) for a safetensors file with the network's own names; what it gives has run(x). With
--weights, such a file is written beside it. Nothing is written when a budget of \`expect\` is not kept.

JSON: { schemaVersion: 1, network, files: [{ path, bytes }] }`,
    )
    .action((path: string, options: CompileOptions) => compile(path, options, io));
}

function compile(path: string, options: CompileOptions, io: Io): void {
  if (options.weights === undefined && (options.match ?? options.map) !== undefined)
    throw new UsageError('--match and --map say how to read --weights');
  const { network, sourceName } = openNetwork(path, options, io);
  const compilation = compileWith(network, options, io);
  const budgets = checkBudgets(network, compilation);
  if (hasErrors(budgets)) throw new DiagnosticsError(budgets);
  const { weights, output } = options;
  const encoder = new TextEncoder();
  const written: { path: string; data: Uint8Array }[] = compilation
    .emit(options.target, { sourceName })
    .map(({ path: name, text }) => ({ path: name, data: encoder.encode(text) }));
  if (weights !== undefined) {
    written.push({ path: 'weights.safetensors', data: networkWeights(options, network.graph, io) });
  }
  io.files.write(output, written);
  const folder = output.replace(/\/+$/, '');
  const files = written.map(({ path: name, data }) => ({ path: `${folder}/${name}`, bytes: data.length }));
  if (options.json) io.stdout.write(`${JSON.stringify({ schemaVersion: 1, network: network.name, files }, null, 2)}\n`);
  else for (const file of files) io.stdout.write(`${file.path}  ${grouped(file.bytes)} bytes\n`);
}
