// Which dot products of bytes may be joined: where weights are small enough, the sums of two of them are added in 16 bits, which takes a
// host without an instruction for a whole dot product three multiplications instead of four. What says so follows the packed weights:
// for each panel of eight columns a byte for each part of the depth.

import type { BlockBuilder } from '../../kernel/builder.ts';
import { add, buildKernel, div, i32, le, max, min, mul, select, sub, sum } from '../../kernel/builder.ts';
import type { Expression, Kernel } from '../../kernel/ir.ts';

/** Steps along the depth, of four products, that a part has at most: those that are written out. */
export const partSteps = 4;

/** Parts of a run of so many steps. */
export const partsOf = (steps: number): number => Math.ceil(steps / partSteps);

/** A packed matrix: its panels of eight columns, and the runs of steps that each has. */
export interface JoinableMatrix {
  readonly panels: number;
  readonly runs: number;
  readonly steps: number;
}

/** Bytes. */
export const joinableLength = ({ panels, runs, steps }: JoinableMatrix): number => panels * runs * partsOf(steps);

/** Of weights that meet two neighbouring codes each of two vectors: up to here the products with 127 fit 16 bits. */
const mostWeights = Math.floor(32_767 / 127);

/** Bytes of a step: four weights of each of eight columns. */
const stepBytes = 32;

/**
 * Parameters: index of the first packed weight; groups: count, bytes from one to the next; index of the first result, counted from the
 * group's first weight; runs of all panels together; steps of a run. [runs][steps][8][4] weights → [runs][parts] 0 or 1.
 */
export function joinable(name: string): Kernel {
  return buildKernel(name, 'which dot products may be joined', (k) => {
    const bytes = k.memory('bytes', 'i8');
    const y = k.parameter('y');
    const groups = { count: k.parameter('n'), stride: k.parameter('t') };
    const results = k.parameter('r');
    const [runs, steps] = [k.parameter('n'), k.parameter('s')];
    const parts = k.let('parts', div(add(steps, partSteps - 1), partSteps));
    const verdict = (run: Expression, part: Expression, first: Expression): Expression => {
      const from = k.let('from', mul(part, partSteps));
      const pairs = k.let('pairs', div(min(partSteps, sub(steps, from)), 2));
      const at = k.let('at', add(first, mul(add(mul(run, steps), from), stepBytes)));
      const most = k.cell('most', i32(0));
      const neighbours = (pair: Expression, u: Expression): void => {
        const here = k.let('here', sum(at, mul(pair, 2 * stepBytes), u));
        const weights = [0, 1, stepBytes, stepBytes + 1].map((i) => k.load(bytes, add(here, i)));
        k.set(most, max(most.value, largest(k, weights)));
      };
      k.for('pair', 0, pairs, (pair) => k.for('u', 0, stepBytes, (u) => neighbours(pair, u), { step: 2 }));
      return select(le(most.value, mostWeights), 1, 0);
    };
    k.for('g', 0, groups.count, (group) => {
      const first = k.let('first', add(y, mul(group, groups.stride)));
      const result = k.let('result', add(first, results));
      k.for('run', 0, runs, (run) =>
        k.for('part', 0, parts, (part) =>
          k.store(bytes, sum(result, mul(run, parts), part), verdict(run, part, first)),
        ),
      );
    });
  });
}

/** The sum of the weights above 0, or of those below without their sign, whichever is larger. */
function largest(k: BlockBuilder, weights: readonly Expression[]): Expression {
  const own = weights.map((value) => k.let('w', value));
  const above = k.let('p', sum(...own.map((value) => max(value, 0))));
  return max(above, sub(above, sum(...own)));
}
