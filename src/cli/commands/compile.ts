// `cnnc compile`: writes the module of a network.

import { Command, Option } from 'commander';
import { compileNetwork } from '../../../compiler/index.ts';
import { hasErrors } from '../../../grammar/diagnostic.ts';
import { checkBudgets } from '../../networks.ts';
import { grouped } from '../../report/format.ts';
import { DiagnosticsError } from '../errors.ts';
import type { Io } from '../io.ts';
import { openNetwork, withNetworkOptions } from '../source.ts';
import type { NetworkOptions } from '../source.ts';

interface CompileOptions extends NetworkOptions {
  readonly output: string;
  readonly target: 'ts' | 'js';
  readonly json?: boolean;
}

export function compileCommand(io: Io): Command {
  return withNetworkOptions(new Command('compile'))
    .description('write a network as a module without dependencies')
    .argument('<file>', 'a .cnn file')
    .requiredOption('-o, --output <folder>', 'where to write; made when missing')
    .addOption(
      new Option('--target <target>', 'ts: net.ts; js: net.js and net.d.ts').choices(['ts', 'js']).default('ts'),
    )
    .option('--json', 'print what was written as JSON')
    .addHelpText(
      'after',
      `
The module exports load(weights) for a safetensors file; what it gives has run(x). Nothing is written when a budget of
\`expect\` is not kept.

JSON: { schemaVersion: 1, network, files: [{ path, bytes }] }`,
    )
    .action((path: string, options: CompileOptions) => compile(path, options, io));
}

function compile(path: string, options: CompileOptions, io: Io): void {
  const { network, sourceName } = openNetwork(path, options, io);
  const compilation = compileNetwork(network);
  const budgets = checkBudgets(network, compilation);
  if (hasErrors(budgets)) throw new DiagnosticsError(budgets);
  const emitted = compilation.emit(options.target, { sourceName });
  io.files.write(
    options.output,
    emitted.map(({ path: name, text }) => ({ path: name, data: text })),
  );
  const folder = options.output.replace(/\/+$/, '');
  const files = emitted.map(({ path: name, text }) => ({
    path: `${folder}/${name}`,
    bytes: new TextEncoder().encode(text).length,
  }));
  if (options.json) io.stdout.write(`${JSON.stringify({ schemaVersion: 1, network: network.name, files }, null, 2)}\n`);
  else for (const file of files) io.stdout.write(`${file.path}  ${grouped(file.bytes)} bytes\n`);
}
