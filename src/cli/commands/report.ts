// `cnnc report`: shapes, costs and receptive fields of a network.

import { Command } from 'commander';
import { suggest } from '../../../grammar/suggest.ts';
import { printable } from '../../data/input-error.ts';
import { compareReports } from '../../report/compare.ts';
import { comparisonHtml } from '../../report/html/compare-html.ts';
import { InputError } from '../../data/input-error.ts';
import { reportHtml } from '../../report/html/html.ts';
import { reportMarkdown } from '../../report/markdown.ts';
import { printComparison } from '../../report/print-comparison.ts';
import { partNames, printReport } from '../../report/print.ts';
import { report } from '../../report/network-report.ts';
import { writtenItems } from '../../report/svg/items.ts';
import { isDrawable, notDrawn } from '../../report/svg/layout.ts';
import { reportSvg } from '../../report/svg/svg.ts';
import { compileWith } from '../compilation.ts';
import { UsageError } from '../errors.ts';
import { isStdout } from '../guard.ts';
import type { Io } from '../io.ts';
import { withPassOptions } from '../pass-options.ts';
import type { PassOptions } from '../pass-options.ts';
import { usesColor } from '../output.ts';
import { quantizedNetwork } from '../quantized.ts';
import { byteSize, wholeNumber } from '../quantities.ts';
import { NETWORK_ARGUMENT, openNetwork, withOpenOptions } from '../source.ts';
import type { OpenOptions } from '../source.ts';
import { withThreadOption } from '../target-options.ts';
import { repeat } from '../watch.ts';
import { writeFile, writeOutputs } from '../write-file.ts';

interface ReportOptions extends OpenOptions, PassOptions {
  readonly layer?: string;
  readonly fold?: boolean;
  readonly json?: boolean;
  readonly md?: boolean;
  readonly html?: string;
  readonly svg?: string;
  readonly watch?: boolean;
  readonly quantize?: boolean;
  readonly training?: boolean;
  readonly batch?: number;
  readonly microBatch?: number;
  readonly memory?: number;
  readonly threads?: number;
}

export function reportCommand(io: Io): Command {
  const command = withPassOptions(withOpenOptions(new Command('report')))
    .description("print a network's shapes, parameters, MACs, receptive fields and memory")
    .argument('<file>', NETWORK_ARGUMENT)
    .argument('[other]', 'a second network, to compare the first with')
    .option('--layer <name>', 'show only this layer, block or path, in full')
    .option('--fold', 'print one line for each block')
    .option('--json', 'print the result as JSON')
    .option('--md', 'print it as a Markdown table')
    .option('--html <file>', 'write a page with drawing, table, memory, and what compiling did; - prints it')
    .option('--svg <file>', 'write the drawing alone; - prints it')
    .option('--quantize', 'also show what would compute in whole numbers (int8), and its bytes')
    .option('--watch', 'run again whenever a file that was read changes, until Ctrl-C')
    .option('--training', 'show what a step of its training costs: MACs, memory, and what is in memory at the peak')
    .option(
      '--batch <count>',
      'with --training: images of a step, instead of those of the `train` section',
      wholeNumber('--batch', 1, 1e6),
    )
    .option('--micro-batch <count>', 'with --training: images at once', wholeNumber('--micro-batch', 1, 1e6))
    .option(
      '--memory <size>',
      'with --training: memory that it should fit into, such as 2GiB (default: 4GiB)',
      byteSize('--memory'),
    );
  return withThreadOption(command)
    .addHelpText(
      'after',
      `
One MAC is two FLOP; MACs count convolutions and dense layers without biases, parameters leave out running statistics,
memory is that of f32 values of one image, weights are those of a file of f32, running statistics included. "field" is the receptive field in input pixels.

  cnnc report lenet.cnn --html lenet.html --watch
  cnnc report resnet.cnn:ResNet18 resnet.cnn:ResNet34

Examples:
  cnnc report lenet.cnn
  cnnc report lenet.cnn --layer conv2           one layer in full
  cnnc report lenet.cnn --html lenet.html       a drawing and a table, to look at in a browser
  cnnc report lenet.cnn --quantize              what computes in whole numbers, and its bytes
  cnnc report lenet.cnn vgg.cnn                 two networks beside each other
  cnnc report lenet.cnn --training --batch 512  what a step of its training costs

JSON: { schemaVersion: 1, network, inputs, outputs, auxiliary, layers: [{ name, op, inputShapes, outputShape, parameters, macs,
receptiveField: { size, jump, start }, outputBytes, quantized: { numbers, outputBytes }, description, reads, scopes, line, file, arithmetic, weights }],
totals: { parameters, macs, weightBytes, quantizedWeightBytes, peakActivationBytes, compiledArenaBytes }, peak: { at, alive } }; shapes are [C, H, W] or
[features]; size, jump and start are numbers, or [height, width] where these differ; quantized and quantizedWeightBytes with --quantize, numbers int8 or f32. Of two networks: { schemaVersion: 1, networks: [name, name], totals: [{ what,
values }], rows: [{ name, a, b, differences }] }; a and b are { operator, output, parameters, macs } or null.

--training compiles a step for WebAssembly: forward, loss, backward and the optimizer's update. Where the file has no \`train\`
section, plain sgd on cross_entropy (or mean_squared_error, where the output is no scores) and a batch of 128 are assumed.
JSON: { schemaVersion: 1, network, batch, threads, state: { parameters, buffers, optimizer, gradients }, macs: { forward, backward },
layers: [{ name, forward, backward, alive }], memory: { fixed, perImage, total, limit, largestBatch }, peak: { at: { phase, layer }, groups: [{ use,
bytes }], alive: [{ name, layer, use, bytes }] }, settings: { from, batch, loss, optimizer, clipNorm, average } }; sizes are bytes, MACs those of
one image, batch the images at once, and from is section or defaults.`,
    )
    .action(async (path: string, other: string | undefined, options: ReportOptions) => {
      const action = await actionOf(path, other, options);
      if (options.watch) await repeat(io, clearing(action, options));
      else await action(io);
    });
}

