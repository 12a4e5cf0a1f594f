// `cnnc report`: shapes, costs and receptive fields of a network.

import { Command } from 'commander';
import { suggest } from '../../../grammar/suggest.ts';
import { printable } from '../../data/input-error.ts';
import { partNames, printReport } from '../../report/print.ts';
import { report } from '../../report/report.ts';
import { compileWith } from '../compilation.ts';
import { UsageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { withPassOptions } from '../pass-options.ts';
import type { PassOptions } from '../pass-options.ts';
import { openNetwork, usesColor, withNetworkOptions } from '../source.ts';
import type { NetworkOptions } from '../source.ts';

interface ReportOptions extends NetworkOptions, PassOptions {
  readonly layer?: string;
  readonly fold?: boolean;
  readonly json?: boolean;
}

export function reportCommand(io: Io): Command {
  return withPassOptions(withNetworkOptions(new Command('report')))
    .description("print a network's shapes, parameters, MACs, receptive fields and memory")
    .argument('<file>', 'a .cnn file')
    .option('--layer <name>', 'only this layer, block or path, in full')
    .option('--fold', 'a line for each block')
    .option('--json', 'print it as JSON')
    .addHelpText(
      'after',
      `
One MAC is two FLOP; MACs count convolutions and dense layers without biases, parameters leave out running statistics,
memory is that of f32 values of one image. "field" is the receptive field in input pixels.

JSON: { schemaVersion: 1, network, inputs, outputs, layers: [{ name, op, inputShapes, outputShape, parameters, macs,
receptiveField: { size, jump, start }, outputBytes, description, reads, scopes, line, file, arithmetic, weights }],
totals: { parameters, macs, peakActivationBytes, compiledArenaBytes }, peak: { at, alive } }; shapes are [C, H, W] or
[features]; size, jump and start are numbers, or [height, width] where these differ.`,
    )
    .action((path: string, options: ReportOptions) => print(path, options, io));
}

function print(path: string, options: ReportOptions, io: Io): void {
  const { network } = openNetwork(path, options, io);
  const data = report(network, compileWith(network, options, io).program);
  const { layer } = options;
  if (layer !== undefined && !partNames(data).includes(layer)) throw unknownLayer(layer, partNames(data));
  if (options.json) {
    const layers =
      layer === undefined
        ? data.layers
        : data.layers.filter((one) => one.name === layer || one.scopes.some(({ name }) => name === layer));
    io.stdout.write(`${JSON.stringify({ ...data, layers }, null, 2)}\n`);
    return;
  }
  const text = printReport(data, {
    color: usesColor(io.stdout, io.env),
    width: io.stdout.columns,
    fold: options.fold ?? false,
    ...(layer !== undefined && { layer }),
  });
  io.stdout.write(text!);
}

function unknownLayer(name: string, known: readonly string[]): UsageError {
  const near = suggest(name, known);
  const hint =
    near === undefined
      ? `it has ${known.slice(0, 12).join(', ')}${known.length > 12 ? ', …' : ''}`
      : `did you mean ${near}?`;
  return new UsageError(`--layer: the network has no ${printable(name)}; ${hint}`);
}
