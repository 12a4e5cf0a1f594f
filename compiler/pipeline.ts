// The whole compiler on one page: which passes run, in which order, and what follows them.

import { runningMacs } from './analysis/cost.ts';
import { rangeOf } from './analysis/range.ts';
import type { TargetChoice } from './backends.ts';
import { kernelTarget } from './backends.ts';
import type { Graph } from './ir/graph.ts';
import type { OperatorTable } from './ir/operator.ts';
import { isPositive } from './ir/range.ts';
import type { Miss, Rewrite } from './ir/record.ts';
import { producersOf } from './ir/rewrite.ts';
import { affineToScale } from './passes/affine-to-scale.ts';
import { batchNormToScale } from './passes/batch-norm-to-scale.ts';
import { commonSubexpressions } from './passes/common-subexpressions.ts';
import { deadCode } from './passes/dead-code.ts';
import { foldConstants } from './passes/fold-constants.ts';
import { foldPadding } from './passes/fold-padding.ts';
import { foldScale } from './passes/fold-scale.ts';
import { mergeActivations } from './passes/merge-activations.ts';
import { mergeConcats } from './passes/merge-concats.ts';
import { mergeLinearConvolutions } from './passes/merge-linear-convolutions.ts';
import { mergeReshapes } from './passes/merge-reshapes.ts';
import { mergeSiblings } from './passes/merge-siblings.ts';
import { onePixelDense } from './passes/one-pixel-dense.ts';
import type { Pass, PassRecords } from './passes/pass.ts';
import { runPasses } from './passes/pass.ts';
import { poolBeforeActivation } from './passes/pool-before-activation.ts';
import { poolBeforeCurve } from './passes/pool-before-curve.ts';
import { poolLinear } from './passes/pool-linear.ts';
import { removeIdentity } from './passes/remove-identity.ts';
import { removeNoOps } from './passes/remove-no-ops.ts';
import { tokensAsImages } from './passes/tokens-as-images.ts';
import { trimPadding } from './passes/trim-padding.ts';
import type { Choices } from './schedule/algorithm.ts';
import type { Program } from './program/program.ts';
import type { ScheduleStep } from './schedule/schedule.ts';
import { schedule, scheduleSteps } from './schedule/schedule.ts';
import type { ScheduleOptions } from './schedule/schedule.ts';
import { widePanels, wideTarget } from './templates/target.ts';

/** 0: only what makes every node executable. 1: rewrites that keep every bit. 2: all. */
export type Level = 0 | 1 | 2;

/** After these, a kernel exists for every node. They cannot be switched off. */
export const legalisation: readonly Pass[] = [tokensAsImages, removeIdentity, batchNormToScale, affineToScale];

/** Graph passes in order. At level 1 those that keep every bit, at level 2 all. */
export const optimisation: readonly Pass[] = [
  foldConstants,
  removeNoOps,
  mergeReshapes,
  mergeConcats,
  foldPadding,
  mergeActivations,
  commonSubexpressions,
  poolBeforeActivation,
  poolBeforeCurve,
  // Scales first, so that none stands between linear layers. Then what makes layers smaller, then what joins them: chains
  // before siblings, whose split ends a chain. Only a convolution that stays one by itself becomes dense.
  foldScale,
  trimPadding,
  poolLinear,
  mergeLinearConvolutions,
  mergeSiblings,
  onePixelDense,
  deadCode,
];

/** Rewrites enable one another: the optimising passes run again until none matches, at most this often. */
const rounds = 4;

export type { Mathematics, TargetName } from './backends.ts';

export interface PipelineOptions extends TargetChoice {
  /** Algorithms of convolutions as `cnnc tune` measured them. */
  readonly choices?: Choices;
  /** Default 2. */
  readonly level?: Level;
  /** Names of passes and schedule steps to leave out, or the only ones to run; legalisation always runs. */
  readonly disable?: readonly string[];
  readonly only?: readonly string[];
  /** Stops after the pass or step of this name, or after so many of them; legalisation, done first, does not count. */
  readonly stopAfter?: string | number;
  /** Called after every pass that changed the graph. */
  readonly inspect?: (pass: Pass, before: Graph, after: Graph) => void;
}

export interface Lowered {
  /** After the passes. */
  readonly graph: Graph;
  readonly program: Program;
  readonly records: PassRecords;
}

/** What `-O`, `--disable`, `--only` and `--stop-after` choose from, in the order in which it runs. */
export interface PassSummary {
  readonly name: string;
  /** The lowest level that has it; 0 for legalisation, which cannot be switched off. */
  readonly level: Level;
  /** What it works on. */
  readonly stage: 'graph' | 'program';
}

export const passes: readonly PassSummary[] = [
  ...legalisation.map(({ name }) => ({ name, level: 0, stage: 'graph' }) as const),
  ...optimisation.map(({ name, exact }) => ({ name, level: exact ? 1 : 2, stage: 'graph' }) as const),
  ...scheduleSteps.map(({ name, exact }) => ({ name, level: exact ? 1 : 2, stage: 'program' }) as const),
];

