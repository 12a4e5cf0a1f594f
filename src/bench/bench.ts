// Measures a compiled network: how long it takes to make, to load and to run, what of the machine it uses, and how it compares
// with another module of the same network.

import { gzipSync } from 'node:zlib';
import { costOf } from '../../compiler/analysis/cost.ts';
import { layoutOf } from '../../compiler/codegen/wasm/layout.ts';
import type { Compilation } from '../../compiler/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Mathematics, TargetName } from '../../compiler/pipeline.ts';
import type { Program } from '../../compiler/program/program.ts';
import { arenaBytes, packedBytes } from '../../compiler/program/program.ts';
import { pagesFor } from '../../runtime/engine.ts';
import { madeUpInputs, relativeDifference } from '../network/difference.ts';
import type { EmittedModule, Net, Values, WeightsSource } from '../network/module.ts';
import { byName, importText } from '../network/module.ts';
import { kernelTimes } from './kernels.ts';
import type { KernelTime } from './kernels.ts';
import type { Machine } from './machine.ts';
import type { Clock, Times } from './timing.ts';
import { timeInTurns, timeRuns, warmUp } from './timing.ts';

export interface BenchOptions {
  readonly target: TargetName;
  readonly math: Mathematics;
  readonly weightsType: 'f32' | 'bf16' | 'int8';
  readonly threads: number | 'auto';
  /** Images in a run. */
  readonly batch: number;
  /** For timing; warming up takes up to 1.5 s more. */
  readonly seconds: number;
  readonly clock: Clock;
  readonly residentBytes: () => number;
  /** What is about to be done. */
  readonly say: (step: string) => void;
}

export interface Benched {
  /** As written: its MACs are what is counted. */
  readonly graph: Graph;
  /** Called once, and timed. */
  readonly compile: () => Compilation;
  /** A safetensors file of its own names. */
  readonly weights: WeightsSource;
  /** Name of the source file, without its folder. */
  readonly sourceName: string;
  readonly rival?: Rival;
}

/** Another module of the same network. */
export interface Rival {
  readonly path: string;
  readonly module: EmittedModule;
}

/** Times are of one run, of `batch` images. */
export interface Measured extends Times {
  readonly network: string;
  readonly target: TargetName;
  readonly math: Mathematics;
  readonly weightsType: 'f32' | 'bf16' | 'int8';
  /** Those that took part. */
  readonly threads: number;
  /** Why there were fewer than were asked for, or why `auto` chose so many. */
  readonly reason?: string;
  readonly batch: number;
  /** 10⁹ products and sums a second, of the network as it is written. */
  readonly gflops: number;
  /** MACs of one image. */
  readonly macs: number;
  readonly emitMs: number;
  readonly loadMs: number;
  readonly firstRunMs: number;
  /** Without weights. */
  readonly moduleBytes: number;
  readonly moduleGzippedBytes: number;
  /** Packed, as kernels read them. */
  readonly weightBytes: number;
  /** Weights, activations and all: of the WebAssembly memory, or of the arrays of JavaScript. */
  readonly memoryBytes: number;
  /** Memory of the process, after the first run. */
  readonly residentBytes: number;
  /** In the order of the calls; only WebAssembly can tell. */
  readonly kernels?: readonly KernelTime[];
  readonly compare?: Comparison;
}

export interface Comparison extends Times {
  readonly module: string;
  readonly threads: number;
  /** Its time over ours, in the median of the rounds: above 1, ours is faster. */
  readonly ratio: number;
  /** The largest difference of two outputs, as a part of the largest. */
  readonly difference: number;
}

/** With the machine's limits, which are those of one thread. */
export interface BenchResult extends Measured {
  readonly peakGflops: number;
  readonly peakIsFused: boolean;
  /** Share of the peak of as many threads as took part. */
  readonly shareOfPeak: number;
  readonly bandwidthGBs: number;
  /** If all weights come from memory once in a run. */
  readonly shareOfBandwidth: number;
}

/** What was measured, as shares of what the machine can do. */
export function onMachine(measured: Measured, { peakGflops, fused, bandwidthGBs }: Machine): BenchResult {
  const { gflops, threads, weightBytes, minMs } = measured;
  return {
    ...measured,
    peakGflops,
    peakIsFused: fused,
    shareOfPeak: gflops / (threads * peakGflops),
    bandwidthGBs,
    shareOfBandwidth: weightBytes / minMs / 1e6 / bandwidthGBs,
  };
}

