// Products of matrices of weights: what merging linear layers computes once, when a module loads.

import type { Operator } from '../ir/operator.ts';
import { formatShape, sizeOf, tensorType } from '../ir/tensor-type.ts';
import type { Shape } from '../ir/tensor-type.ts';
import { flagOf } from './attributes.ts';
import { sentences, withinLimit } from './limits.ts';

export const weightMatmul: Operator = {
  name: 'weight_matmul',
  // The products of two stacks of matrices of weights; a stack of one is repeated.
  // Whether the first matrices are transposed.
  attributes: { transpose: { type: 'bool', default: false } },
  arity: { min: 2, max: 2 },
  internal: true,
  constraints: {
    C1: 'the values must be weights: stacks of matrices without a batch axis',
    C2: 'the stacks must be of the same size, or one of size 1',
    C3: 'the first matrices must have as many columns as the second have rows',
    C4: sentences.size('weight_matmul'),
  },
  infer(inputs, attributes, report) {
    const wrong = inputs.findIndex(({ shape, batched }) => batched || shape.length !== 3);
    if (wrong >= 0) return report('C1', { found: formatShape(inputs[wrong]!.shape), operand: wrong });
    const [left, right] = inputs.map(({ shape }) => shape) as [Shape, Shape];
    const [stack, other] = [left[0]!, right[0]!];
    if (stack !== other && stack !== 1 && other !== 1) return report('C2', { found: `${stack} and ${other}` });
    const { rows, depth } = leftExtents(left, flagOf(attributes, 'transpose'));
    if (depth !== right[1]) return report('C3', { found: `${depth} and ${right[1]}` });
    const shape = [Math.max(stack, other), rows, right[2]!];
    return withinLimit([tensorType(shape, false)], report, 'C4');
  },
  // a [B,M,K] (or [B,K,M]) · b [B,K,N] → y [B,M,N]
  reference([a, b], attributes, [left, right]) {
    const transpose = flagOf(attributes, 'transpose');
    const { rows, depth } = leftExtents(left!.shape, transpose);
    const columns = right!.shape[2]!;
    const shape = [Math.max(left!.shape[0]!, right!.shape[0]!), rows, columns];
    const data = new Float64Array(sizeOf(shape));
    for (let at = 0; at < data.length; at += 1) {
      const [stack, m, n] = [Math.floor(at / (rows * columns)), Math.floor(at / columns) % rows, at % columns];
      const from = left!.shape[0] === 1 ? 0 : stack * rows * depth;
      const other = right!.shape[0] === 1 ? 0 : stack * depth * columns;
      for (let k = 0; k < depth; k += 1) {
        const element = transpose ? k * rows + m : m * depth + k;
        data[at]! += a!.data[from + element]! * b!.data[other + k * columns + n]!;
      }
    }
    return [{ shape, data }];
  },
  lowering: { kind: 'weight-matmul' },
};

function leftExtents(shape: Shape, transpose: boolean): { readonly rows: number; readonly depth: number } {
  const [, first, second] = shape as [number, number, number];
  return transpose ? { rows: second, depth: first } : { rows: first, depth: second };
}
