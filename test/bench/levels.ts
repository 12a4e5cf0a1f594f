// `npm run bench -- --levels` and `-- --without PASS,…`: what the optimising passes are worth on every example, as modules
// of the TypeScript target that take turns.

import { compileNetwork } from '../../compiler/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { passNames } from '../../compiler/pipeline.ts';
import type { PipelineOptions } from '../../compiler/pipeline.ts';
import type { Totals } from '../../compiler/totals.ts';
import { totalsOf } from '../../compiler/totals.ts';
import { buildExample } from '../support/examples.ts';
import { formulaInput, formulaWeights } from '../support/formula.ts';
import type { Comparison } from './measure.ts';
import { alternate, geometricMean } from './measure.ts';
import { createOurs } from './ours.ts';

interface Example {
  readonly file: string;
  readonly network: string;
  /** Side of the picture unless `--full`; absent: the network's own. */
  readonly size?: number;
}

const examples: readonly Example[] = [
  { file: 'lenet', network: 'LeNet' },
  { file: 'lenet-bn', network: 'LeNetBN' },
  { file: 'alexnet', network: 'AlexNet', size: 96 },
  { file: 'vgg', network: 'VGG11Small', size: 96 },
  { file: 'nin', network: 'NiN', size: 96 },
  { file: 'googlenet', network: 'GoogLeNet' },
  { file: 'googlenet', network: 'GoogLeNetImageNet', size: 96 },
  { file: 'resnet', network: 'ResNet18' },
  { file: 'resnet', network: 'ResNet18ImageNet', size: 96 },
  { file: 'densenet', network: 'DenseNet' },
  { file: 'mobilenet', network: 'MobileNet', size: 96 },
  { file: 'tour', network: 'Tour' },
  { file: 'edges', network: 'Edges' },
];

export interface Budget {
  /** At least, for each comparison. */
  readonly rounds: number;
  readonly milliseconds: number;
  /** Pictures of 224×224 where the network is meant for them. */
  readonly full: boolean;
}

export interface LevelResult {
  readonly network: string;
  /** Time at -O2 as a part of the time at -O0. */
  readonly ratio: number;
  /** Median of a run at -O0 and at -O2. */
  readonly milliseconds: readonly [number, number];
}

/** Only the networks in `only`, if given. `say` gets a line for each, and one for all. */
export async function measureLevels(
  budget: Budget,
  only: readonly string[] | undefined,
  say: (line: string) => void,
): Promise<readonly LevelResult[]> {
  const results: LevelResult[] = [];
  say(`${'network'.padEnd(18)} ${'-O0 ms'.padStart(9)} ${'-O2 ms'.padStart(9)}  -O2 / -O0  faster`);
  for (const [network, graph] of graphsOf(budget, only)) {
    const { ratio, milliseconds } = await compare(graph, { level: 0 }, { level: 2 }, budget);
    results.push({ network, ratio, milliseconds });
    const [before, after] = milliseconds.map((ms) => ms.toFixed(3).padStart(9));
    say(`${network.padEnd(18)} ${before} ${after}  ${ratio.toFixed(3).padStart(9)}  ${(1 / ratio).toFixed(2)}×`);
  }
  const mean = geometricMean(results.map(({ ratio }) => ratio));
  say(`${'geometric mean'.padEnd(38)}  ${mean.toFixed(3).padStart(9)}  ${(1 / mean).toFixed(2)}×`);
  return results;
}

export interface PassResult {
  readonly pass: string;
  /** Of each example whose module changes: what it costs to leave the pass out, as factors of -O2. */
  readonly examples: readonly ({ readonly network: string; readonly time: number } & Costs)[];
}

interface Costs {
  readonly macs: number;
  readonly calls: number;
  readonly written: number;
  readonly peak: number;
}

/** For each of `names`, or of all passes: -O2 without it against -O2, on the examples whose module it changes. */
export async function measureWithout(
  budget: Budget,
  only: readonly string[] | undefined,
  names: readonly string[],
  say: (line: string) => void,
): Promise<readonly PassResult[]> {
  const passes = names.includes('all') ? passNames : names;
  const graphs = graphsOf(budget, only);
  const results: PassResult[] = [];
  say(`${'without'.padEnd(24)} changes   time   MACs  calls written  peak  most`);
  for (const pass of passes) {
    const changed: PassResult['examples'][number][] = [];
    for (const [network, graph] of graphs) {
      const without: PipelineOptions = { disable: [pass] };
      if (moduleOf(graph, {}) === moduleOf(graph, without)) continue;
      const { ratio } = await compare(graph, {}, without, budget);
      changed.push({ network, time: ratio, ...factors(totals(graph, {}), totals(graph, without)) });
    }
    results.push({ pass, examples: changed });
    say(passLine(pass, changed));
  }
  return results;
}

function passLine(pass: string, changed: PassResult['examples']): string {
  const count = `${changed.length} of ${examples.length}`;
  if (changed.length === 0) return `${pass.padEnd(24)} ${count.padStart(7)}`;
  const mean = (of: (one: PassResult['examples'][number]) => number): string =>
    geometricMean(changed.map(of)).toFixed(2).padStart(6);
  const most = changed.toSorted((a, b) => b.time - a.time)[0]!;
  const figures = [mean((one) => one.time), mean((one) => one.macs), mean((one) => one.calls)];
  const bytes = [mean((one) => one.written), mean((one) => one.peak)];
  return `${pass.padEnd(24)} ${count.padStart(7)} ${[...figures, ...bytes].join(' ')}  ${most.time.toFixed(2)} ${most.network}`;
}

function graphsOf(budget: Budget, only: readonly string[] | undefined): readonly (readonly [string, Graph])[] {
  return examples
    .filter(({ network }) => !only || only.includes(network))
    .map(({ file, network, size }) => [
      network,
      buildExample(file, network, budget.full || size === undefined ? {} : { size }),
    ]);
}

async function compare(graph: Graph, a: PipelineOptions, b: PipelineOptions, budget: Budget): Promise<Comparison> {
  const weights = formulaWeights(graph);
  const engines = [
    await createOurs(graph, weights, { pipeline: a, name: 'a' }),
    await createOurs(graph, weights, { pipeline: b, name: 'b' }),
  ] as const;
  return alternate(...engines, formulaInput(graph), budget.rounds, budget.milliseconds);
}

function moduleOf(graph: Graph, options: PipelineOptions): string {
  return compileNetwork({ graph }, options).emit('js', { sourceName: 'bench.cnn' })[0]!.text;
}

function totals(graph: Graph, options: PipelineOptions): Totals {
  return totalsOf(compileNetwork({ graph }, options), operators);
}

function factors(all: Totals, without: Totals): Costs {
  return {
    macs: all.macs === 0 ? 1 : without.macs / all.macs,
    calls: without.kernelCalls / all.kernelCalls,
    written: without.activationBytesWritten / all.activationBytesWritten,
    peak: without.peakMemoryBytes / all.peakMemoryBytes,
  };
}
