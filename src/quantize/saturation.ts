// Where a function is flat, its argument needs no codes: sigmoid gives the same code of 7 bits for all numbers beyond 5.5. What layers give
// before such a function often reaches several times as far, and codes are finer where it rises if they end where it is flat, as
// gemmlowp's and TensorFlow Lite's tables of tanh and logistic end (Jacob and Warden, fixedpoint.h, 2015).

import { hull } from '../../compiler/ir/range.ts';
import type { Range } from '../../compiler/ir/range.ts';
import { scalarFunction } from '../../compiler/ir/scalar-evaluate.ts';
import type { Filling, GroupId, QuantizationPlan } from '../../compiler/quantize/plan.ts';
import { scaleOf } from './scale.ts';

/** The groups that nothing but functions of one number read, in the order of their nodes. */
export function groupsOfFunctions({ fillings }: Pick<QuantizationPlan, 'fillings'>): readonly GroupId[] {
  const others = new Set(fillings.flatMap(readByOthers));
  const read = fillings.flatMap((filling) => (filling.kind === 'lookup' ? [filling.input] : []));
  return [...new Set(read)].filter((group) => !others.has(group));
}

/** The same intervals by group; those that only functions read end where all of these are flat. */
export function withoutFlatEnds(plan: QuantizationPlan, ranges: readonly Range[]): readonly Range[] {
  const found = [...ranges];
  // What is read last comes first, so that the intervals of results are known.
  for (const group of groupsOfFunctions(plan).toReversed()) {
    const parts = plan.fillings.flatMap((filling) => {
      if (filling.kind !== 'lookup' || filling.input !== group) return [];
      const apply = scalarFunction(filling.expression);
      const tolerance = scaleOf(found[filling.output]!).scale / 2;
      const { low, high } = ranges[group]!;
      return [{ low: lastRise(low, apply, tolerance), high: lastRise(high, apply, tolerance) }];
    });
    const cut = hull(parts);
    if (cut.low < cut.high) found[group] = cut;
  }
  return found;
}

/** Points between zero and the end of an interval. */
const POINTS = 1024;

/** The number nearest to zero from which on to `end` the function stays within the tolerance of what it is there. */
function lastRise(end: number, apply: (x: number, channels: readonly number[]) => number, tolerance: number): number {
  const last = apply(end, []);
  let at = POINTS;
  while (at > 0 && Math.abs(apply((end * (at - 1)) / POINTS, []) - last) <= tolerance) at -= 1;
  return (end * at) / POINTS;
}

function readByOthers(filling: Filling): readonly GroupId[] {
  switch (filling.kind) {
    case 'quantize':
    case 'range':
    case 'lookup':
      return [];
    case 'dequantize':
      return [filling.group];
    case 'layer':
    case 'mean':
      return [filling.input];
    case 'add':
      return filling.operands.map(({ group }) => group);
    case 'mul':
      return [filling.left, filling.right];
    default:
      return filling satisfies never;
  }
}
