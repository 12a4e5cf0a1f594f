// Attention: one number is a mean of the values' numbers, by how well each key fits the query (Vaswani et al., 2017).

import { numberOf } from '../../../compiler/ops/attributes.ts';
import type { Application, Mixture } from './types.ts';

/** q [Q,D], k [K,D], v [K,E], the output `at` of [Q,E]: softmax(q·kᵀ/√d)·v with the D / heads features d of its head. */
export function attentionMixture({ attributes, inputs, operands }: Application, at: number): Mixture {
  const heads = numberOf(attributes, 'heads');
  const [features, [keys, valued]] = [inputs[0]!.shape[1]!, inputs[2]!.shape as readonly [number, number]];
  const [q, k, v] = operands as readonly [ArrayLike<number>, ArrayLike<number>, ArrayLike<number>];
  const [query, column] = [Math.floor(at / valued), at % valued];
  const depth = features / heads;
  const first = Math.floor(column / (valued / heads)) * depth;
  const scores = Array.from({ length: keys }, (_, key) => {
    let sum = 0;
    for (let d = first; d < first + depth; d += 1) sum += q[query * features + d]! * k[key * features + d]!;
    return sum / Math.sqrt(depth);
  });
  // The largest is taken away from all, so that no power overflows.
  const largest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  const total = scores.reduce((sum, score) => sum + Math.exp(score - largest), 0);
  const parts = scores.map((score, key) => {
    const from = { operand: 2, at: key * valued + column };
    return { score, weight: Math.exp(score - largest) / total, value: v[from.at]!, from };
  });
  return {
    kind: 'mixture',
    text: `softmax(q·kᵀ / √${depth}) · v`,
    parts,
    value: parts.reduce((sum, { weight, value }) => sum + weight * value, 0),
  };
}
