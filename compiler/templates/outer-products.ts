// Sums of outer products, which gradients of weights are: a column of numbers times a row of numbers, step after step, with all sums
// in registers. The counterpart of the matrix product of matmul.ts, where rows lie along the depth.

import type { BlockBuilder, Cell, Operand } from '../kernel/builder.ts';
import { add, rem, sub } from '../kernel/builder.ts';
import type { Expression, LaneCount, Memory } from '../kernel/ir.ts';
import type { Numbers } from './numbers.ts';

export interface OuterProducts {
  readonly left: Memory;
  /** Where the numbers of a column lie, from its index on. */
  readonly rows: readonly number[];
  readonly right: Memory;
  /** How many numbers a row has. */
  readonly columns: number;
  /** Whether a number of the column is multiplied with every number of the row, or there is one for each of them. */
  readonly pairs: 'all' | 'own';
  /** Elements from a step to the next. */
  readonly leftStep: number;
  readonly rightStep: number;
}

/** Numbers of a row that lie in one register. */
interface Part {
  readonly at: number;
  readonly count: LaneCount;
}

const partsOf = (columns: number, lanes: 1 | 4): readonly Part[] =>
  Array.from({ length: Math.ceil(columns / lanes) }, (_, j) => ({
    at: j * lanes,
    count: Math.min(lanes, columns - j * lanes) as LaneCount,
  }));

export interface OuterSums {
  /** Adds the products of `length` steps, the first of which begins at these indices. */
  add(left: Expression, right: Expression, length: Operand): void;
  /** Calls `body` with the sums of each row. */
  each(body: (value: Expression, row: number, column: number, count: LaneCount) => void): void;
}

/** Sums that are 0. */
export function outerSums(k: BlockBuilder, v: Numbers, p: OuterProducts): OuterSums {
  const parts = partsOf(p.columns, v.lanes);
  const sums = p.rows.map(() => parts.map(() => k.cell('s', v.constant(0))));
  const steps = (a: Cell, b: Cell, count: number): void => {
    for (let step = 0; step < count; step += 1) {
      const right = parts.map(({ at, count: size }) =>
        k.let('y', v.load(p.right, add(b.value, step * p.rightStep + at), size)),
      );
      p.rows.forEach((offset, i) => {
        const place = add(a.value, offset + step * p.leftStep);
        if (p.pairs === 'all') {
          const left = k.let('x', v.broadcast(p.left, place));
          right.forEach((value, j) => k.set(sums[i]![j]!, v.multiplyAdd(sums[i]![j]!.value, left, value)));
        } else {
          right.forEach((value, j) => {
            const { at, count: size } = parts[j]!;
            const left = k.let('x', v.load(p.left, add(place, at), size));
            k.set(sums[i]![j]!, v.multiplyAdd(sums[i]![j]!.value, left, value));
          });
        }
      });
    }
    k.accumulate(a, count * p.leftStep);
    k.accumulate(b, count * p.rightStep);
  };
  const { unroll } = v.block;
  return {
    add(left, right, length) {
      const [a, b] = [k.cell('a', left), k.cell('b', right)];
      if (typeof length === 'number') {
        const whole = length - (length % unroll);
        k.for('k', 0, whole, () => steps(a, b, unroll), { step: unroll });
        if (whole < length) steps(a, b, length - whole);
        return;
      }
      const whole = k.let('whole', sub(length, rem(length, unroll)));
      k.for('k', 0, whole, () => steps(a, b, unroll), { step: unroll });
      if (unroll > 1) k.for('k', whole, length, () => steps(a, b, 1));
    },
    each: (body) =>
      sums.forEach((cells, row) => cells.forEach(({ value }, j) => body(value, row, parts[j]!.at, parts[j]!.count))),
  };
}
