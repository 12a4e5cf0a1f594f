// `cnnc explain`: what the passes did to a network, what they nearly did and why not, and what is left.

import { Command } from 'commander';
import type { Network } from '../../../compiler/frontend/index.ts';
import { explain, explanationJson } from '../../explain/story.ts';
import type { Explained } from '../../explain/story.ts';
import { printExplanation } from '../../explain/print.ts';
import { compileWith } from '../compilation.ts';
import type { Io } from '../io.ts';
import { passesText } from '../pass-list.ts';
import { withPassOptions } from '../pass-options.ts';
import type { PassOptions } from '../pass-options.ts';
import { usesColor } from '../output.ts';
import { NETWORK_ARGUMENT, openNetwork, withOpenOptions } from '../source.ts';
import type { OpenOptions } from '../source.ts';
import { targetSettings, withTargetOptions } from '../target-options.ts';
import { quantizedNetwork } from '../quantized.ts';
import type { TargetOptions } from '../target-options.ts';
import { UsageError } from '../errors.ts';

interface ExplainOptions extends OpenOptions, PassOptions, TargetOptions {
  readonly list?: boolean;
  readonly quantize?: boolean;
  readonly json?: boolean;
}

export function explainCommand(io: Io): Command {
  const command = withPassOptions(withOpenOptions(new Command('explain')));
  return withTargetOptions(command, 'what it is compiled for: ts or js (default), or wasm')
    .description('show what the compiler did to a network, what it nearly did, and what that saved')
    .argument('[file]', NETWORK_ARGUMENT)
    .option('--quantize', 'compile for whole numbers (int8), and also show which steps stay f32, and why')
    .option('--list', 'list the passes instead, as `cnnc help passes` does')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
A MAC is a multiply–accumulate; bytes moved are those of activations written and read again; all figures are of one image.
Blocks to which the same happened are shown together. "Before" means -O0. \`cnnc help CODE\` explains the code of a diagnostic.

Examples:
  cnnc explain lenet.cnn
  cnnc explain lenet.cnn -O1                    only with what keeps every bit
  cnnc explain lenet.cnn --target wasm
  cnnc explain lenet.cnn --quantize             what computes in whole numbers
  cnnc explain --list                           the passes

JSON: { schemaVersion: 1, rewrites: [{ pass, rule, nodes, source, macsSaved, bytesSaved, callsSaved }],
misses: [{ pass, rule, nodes, source, reason }], kernels: [{ kernel, nodes, shape, macs, bytesWritten, source }],
before, after: { macs, kernelCalls, activationBytesWritten, peakMemoryBytes, moduleBytes } }; source is { path, line,
column, endLine, endColumn } or null.`,
    )
    .action((path: string | undefined, options: ExplainOptions) => print(path, options, io));
}

/** What the rewrite to whole numbers did comes first; before is the network in f32. */
function explainQuantized(network: Network, options: ExplainOptions, sourceName: string, io: Io): Explained {
  const quantized = quantizedNetwork(network, options);
  const compilation = compileWith(quantized.network, options, io);
  const explained = explain(network, compilation, sourceName, targetSettings(options));
  return {
    ...explained,
    rewrites: [...quantized.rewrites, ...explained.rewrites],
    misses: [...quantized.misses, ...explained.misses],
  };
}

async function print(path: string | undefined, options: ExplainOptions, io: Io): Promise<void> {
  if (options.list) return io.stdout.write(passesText(options.json ?? false));
  if (path === undefined) throw new UsageError('explain needs a .cnn file, or --list');
  const { network, sourceName } = await openNetwork(path, options, io);
  const explained = options.quantize
    ? explainQuantized(network, options, sourceName, io)
    : explain(network, compileWith(network, options, io), sourceName, targetSettings(options));
  if (options.json) return io.stdout.write(`${JSON.stringify(explanationJson(explained), null, 2)}\n`);
  const style = { color: usesColor(io.stdout, io.env), width: io.stdout.columns };
  io.stdout.write(printExplanation(network.name, explained, style));
}
