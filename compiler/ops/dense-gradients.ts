// The gradients of a dense layer y = W·x: by its input Wᵀ·dy, by its weight Σ dy·xᵀ over the images.

import type { Operator } from '../ir/operator.ts';
import { sizeOf, tensorType } from '../ir/tensor-type.ts';
import { allocateLike, batchOf } from './tensors.ts';

export const denseInputGradient: Operator = {
  name: 'dense_input_gradient',
  // The gradient of a dense layer by its input.
  internal: true,
  arity: { min: 2, max: 2 },
  attributes: {},
  constraints: {},
  infer: ([dy, w]) => [{ ...dy!, shape: [w!.shape[1]!] }],
  // dy [N,O] · w [O,I] → dx [N,I]
  reference([dy, w], _, [type, weight]) {
    const [outputs, inputs] = weight!.shape as [number, number];
    const dx = allocateLike(dy!, type!, [inputs]);
    for (let n = 0; n < batchOf(dy!, type!); n += 1) {
      for (let o = 0; o < outputs; o += 1) {
        const factor = dy!.data[n * outputs + o]!;
        for (let i = 0; i < inputs; i += 1) dx.data[n * inputs + i]! += factor * w!.data[o * inputs + i]!;
      }
    }
    return [dx];
  },
  macs: (_, [, w]) => sizeOf(w!.shape),
  lowering: { kind: 'dense-input-gradient' },
};

export const denseWeightGradient: Operator = {
  name: 'dense_weight_gradient',
  // The gradient of a dense layer by its weight.
  internal: true,
  arity: { min: 2, max: 2 },
  attributes: {},
  constraints: {},
  infer: ([x, dy]) => [tensorType([dy!.shape[0]!, x!.shape[0]!], false)],
  // x [N,I] · dy [N,O] → dw [O,I]
  reference([x, dy], _, [input, result]) {
    const [inputs, outputs] = [input!.shape[0]!, result!.shape[0]!];
    const data = new Float64Array(outputs * inputs);
    for (let n = 0; n < batchOf(x!, input!); n += 1) {
      for (let o = 0; o < outputs; o += 1) {
        const factor = dy!.data[n * outputs + o]!;
        for (let i = 0; i < inputs; i += 1) data[o * inputs + i]! += factor * x!.data[n * inputs + i]!;
      }
    }
    return [{ shape: [outputs, inputs], data }];
  },
  macs: (_, _operands, [dw]) => sizeOf(dw!.shape),
  lowering: { kind: 'dense-weight-gradient' },
};
