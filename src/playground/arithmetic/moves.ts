// Operators that move numbers without changing them: where each comes from, found by the operator's own definition, applied to
// the numbers' places in place of the numbers.

import type { Lowering } from '../../../compiler/ir/lowering.ts';
import { sizeOf } from '../../../compiler/ir/tensor-type.ts';
import type { Application, Copy } from './types.ts';

const moving: ReadonlySet<Lowering['kind'] | undefined> = new Set<Lowering['kind']>([
  'view',
  'concat',
  'permute',
  'pixel-shuffle',
  'channel-shuffle',
  'pad',
]);

/** Places are marked by this fraction, which padding, a number of the program, does not have. */
const mark = 0.4375;

/** Undefined where the number is of no operand: padding, or a blend of several. */
export function movedFrom(
  { operator, attributes, inputs, operands, results, result }: Application,
  at: number,
): Copy | undefined {
  if (operator.inert) return { kind: 'copy', from: { operand: 0, at }, value: operands[0]![at]! };
  if (!moving.has(operator.lowering?.kind)) return undefined;
  let first = 1;
  const starts = inputs.map(({ shape }) => {
    const start = first;
    first += sizeOf(shape);
    return start;
  });
  const places = inputs.map(({ shape, batched }, operand) => ({
    shape: batched ? [1, ...shape] : shape,
    data: Float64Array.from({ length: sizeOf(shape) }, (_, index) => starts[operand]! + index + mark),
  }));
  const found = operator.reference(places, attributes, inputs)[result]!.data[at]! - mark;
  if (!Number.isInteger(found) || found < 1 || at >= sizeOf(results[result]!.shape)) return undefined;
  const operand = starts.findLastIndex((start) => start <= found);
  const from = { operand, at: found - starts[operand]! };
  return { kind: 'copy', from, value: operands[operand]![from.at]! };
}
