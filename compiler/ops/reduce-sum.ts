// Sums of weights along some of their axes: what a shift that moves through a convolution adds to its bias.

import type { Operator } from '../ir/operator.ts';
import { formatShape, sizeOf } from '../ir/tensor-type.ts';
import type { Shape } from '../ir/tensor-type.ts';
import { listOf } from './attributes.ts';
import { sentences } from './limits.ts';

export const reduceSum: Operator = {
  name: 'reduce_sum',
  // Adds up weights along some axes, which become 1.
  // Indices of the axes.
  attributes: { axes: { type: 'ints' } },
  internal: true,
  constraints: {
    C1: sentences.weights,
    C2: 'the axes must exist, each named once',
  },
  infer([input], attributes, report) {
    const { shape, batched } = input!;
    const axes = listOf(attributes, 'axes');
    if (batched) return report('C1', { found: formatShape(shape) });
    const exist = axes.every((axis) => axis >= 0 && axis < shape.length) && new Set(axes).size === axes.length;
    if (!exist) return report('C2', { found: `${axes.join(', ')} of ${formatShape(shape)}`, attribute: 'axes' });
    return [{ ...input!, shape: summed(shape, axes) }];
  },
  // x [A,B,…] → y [A,1,…]
  reference([x], attributes, [input]) {
    const axes = listOf(attributes, 'axes');
    const shape = summed(input!.shape, axes);
    const data = new Float64Array(sizeOf(shape));
    x!.data.forEach((value, index) => {
      let [at, rest, step] = [0, index, 1];
      for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
        if (!axes.includes(axis)) at += (rest % shape[axis]!) * step;
        step *= shape[axis]!;
        rest = Math.floor(rest / input!.shape[axis]!);
      }
      data[at]! += value;
    });
    return [{ shape, data }];
  },
  lowering: { kind: 'reduce-sum' },
};

const summed = (shape: Shape, axes: readonly number[]): Shape =>
  shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
