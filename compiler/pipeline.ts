// The whole compiler on one page: which passes run, in which order, and what follows them.

import type { Graph } from './ir/graph.ts';
import type { OperatorTable } from './ir/operator.ts';
import { batchNormToScale } from './passes/batch-norm-to-scale.ts';
import { foldScale } from './passes/fold-scale.ts';
import type { Pass, PassRecords } from './passes/pass.ts';
import { runPasses } from './passes/pass.ts';
import { removeIdentity } from './passes/remove-identity.ts';
import type { Program } from './schedule/program.ts';
import { schedule } from './schedule/schedule.ts';

/** 0: only what makes every node executable. 1: rewrites that keep every bit. 2: all. */
export type Level = 0 | 1 | 2;

/** After these, kernels exist for every node. */
export const legalise: readonly Pass[] = [removeIdentity, batchNormToScale];

/** May change results within rounding. */
export const optimise: readonly Pass[] = [foldScale];

const passesOf = (level: Level): readonly Pass[] => (level < 2 ? legalise : [...legalise, ...optimise]);

export interface Lowered {
  /** After the passes. */
  readonly graph: Graph;
  readonly program: Program;
  readonly records: PassRecords;
}

/** graph → passes → graph → schedule → program */
export function lower(graph: Graph, operators: OperatorTable, level: Level = 2): Lowered {
  const { graph: optimised, records } = runPasses(graph, passesOf(level), operators);
  return { graph: optimised, program: schedule(optimised, operators, { fuse: level > 0 }), records };
}
