// Softplus as exporters write it: ln(1 + e^(beta · x)) / beta in three nodes, and x where beta · x is above a threshold in two more.

import type { Attributes, ValueId } from '../../compiler/ir/graph.ts';
import { softplus } from '../../compiler/ops/softplus.ts';
import { isNear, scaleOf } from './idioms/parts.ts';
import type { Made } from './session.ts';

/** Whether a node of `softplus` has ONNX's attributes, which has none. */
export const isPlain = (attributes: Attributes): boolean =>
  Object.entries(softplus.attributes).every(([name, spec]) => attributes[name] === spec.default);

/** The x and beta of which a value is the curve ln(1 + e^(beta · x)) / beta; undefined where it is none. */
export function softplusOf(
  madeBy: (value: ValueId) => Made | undefined,
  value: ValueId,
): { readonly x: ValueId; readonly beta: number } | undefined {
  const last = madeBy(value);
  const scale = last && scaleOf(last);
  const curve = scale === undefined ? last : madeBy(last!.operands[0]!);
  if (curve?.op !== 'softplus' || !isPlain(curve.attributes)) return undefined;
  const [z] = curve.operands as readonly [ValueId];
  if (scale === undefined) return { x: z, beta: 1 };
  const scaled = madeBy(z);
  const beta = (scaled && scaleOf(scaled)) ?? NaN;
  return beta > 0 && isNear(scale * beta, 1) ? { x: scaled!.operands[0]!, beta } : undefined;
}
