// `cnnc bench`: how fast a network runs here, what of the machine it uses, and what starting it costs.

import { Command } from 'commander';
import type { Graph, ValueId } from '../../../compiler/ir/graph.ts';
import { bench, onMachine } from '../../bench/bench.ts';
import type { BenchOptions as Budget, Measured, Rival } from '../../bench/bench.ts';
import { measureMachine } from '../../bench/machine.ts';
import { printBench } from '../../bench/print.ts';
import { InputError } from '../../data/input-error.ts';
import { apartText, keptApart } from '../../network/kept-apart.ts';
import type { EmittedModule } from '../../network/module.ts';
import { compileWith } from '../compilation.ts';
import { UsageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { without, withPassOptions } from '../pass-options.ts';
import type { PassOptions } from '../pass-options.ts';
import { MOST, wholeNumber } from '../quantities.ts';
import { status } from '../progress.ts';
import { importModule } from '../runnable.ts';
import { seconds } from '../seconds.ts';
import { usesColor } from '../output.ts';
import { openNetwork, withOpenOptions } from '../source.ts';
import { checkQuantizeOptions, neededTensors, openQuantized, withQuantizeOptions } from '../quantized.ts';
import type { QuantizeOptions } from '../quantized.ts';
import type { OpenedNetwork, OpenOptions } from '../source.ts';
import {
  checkThreads,
  manyTargets,
  targetSettings,
  threadsText,
  withAutoThreadOption,
  withTargetOptions,
} from '../target-options.ts';
import type { AutoThreadOptions, TargetOptions } from '../target-options.ts';
import { networkWeights, randomSeed, withWeightsOptions } from '../weights.ts';
import type { WeightsOptions } from '../weights.ts';

interface BenchOptions
  extends OpenOptions, WeightsOptions, PassOptions, TargetOptions, AutoThreadOptions, QuantizeOptions {
  readonly batch?: number;
  readonly seconds?: number;
  readonly kernels?: boolean;
  readonly compare?: string;
  readonly json?: boolean;
}

const DEFAULT_SECONDS = 1;
/** For each of the two things that are measured of the machine. */
const MACHINE_MS = 300;

export function benchCommand(io: Io): Command {
  const command = withOpenOptions(new Command('bench'))
    .description('measure how fast a network runs on this machine, and which share of the machine it uses')
    .argument('<files...>', '.cnn files, or FILE:NETWORK, or .onnx files, or - for the standard input');
  withTargetOptions(withPassOptions(withQuantizeOptions(withWeightsOptions(command))), manyTargets);
  return withAutoThreadOption(command)
    .option('--batch <images>', 'images in a run (default: 1)', wholeNumber('--batch', 1, MOST))
    .option('--seconds <seconds>', `how long each network is timed (default: ${DEFAULT_SECONDS})`, seconds)
    .option('--kernels', 'also print how long each kernel takes; for wasm')
    .option('--compare <module>', 'time another module of the network, written by `cnnc compile`, in turns with it')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Weights are random:1 unless --weights gives others; models have their own. With --quantize, they are quantised with made-up images unless --calibrate gives some. Times are of one run of --batch images, after runs until the times settle,
at most 1.5 s. GFLOP/s are 2 × MACs of the network as written over the fastest run; the peak is what one thread of this
machine does with vectors of four f32 in its nearest cache, times the threads. The bandwidth is that of one thread summing
256 MiB; its share is that of reading all weights once in a run.

Examples:
  cnnc bench lenet.cnn --kernels
  cnnc bench lenet.cnn --target js --seconds 0.5
  cnnc bench lenet.cnn --threads 2 --batch 8 --json
  cnnc bench lenet.cnn --threads auto
  cnnc bench lenet.cnn --quantize
  cnnc bench lenet.cnn --compare out/net.js

JSON: { schemaVersion: 1, results: [{ network, target, math, threads, batch, minMs, medianMs, p95Ms, gflops, weightsType, runs,
macs, emitMs, loadMs, firstRunMs, moduleBytes, moduleGzippedBytes, weightBytes, memoryBytes, residentBytes, reason,
kernels: [{ kernel, nodes, ms, share, macs, effectiveGflops }], compare: { module, threads, runs, minMs, medianMs, p95Ms,
ratio, difference }, peakGflops, peakIsFused, shareOfPeak, bandwidthGBs, shareOfBandwidth }] }; reason says why there
were fewer threads, or why auto chose so many; kernels are those of wasm, compare that of --compare: ratio is its time over ours.`,
    )
    .action((paths: readonly string[], options: BenchOptions) => benchAll(paths, options, io));
}

async function benchAll(paths: readonly string[], given: BenchOptions, io: Io): Promise<void> {
  const options = { ...given, target: given.target ?? 'wasm' };
  checkOptions(paths, options);
  const line = status(io.stderr);
  const measured: Measured[] = [];
  let machine;
  try {
    const rival = options.compare === undefined ? undefined : await openRival(options.compare, io);
    const opened: OpenedNetwork[] = [];
    for (const path of paths) opened.push(await openNetwork(path, options, io));
    for (const one of opened) {
      const { network, sourceName } = one;
      line.show(`${network.name}: weights`);
      const quantized = options.quantize ? await openQuantized(one, options, io, { madeUp: true }) : undefined;
      const weights = quantized ? neededTensors(quantized) : networkWeights(options, one, io, 'random:1');
      const compiled = quantized?.network ?? network;
      if (rival) checkRival(rival, network.graph);
      const say = (step: string): void => line.show(`${network.name}: ${step}`);
      const measure = (apart: readonly string[]): Promise<Measured> => {
        const compile = () => compileWith(compiled, without(apart, options), io);
        const benched = { graph: network.graph, compile, weights, sourceName, ...(rival && { rival }) };
        return bench(benched, budgetOf(options, io, say));
      };
      const tell = (passes: readonly string[]): void => void io.stderr.write(apartText(passes));
      measured.push(await fitting(options, () => keptApart(measure, tell)));
    }
    // Last, because it takes memory, and what a process has is measured, too.
    line.show('measuring this machine');
    machine = await measureMachine(options.math === 'fast', machineMs(options), io.process.now);
  } finally {
    line.end();
  }
  const results = measured.map((one) => onMachine(one, machine));
  if (options.json) {
    io.stdout.write(`${JSON.stringify({ schemaVersion: 1, results }, null, 2)}\n`);
    return;
  }
  for (const { reason } of results) if (reason !== undefined) io.stderr.write(threadsText(reason));
  const style = { color: usesColor(io.stdout, io.env), width: io.stdout.columns, kernels: options.kernels ?? false };
  io.stdout.write(printBench(results, style));
}

type Chosen = BenchOptions & { readonly target: 'ts' | 'js' | 'wasm' };

function checkOptions(paths: readonly string[], options: Chosen): void {
  const { target, kernels, compare, weights, match, map } = options;
  checkQuantizeOptions(options);
  targetSettings(options);
  checkThreads(options);
  if (kernels && target !== 'wasm')
    throw new UsageError('--kernels needs --target wasm: only its modules can run one kernel at a time');
  const isFile = weights !== undefined && randomSeed(weights) === undefined;
  if (!isFile && (match ?? map) !== undefined)
    throw new UsageError('--match and --map say how to read a file of --weights');
  if (paths.length === 1) return;
  if (isFile) throw new UsageError('--weights is a file of one network, and there are several; random:SEED fits all');
  if (compare !== undefined) throw new UsageError('--compare takes one network, not several');
}

function budgetOf(options: Chosen, io: Io, say: (step: string) => void): Budget {
  const { target, math = 'default', weightsType: kept = 'f32', quantize, threads = 1, batch = 1 } = options;
  return {
    target: target === 'wasm' ? 'wasm' : 'js',
    math,
    weightsType: quantize ? 'int8' : kept,
    threads,
    batch,
    seconds: options.seconds ?? DEFAULT_SECONDS,
    clock: io.process.now,
    residentBytes: io.process.residentBytes,
    say,
  };
}

const machineMs = (options: Chosen): number => Math.min(MACHINE_MS, 1000 * (options.seconds ?? DEFAULT_SECONDS));

/** Batches that do not fit into memory are said with a RangeError. */
async function fitting<T>({ batch = 1 }: Chosen, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new InputError(`--batch ${batch}: ${cause.message}`, { limit: true, cause });
  }
}

async function openRival(path: string, io: Io): Promise<Rival> {
  return { path, module: await importModule(path, io) };
}

/** Throws `InputError` where the module is of another network. */
function checkRival({ path, module }: Rival, { name, inputs, outputs, parameters, types }: Graph): void {
  const described = (
    list: readonly { readonly name: string; readonly value: ValueId }[],
  ): ReadonlyMap<string, string> => new Map(list.map(({ name: of, value }) => [of, types.get(value)!.shape.join('×')]));
  const theirs = (shapes: EmittedModule['inputs']) =>
    Object.entries(shapes).map(([of, shape]) => [of, shape.join('×')] as const);
  const [ins, outs, all] = [inputs, outputs, parameters].map(described) as [Shapes, Shapes, Shapes];
  const weights = module.weightTensors.map(({ name: of, shape }) => [of, shape.join('×')] as const);
  const isSame = (found: readonly (readonly [string, string])[], known: Shapes): boolean =>
    found.every(([of, shape]) => known.get(of) === shape);
  const [itsIns, itsOuts] = [theirs(module.inputs), theirs(module.outputs)];
  const fits = itsIns.length === ins.size && itsOuts.length === outs.size;
  if (fits && isSame(itsIns, ins) && isSame(itsOuts, outs) && isSame(weights, all)) return;
  throw new InputError(`${path} is a module of another network: ${name} has other inputs, outputs or weights`);
}

type Shapes = ReadonlyMap<string, string>;
