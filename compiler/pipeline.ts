// The whole compiler on one page: which passes run, in which order, and what follows them.

import type { Graph } from './ir/graph.ts';
import type { OperatorTable } from './ir/operator.ts';
import type { Miss, Rewrite } from './ir/record.ts';
import { batchNormToScale } from './passes/batch-norm-to-scale.ts';
import { foldScale } from './passes/fold-scale.ts';
import type { Pass, PassRecords } from './passes/pass.ts';
import { runPasses } from './passes/pass.ts';
import { removeIdentity } from './passes/remove-identity.ts';
import type { Program } from './schedule/program.ts';
import type { ScheduleStep } from './schedule/schedule.ts';
import { schedule, scheduleSteps } from './schedule/schedule.ts';

/** 0: only what makes every node executable. 1: rewrites that keep every bit. 2: all. */
export type Level = 0 | 1 | 2;

/** After these, a kernel exists for every node. They cannot be switched off. */
export const legalisation: readonly Pass[] = [removeIdentity, batchNormToScale];

/** Graph passes in order. At level 1 those that keep every bit, at level 2 all. */
export const optimisation: readonly Pass[] = [foldScale];

/** Rewrites enable one another: the optimising passes run again until none matches, at most this often. */
const rounds = 4;

export interface PipelineOptions {
  /** Default 2. */
  readonly level?: Level;
  /** Names of passes and schedule steps to leave out, or the only ones to run; legalisation always runs. */
  readonly disable?: readonly string[];
  readonly only?: readonly string[];
  /** Stops after the pass of this name, or after so many passes. */
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

/** The names that `disable` and `only` take. */
export const passNames: readonly string[] = [
  ...optimisation.map(({ name }) => name),
  ...scheduleSteps.map(({ name }) => name),
];

/** graph → passes → graph → schedule → program */
export function lower(graph: Graph, operators: OperatorTable, options: Level | PipelineOptions = {}): Lowered {
  const settings = typeof options === 'number' ? { level: options } : options;
  const { graph: optimised, records } = runGraphPasses(graph, operators, settings);
  const rewrites: Rewrite[] = [...records.rewrites];
  const misses: Miss[] = [...records.misses];
  const program = schedule(optimised, operators, {
    steps: new Set(scheduleSteps.filter((step) => enabled(step, settings)).map(({ name }) => name)),
    rewrite: (record) => void rewrites.push(record),
    miss: (record) => void misses.push(record),
  });
  return { graph: optimised, program, records: { rewrites, misses } };
}

function runGraphPasses(graph: Graph, operators: OperatorTable, options: PipelineOptions) {
  const chosen = optimisation.filter((pass) => enabled(pass, options));
  const rewrites: Rewrite[] = [];
  let misses: readonly Miss[] = [];
  let current = graph;
  let left = typeof options.stopAfter === 'number' ? options.stopAfter : Infinity;
  for (let round = 0; round <= rounds; round += 1) {
    const all = round === 0 ? legalisation : chosen;
    const at = all.findIndex(({ name }) => name === options.stopAfter);
    const passes = (at === -1 ? all : all.slice(0, at + 1)).slice(0, left);
    const result = runPasses(current, passes, operators, options.inspect ? { inspect: options.inspect } : {});
    rewrites.push(...result.records.rewrites);
    // A near miss of an early round may have become a rewrite: the last round's are what was left.
    if (round > 0) misses = result.records.misses;
    left -= passes.length;
    const settled = round > 0 && result.graph === current;
    current = result.graph;
    if (settled || at !== -1 || left <= 0) break;
  }
  return { graph: current, records: { rewrites, misses } };
}

function enabled(pass: Pick<Pass, 'name' | 'exact'> | ScheduleStep, options: PipelineOptions): boolean {
  const level = options.level ?? 2;
  const allowed = level === 2 || (level === 1 && pass.exact);
  const wanted = options.only ? options.only.includes(pass.name) : true;
  return allowed && wanted && !options.disable?.includes(pass.name);
}