/** The names that `disable`, `only` and `stopAfter` take. */
export const passNames: readonly string[] = passes.filter(({ level }) => level > 0).map(({ name }) => name);

/** graph → passes → graph → schedule → program. Throws RangeError where an option names no pass. */
export function lower(graph: Graph, operators: OperatorTable, options: Level | PipelineOptions = {}): Lowered {
  const settings = typeof options === 'number' ? { level: options } : options;
  requireNames(settings);
  const target = kernelTarget(settings);
  const { graph: optimised, records, left } = runGraphPasses(graph, operators, settings);
  const rewrites: Rewrite[] = [...records.rewrites];
  const misses: Miss[] = [...records.misses];
  const steps = upTo(settings.stopAfter, scheduleSteps).filter(
    (step) => step.modes.includes(graph.mode) && enabled(step, settings),
  );
  const producers = producersOf(optimised);
  // The steps of a training pack their weights themselves, for blocks that need no 256-bit instructions.
  const isWidened = settings.wide === true && graph.mode === 'infer';
  const scheduling: ScheduleOptions = {
    target: isWidened ? widePanels(target) : target,
    ...(settings.wide && { wide: true }),
    ...(settings.weightsType && { weightsType: settings.weightsType }),
    ...(settings.choices && { choices: settings.choices }),
    isPositive: (value) => isPositive(rangeOf(value, { operators, producerOf: (id) => producers.get(id) })),
    steps: new Set(steps.slice(0, left).map(({ name }) => name)),
  };
  const program = schedule(optimised, operators, {
    ...scheduling,
    rewrite: (record) => void rewrites.push(record),
    miss: (record) => void misses.push(record),
  });
  const wideKernels = isWidened
    ? schedule(optimised, operators, { ...scheduling, target: wideTarget(target) }).kernels
    : [];
  const combinedBy = optimisation.filter(
    ({ name, combinesWeights }) => combinesWeights && records.rewrites.some(({ pass }) => pass === name),
  );
  return {
    graph: optimised,
    program: {
      ...program,
      wideKernels,
      combinedBy: combinedBy.map(({ name }) => name),
      macs: runningMacs(optimised, operators),
    },
    records: { rewrites, misses },
  };
}

/** The first half of `lower`: graph → passes → graph, for the graph's next rewrite. Throws as `lower`. */
export function passedGraph(
  graph: Graph,
  operators: OperatorTable,
  options: PipelineOptions = {},
): { readonly graph: Graph; readonly records: PassRecords } {
  requireNames(options);
  return runGraphPasses(graph, operators, options);
}

function requireNames({ disable = [], only = [], stopAfter }: PipelineOptions): void {
  const names = [...disable, ...only, ...(typeof stopAfter === 'string' ? [stopAfter] : [])];
  const unknown = names.find((name) => !passNames.includes(name));
  if (unknown !== undefined) throw new RangeError(`there is no pass ${JSON.stringify(unknown)}`);
}

/** `left`: how many schedule steps may still run. */
function runGraphPasses(graph: Graph, operators: OperatorTable, options: PipelineOptions) {
  const { stopAfter, inspect } = options;
  const watch = inspect ? { inspect } : {};
  const stopsHere = optimisation.some(({ name }) => name === stopAfter);
  const chosen = upTo(stopAfter, optimisation).filter((pass) => enabled(pass, options));
  const legal = runPasses(graph, legalisation, operators, watch);
  const rewrites: Rewrite[] = [...legal.records.rewrites];
  let misses: readonly Miss[] = [];
  let current = legal.graph;
  let left = typeof stopAfter === 'number' ? stopAfter : Infinity;
  for (let round = 0; round < (stopsHere ? 1 : rounds) && left > 0; round += 1) {
    const result = runPasses(current, chosen.slice(0, left), operators, watch);
    left -= Math.min(left, chosen.length);
    rewrites.push(...result.records.rewrites);
    // A near miss of an early round may have become a rewrite: the last round's are what was left.
    misses = result.records.misses;
    if (result.graph === current) break;
    current = result.graph;
  }
  return { graph: current, records: { rewrites, misses }, left: stopsHere ? 0 : left };
}

/** Those up to the one of that name; all where none has it. */
function upTo<T extends { readonly name: string }>(
  stopAfter: string | number | undefined,
  list: readonly T[],
): readonly T[] {
  const at = list.findIndex(({ name }) => name === stopAfter);
  return at === -1 ? list : list.slice(0, at + 1);
}

function enabled(pass: Pick<Pass, 'name' | 'exact'> | ScheduleStep, options: PipelineOptions): boolean {
  const level = options.level ?? 2;
  const allowed = level === 2 || (level === 1 && pass.exact);
  const wanted = options.only ? options.only.includes(pass.name) : true;
  const direct = options.math === 'strict' && pass.name === 'winograd';
  return allowed && wanted && !direct && !options.disable?.includes(pass.name);
}
