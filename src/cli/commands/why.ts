// `cnnc why`: the arithmetic of one layer in full.

import { Command } from 'commander';
import { suggest } from '../../../grammar/suggest.ts';
import { printable } from '../../data/input-error.ts';
import { printWhy } from '../../report/print-why.ts';
import { why } from '../../report/why.ts';
import type { Network } from '../../../compiler/frontend/index.ts';
import { UsageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { usesColor } from '../output.ts';
import { NETWORK_ARGUMENT, openNetwork, withOpenOptions } from '../source.ts';
import type { OpenOptions } from '../source.ts';

interface WhyOptions extends OpenOptions {
  readonly json?: boolean;
}

export function whyCommand(io: Io): Command {
  return withOpenOptions(new Command('why'))
    .description('show how the figures of one layer come about: size, parameters, MACs, memory, receptive field')
    .argument('<file>', NETWORK_ARGUMENT)
    .argument('<layer>', 'a layer by its name, such as conv2 or inception1.path2.conv1')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  cnnc why lenet.cnn conv2
  cnnc why resnet.cnn residual2.path1.conv1

JSON: { schemaVersion: 1, network, layer, window: { kernel, stride, padding, dilation }, parameters: [{ name, shape,
count, learnt }], macs: { perValue, values, total, networkTotal }, memory: { inputBytes, outputBytes, weightBytes },
receptiveField: { chain: [{ name, description, window, joins, size, jump, start }] } }; layer is as in report --json,
extents are [height, width] in pixels.`,
    )
    .action((path: string, layer: string, options: WhyOptions) => print(path, layer, options, io));
}

async function print(path: string, layer: string, options: WhyOptions, io: Io): Promise<void> {
  const { network } = await openNetwork(path, options, io);
  const data = why(network, layer);
  if (!data) throw unknownLayer(layer, network);
  if (options.json) return io.stdout.write(`${JSON.stringify(data, null, 2)}\n`);
  io.stdout.write(printWhy(data, { color: usesColor(io.stdout, io.env), width: io.stdout.columns }));
}

function unknownLayer(name: string, { graph }: Network): UsageError {
  const names = graph.nodes.map((node) => node.name);
  const inside = names.filter((layer) => layer.startsWith(`${name}.`));
  if (inside.length > 0) return new UsageError(`${printable(name)} has several layers: ${some(inside)}`);
  const near = suggest(name, names);
  const hint = near === undefined ? `it has ${some(names)}` : `did you mean ${near}?`;
  return new UsageError(`the network has no layer ${printable(name)}; ${hint}`);
}

function some(names: readonly string[]): string {
  return `${names.slice(0, 12).join(', ')}${names.length > 12 ? ', …' : ''}`;
}
