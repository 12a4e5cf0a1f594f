// Which dot products of bytes may be joined: where weights are small enough, the sums of two of them are added in 16 bits, which takes a
// host without an instruction for a whole dot product three multiplications instead of four. What says so follows the packed weights:
// for each panel of eight columns a byte for each part of the depth.

import type { BlockBuilder } from '../../kernel/builder.ts';
import {
  add,
  buildKernel,
  commonBits,
  div,
  dotBytes,
  f64,
  joinsDots,
  lanes,
  le,
  lt,
  min,
  mul,
  pmax,
  promote,
  select,
  shr,
  sub,
  sum,
  u32Lanes,
  unary,
  usub,
} from '../../kernel/builder.ts';
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
 * group's first weight; runs of all panels together; steps of a run. [runs][steps][8][4] weights → [runs][parts] 0 or 1,
 * where the host joins any.
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
      const most = k.cell('most', lanes(0));
      k.for('pair', 0, pairs, (pair) => {
        const here = k.let('here', add(at, mul(pair, 2 * stepBytes)));
        for (const vector of [0, 16]) {
          const weights = [vector, vector + stepBytes].map((place) => k.let('w', k.loadBytes(bytes, add(here, place))));
          for (const two of firstTwo) k.set(most, pmax(most.value, largest(k, weights, two)));
        }
      });
      return select(le(promote(unary('max_lanes', most.value)), f64(mostWeights)), 1, 0);
    };
    const writeGroup = (group: Expression): void => {
      const first = k.let('first', add(y, mul(group, groups.stride)));
      const result = k.let('result', add(first, results));
      k.for('run', 0, runs, (run) =>
        k.for('part', 0, parts, (part) =>
          k.store(bytes, sum(result, mul(run, parts), part), verdict(run, part, first)),
        ),
      );
    };
    k.if(lt(0, joinsDots), () => k.for('g', 0, groups.count, writeGroup));
  });
}

/** Codes of 1 for the first two of four bytes, and for the last two. */
const firstTwo = [0x0000_0101, 0x0101_0000] as const;

/** f32x4: the sum of the chosen weights above 0, or of those below without their sign, whichever is larger. */
function largest(k: BlockBuilder, weights: readonly Expression[], chosen: number): Expression {
  const total = (codesOf: (weights: Expression) => Expression): Expression =>
    k.let(
      's',
      weights.reduce((sum, own) => dotBytes(unary('u32x4_to_u8x16', codesOf(own)), own, sum), u32Lanes(0)),
    );
  const all = total(() => u32Lanes(chosen));
  const below = total((own) => commonBits(shr(unary('u8x16_to_u32x4', own), 7), u32Lanes(chosen)));
  const [above, beneath] = [usub(all, below), usub(u32Lanes(0), below)].map((own) => unary('u32x4_to_f32x4', own));
  return pmax(above!, beneath!);
}
