// Races the algorithms that could compute the convolutions of a network: in the network itself, where caches are as they are
// when it runs, each algorithm computing all convolutions that it can. What changes the outputs too much does not take part.

import type { ConvolutionCandidates } from '../../compiler/candidates.ts';
import { convolutionCandidates } from '../../compiler/candidates.ts';
import type { Compilation, CompiledNetwork } from '../../compiler/index.ts';
import { compileNetwork } from '../../compiler/index.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Mathematics, PipelineOptions } from '../../compiler/pipeline.ts';
import type { AlgorithmName, Choices } from '../../compiler/schedule/algorithm.ts';
import { algorithmNames } from '../../compiler/schedule/algorithm.ts';
import type { Clock, Runner, Turns } from '../bench/timing.ts';
import { timeInTurns, warmUp } from '../bench/timing.ts';
import { InputError } from '../data/input-error.ts';
import { madeUpInputs, relativeDifference } from '../network/difference.ts';
import type { Net, Values, WeightsSource } from '../network/module.ts';
import { byName, importText } from '../network/module.ts';
import { finePercent } from '../text/format.ts';
import type { Measured, Times } from './choose.ts';
import { algorithmIn, convolutionTimes, fastest } from './choose.ts';
import { race } from './race.ts';
import type { Choice, Tuning } from './tuning-file.ts';

export interface TuneOptions {
  readonly math: Mathematics;
  /** For timing each algorithm; warming up takes up to 1.5 s more. */
  readonly seconds: number;
  readonly clock: Clock;
  /** What is about to be done. */
  readonly say: (step: string) => void;
}

export interface Tuned {
  /** In the order of the network, each name once. */
  readonly convolutions: readonly TunedConvolution[];
  /** Algorithms that changed the outputs too much. */
  readonly inexact: readonly Inexact[];
  /** The network as usual and as tuned, in turns; absent where they are the same. */
  readonly turns?: Turns;
}

export interface TunedConvolution {
  readonly convolution: string;
  /** How many there are. */
  readonly count: number;
  readonly usual: AlgorithmName;
  readonly algorithm: AlgorithmName;
  /** Times of all of them together; without inexact ones. */
  readonly times: Times;
}

export interface Inexact {
  readonly algorithm: AlgorithmName;
  /** The largest difference of an output to that in f64, as a part of the largest output. */
  readonly difference: number;
}

/** The largest `difference` that may be. */
export const largestDifference: Readonly<Record<Mathematics, number>> = { default: 5e-5, strict: 5e-5, fast: 1e-4 };

/** Images on which outputs are compared. */
const COMPARED_IMAGES = 2;

/** `weights` is a safetensors file of the network's own names. Throws `InputError` where no algorithm is exact enough. */
export async function tune(network: CompiledNetwork, weights: WeightsSource, options: TuneOptions): Promise<Tuned> {
  const { math, clock, say, seconds } = options;
  const limit = largestDifference[math];
  const compile = (choices?: Choices): Compilation => compileNetwork(network, settings(math, choices));
  say('compiling');
  const candidates = convolutionCandidates(compile(), operators, { math });
  const taking = algorithmNames.filter((name) => candidates.some(({ algorithms }) => algorithms.includes(name)));
  if (taking.length === 0) return { convolutions: [], inexact: [] };
  say('computing the outputs in f64');
  const exact = await exactOutputs(network, weights);

  const inexact: Inexact[] = [];
  let measured = await measure();
  for (;;) {
    const convolutions = chosen(candidates, measured);
    say('the tuned network: loading');
    const choices = new Map(convolutions.map(({ convolution, algorithm }) => [convolution, algorithm]));
    const tuned = await loaded(compile(choices), weights, exact);
    if (tuned.difference > limit) {
      // Together they can change more than each does alone, but one alone cannot.
      const worst = measured.reduce((a, b) => (b.difference > a.difference ? b : a));
      inexact.push(worst);
      measured = measured.filter((one) => one !== worst);
      continue;
    }
    if (convolutions.every(({ usual, algorithm }) => usual === algorithm)) return { convolutions, inexact };
    say('the usual network: loading');
    const usual = await loaded(compile(), weights, exact);
    say('timing the usual and the tuned network in turns');
    const [first, second] = [usual, tuned].map(({ net }) => {
      const into = net.run(exact.one);
      const run = (): void => void net.run(exact.one, { into });
      return { run, runMs: warmUp(run, clock) };
    }) as [Runner, Runner];
    return { convolutions, inexact, turns: timeInTurns(first, second, 1000 * seconds, clock) };
  }

  /** Returns before the next networks are loaded, so that nothing holds the memory of these. */
  async function measure(): Promise<readonly (Measured & Inexact)[]> {
    const racing = [];
    for (const algorithm of taking) {
      say(`${algorithm}: loading`);
      const choices = new Map(candidates.map((one) => [one.convolution, algorithmIn(algorithm, one)]));
      const compilation = compile(choices);
      const { net, difference } = await loaded(compilation, weights, exact);
      if (difference > limit) {
        inexact.push({ algorithm, difference });
        continue;
      }
      const profile = (): readonly number[] => net.profile!(1);
      say(`${algorithm}: warming up`);
      warmUp(profile, clock);
      racing.push({ algorithm, difference, calls: compilation.program.run.map(({ nodes }) => nodes), profile });
    }
    if (racing.length === 0) throw tooInexact(network.graph.name, inexact, limit);
    say(`timing ${racing.map(({ algorithm }) => algorithm).join(', ')} in turns`);
    const times = race(racing, 1000 * seconds, clock);
    return racing.map(({ algorithm, difference, calls }, at) => ({ algorithm, difference, calls, ms: times[at]! }));
  }
}