/** Throws RangeError where weights or batch do not fit. */
export async function bench(benched: Benched, options: BenchOptions): Promise<Measured> {
  const { clock, say, batch, threads: wanted } = options;
  const { graph, weights } = benched;
  say('compiling');
  const { value: made, ms: emitMs } = await timed(clock, () => {
    const compilation = benched.compile();
    return { compilation, text: compilation.emit('js', { sourceName: benched.sourceName })[0]!.text };
  });
  const { compilation, text } = made;
  say('loading');
  const loadOptions = { maxBatch: batch, ...(wanted !== 1 && { threads: wanted }) };
  const { value: loaded, ms: loadMs } = await timed(clock, async () => {
    const module = await importText(text);
    return { module, net: await module.load(weights, loadOptions) };
  });
  const { module, net } = loaded;
  try {
    const x = madeUpInputs(module, batch);
    const { value: into, ms: firstRunMs } = await timed(clock, () => net.run(x));
    const residentBytes = options.residentBytes();
    const run = (): void => void net.run(x, { into });
    say('warming up');
    const runMs = warmUp(run, clock);
    say('timing');
    const threads = net.threads ?? 1;
    const { times, comparison } = benched.rival
      ? await compare({ run, runMs, into }, benched.rival, weights, x, options)
      : { times: timeRuns(run, runMs, 1000 * options.seconds, clock), comparison: undefined };
    const { macs } = costOf(graph, operators).total;
    const gflops = (2 * macs * batch) / times.minMs / 1e6;
    const { program } = compilation;
    const weightBytes = packedBytes(program);
    say('profiling');
    const kernels = net.profile && kernelTimes(compilation, net, { batch, milliseconds: 250 * options.seconds, clock });
    const bytes = new TextEncoder().encode(text);
    return {
      network: graph.name,
      target: options.target,
      math: options.math,
      threads,
      batch,
      minMs: times.minMs,
      medianMs: times.medianMs,
      p95Ms: times.p95Ms,
      gflops,
      weightsType: options.weightsType,
      runs: times.runs,
      macs,
      emitMs,
      loadMs,
      firstRunMs,
      moduleBytes: bytes.length,
      moduleGzippedBytes: gzipSync(bytes, { level: 9 }).length,
      weightBytes,
      memoryBytes: memoryBytes(program, batch, threads),
      residentBytes,
      ...(net.reason !== undefined && { reason: net.reason }),
      ...(kernels && { kernels }),
      ...(comparison && { compare: comparison }),
    };
  } finally {
    net.close?.();
  }
}

interface Ours {
  readonly run: () => void;
  readonly runMs: number;
  /** What it computed. */
  readonly into: Values;
}

async function compare(
  ours: Ours,
  { path, module }: Rival,
  weights: WeightsSource,
  x: Values,
  { batch, threads, seconds, clock, say }: BenchOptions,
): Promise<{ readonly times: Times; readonly comparison: Comparison }> {
  const net: Net = await module.load(weights, { maxBatch: batch, ...(threads !== 1 && { threads }) });
  try {
    const into = net.run(x);
    const names = Object.keys(module.outputs);
    const [mine, its] = [byName(ours.into, names), byName(into, names)];
    const differences = names.map((name) => relativeDifference(mine.get(name)!, its.get(name)!));
    const run = (): void => void net.run(x, { into });
    say(`warming up ${path}`);
    const runMs = warmUp(run, clock);
    say(`timing it and ${path} in turns`);
    const { first, second, ratio } = timeInTurns(ours, { run, runMs }, 1000 * seconds, clock);
    const difference = Math.max(0, ...differences);
    return { times: first, comparison: { module: path, ...second, threads: net.threads ?? 1, ratio, difference } };
  } finally {
    net.close?.();
  }
}

function memoryBytes(program: Program, batch: number, threads: number): number {
  if (program.target.name === 'wasm') return 65_536 * pagesFor(layoutOf(program), batch, threads);
  return batch * arenaBytes(program) + packedBytes(program);
}

async function timed<T>(clock: Clock, work: () => T | Promise<T>): Promise<{ readonly value: T; readonly ms: number }> {
  const start = clock();
  const value = await work();
  return { value, ms: clock() - start };
}
