// A box cut out of weights: filters without the taps that never meet a pixel.

import type { Operator } from '../ir/operator.ts';
import { formatShape, sizeOf } from '../ir/tensor-type.ts';
import type { Shape } from '../ir/tensor-type.ts';
import { listOf } from './attributes.ts';
import { sentences } from './limits.ts';

export const weightSlice: Operator = {
  name: 'weight_slice',
  // A box cut out of weights.
  attributes: {
    // Index of the first element along each axis.
    start: { type: 'ints', minimum: 0 },
    // How many elements along each axis.
    size: { type: 'ints', minimum: 1 },
  },
  internal: true,
  constraints: {
    C1: sentences.weights,
    C2: 'start and size must have an element per axis and stay inside',
  },
  infer([input], attributes, report) {
    const { shape, batched } = input!;
    const [start, size] = [listOf(attributes, 'start'), listOf(attributes, 'size')];
    if (batched) return report('C1', { found: formatShape(shape) });
    const complete = start.length === shape.length && size.length === shape.length;
    if (complete && shape.every((extent, axis) => start[axis]! + size[axis]! <= extent)) {
      return [{ ...input!, shape: size }];
    }
    const found = `${formatShape(size)} from ${formatShape(start)} of ${formatShape(shape)}`;
    return report('C2', { found, attribute: 'size' });
  },
  // x [A,B,…] → y [a,b,…]
  reference([x], attributes, [input]) {
    const [start, shape] = [listOf(attributes, 'start'), listOf(attributes, 'size')];
    const data = new Float64Array(sizeOf(shape)).map((_, index) => x!.data[indexIn(input!.shape, index)]!);
    return [{ shape, data }];

    function indexIn(whole: Shape, index: number): number {
      let [at, rest, step] = [0, index, 1];
      for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
        at += ((rest % shape[axis]!) + start[axis]!) * step;
        step *= whole[axis]!;
        rest = Math.floor(rest / shape[axis]!);
      }
      return at;
    }
  },
  lowering: { kind: 'weight-slice' },
};