/** What a tuning file says about the measurements of a network. */
export function tuningOf(network: string, math: Mathematics, { convolutions }: Tuned): Tuning {
  const choices = convolutions.map(({ convolution, algorithm, usual, times }): Choice => {
    const ms = Object.fromEntries([...times].map(([name, time]) => [name, Number(time.toPrecision(5))]));
    return { convolution, algorithm, default: usual, ms };
  });
  return { schemaVersion: 1, network, math, choices };
}

function settings(math: Mathematics, choices: Choices | undefined): PipelineOptions {
  return { target: 'wasm', math, ...(choices && { choices }) };
}

function chosen(
  candidates: readonly ConvolutionCandidates[],
  measured: readonly Measured[],
): readonly TunedConvolution[] {
  return [...convolutionTimes(candidates, measured)].map(([convolution, times]) => {
    const nodes = candidates.filter((one) => one.convolution === convolution);
    const { usual } = nodes[0]!;
    return { convolution, count: nodes.length, usual, algorithm: fastest(times, usual), times };
  });
}

interface Exact {
  readonly x: Values;
  /** One image only. */
  readonly one: Values;
  readonly outputs: ReadonlyMap<string, Float32Array>;
}

/** Sums in f64, and no Winograd. */
async function exactOutputs(network: CompiledNetwork, weights: WeightsSource): Promise<Exact> {
  const module = await importText(scriptOf(compileNetwork(network, { math: 'strict' })));
  const x = madeUpInputs(module, COMPARED_IMAGES);
  const net = await module.load(weights);
  return { x, one: madeUpInputs(module, 1), outputs: byName(net.run(x), Object.keys(module.outputs)) };
}

async function loaded(
  compilation: Compilation,
  weights: WeightsSource,
  { x, outputs }: Exact,
): Promise<{ readonly net: Net; readonly difference: number }> {
  const module = await importText(scriptOf(compilation));
  const net = await module.load(weights);
  const found = byName(net.run(x), [...outputs.keys()]);
  const differences = [...outputs].map(([name, values]) => relativeDifference(values, found.get(name)!));
  return { net, difference: Math.max(0, ...differences) };
}

const scriptOf = (compilation: Compilation): string => compilation.emit('js', { sourceName: '' })[0]!.text;

function tooInexact(network: string, all: readonly Inexact[], limit: number): InputError {
  const list = all.map(({ algorithm, difference }) => `${finePercent(difference)} (${algorithm})`);
  return new InputError(
    `${network}: in f32 the outputs differ from those in f64 whatever computes the convolutions, by ${list.join(', ')} of the largest; ` +
      `at most ${finePercent(limit)} may be`,
  );
}