async function actionOf(
  path: string,
  other: string | undefined,
  options: ReportOptions,
): Promise<(io: Io) => Promise<void>> {
  if (!options.training) {
    const alone = trainingOnly.find(([name]) => options[name] !== undefined);
    if (alone) throw new UsageError(`${alone[1]} needs --training`);
    return (io) => (other === undefined ? print(path, options, io) : compare(path, other, options, io));
  }
  if (other !== undefined) throw new UsageError('--training takes one network, not two');
  const unfit = (['layer', 'fold', 'md', 'html', 'svg', 'quantize'] as const).find(
    (name) => options[name] !== undefined,
  );
  if (unfit) throw new UsageError(`--training prints text or JSON only, without --${unfit}`);
  const { reportTraining } = await import('../report-training.ts');
  return (io) => reportTraining(path, options, io);
}

const trainingOnly = [
  ['batch', '--batch'],
  ['microBatch', '--micro-batch'],
  ['memory', '--memory'],
  ['threads', '--threads'],
] as const;

async function print(path: string, options: ReportOptions, io: Io): Promise<void> {
  const { layer, html, svg } = options;
  const opened = await open(path, options, io);
  const { network, data, compilation, sourceName } = opened;
  if (layer !== undefined && !partNames(data).includes(layer)) throw unknownLayer(layer, partNames(data));
  if (layer !== undefined && (html ?? svg ?? options.md)) throw new UsageError('--layer prints text or JSON only');
  const watched = options.watch ?? false;
  checkOutputs(options);
  if (svg !== undefined && !isDrawable(writtenItems(data))) throw new InputError(notDrawn, { limit: true });
  writeOutputs(
    [
      ...(html === undefined
        ? []
        : [{ path: html, data: reportHtml(network, data, compilation, { sourceName, watched }) }]),
      ...(svg === undefined ? [] : [{ path: svg, data: reportSvg(data, { fold: options.fold ?? false }) }]),
    ],
    io,
  );
  if (options.json) {
    const layers =
      layer === undefined
        ? data.layers
        : data.layers.filter((one) => one.name === layer || one.scopes.some(({ name }) => name === layer));
    io.stdout.write(`${JSON.stringify({ ...data, layers }, null, 2)}\n`);
    return;
  }
  if (options.md) return io.stdout.write(reportMarkdown(data));
  if (html !== undefined || svg !== undefined) return;
  const text = printReport(data, {
    color: usesColor(io.stdout, io.env),
    width: io.stdout.columns,
    fold: options.fold ?? false,
    ...(layer !== undefined && { layer }),
  });
  io.stdout.write(text!);
}

async function compare(path: string, other: string, options: ReportOptions, io: Io): Promise<void> {
  const unfit = (['layer', 'fold', 'md', 'svg', 'quantize'] as const).find((name) => options[name] !== undefined);
  if (unfit) throw new UsageError(`--${unfit} takes one network, not two`);
  checkOutputs(options);
  const [{ data: a }, { data: b }] = [await open(path, options, io), await open(other, options, io)];
  const comparison = compareReports(a, b);
  if (options.html !== undefined) writeFile(options.html, comparisonHtml(comparison, [a, b]), io);
  if (options.json) return io.stdout.write(`${JSON.stringify(comparison, null, 2)}\n`);
  if (options.html !== undefined) return;
  io.stdout.write(printComparison(comparison, { color: usesColor(io.stdout, io.env), width: io.stdout.columns }));
}

/** Only one thing can be printed. */
function checkOutputs({ html = '', svg = '', json, md }: ReportOptions): void {
  if ((isStdout(html) || isStdout(svg)) && (json || md))
    throw new UsageError(`--${json ? 'json' : 'md'} prints to the standard output, too; write the other to a file`);
}

async function open(path: string, options: ReportOptions, io: Io) {
  const { network, sourceName } = await openNetwork(path, options, io);
  if (!options.quantize) {
    const compilation = compileWith(network, options, io);
    return { network, sourceName, compilation, data: report(network, compilation.program) };
  }
  const quantized = quantizedNetwork(network, options);
  const compilation = compileWith(quantized.network, options, io);
  const form = { graph: quantized.network.graph, rewrites: quantized.rewrites };
  return { network, sourceName, compilation, data: report(network, compilation.program, form) };
}

/** On a terminal, each text takes the place of the one before. */
function clearing(action: (io: Io) => Promise<void>, { html, svg }: ReportOptions): (io: Io) => Promise<void> {
  return (io) => {
    if (io.stdout.isTerminal && html === undefined && svg === undefined)
      io.stdout.writeControl('\u001b[2J\u001b[3J\u001b[H');
    return action(io);
  };
}

function unknownLayer(name: string, known: readonly string[]): UsageError {
  const near = suggest(name, known);
  const hint =
    near === undefined
      ? `it has ${known.slice(0, 12).join(', ')}${known.length > 12 ? ', …' : ''}`
      : `did you mean ${near}?`;
  return new UsageError(`--layer: the network has no layer ${printable(name)}; ${hint}`);
}
