// Values one after the other along the channels: the join of Inception (Szegedy et al., 2015) and DenseNet (Huang et al., 2017).

import type { Operator } from '../ir/operator.ts';
import { hull } from '../ir/range.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';
import { disagreement, fits, sentences, tooLarge } from './limits.ts';
import { allocate, batchOf } from './tensors.ts';

export const concat: Operator = {
  name: 'concat',
  summary: 'Joins values along their channels (or features).',
  attributes: {},
  arity: { min: 1, max: Infinity },
  constraints: {
    C1: 'paths must all be images [C, H, W] or all be flat [features]',
    C2: 'paths must agree in height and width',
    C3: sentences.resultSize('concat'),
  },
  infer(inputs, _, report) {
    const shapes = inputs.map(({ shape }) => shape);
    const kinds = inputs.map(kindOf);
    if (new Set(kinds).size > 1) return report('C1', disagreement(shapes, kinds));
    const tails = shapes.map((shape) => shape.slice(1).join('×'));
    if (new Set(tails).size > 1) return report('C2', disagreement(shapes, tails));
    const shape = joinedShape(shapes);
    if (!fits(shape)) return report('C3', tooLarge(shape));
    return [{ ...inputs[0]!, shape }];
  },
  // xᵢ [N?,Cᵢ,…] → y [N?,ΣCᵢ,…]
  reference(operands, _, inputs) {
    const sizes = inputs.map(({ shape }) => sizeOf(shape));
    const batch = batchOf(operands[0]!, inputs[0]!);
    const y = allocate(joinedShape(inputs.map(({ shape }) => shape)), batch, inputs[0]!.batched);
    let at = 0;
    for (let n = 0; n < batch; n += 1) {
      for (const [index, { data }] of operands.entries()) {
        y.data.set(data.subarray(n * sizes[index]!, (n + 1) * sizes[index]!), at);
        at += sizes[index]!;
      }
    }
    return [y];
  },
  explain: (_, inputs) => {
    const channels = inputs.map(({ shape }) => shape[0]!);
    return inputs.length > 1 ? `${channels.join(' + ')} = ${channels.reduce((sum, count) => sum + count)}` : undefined;
  },
  lowering: { kind: 'concat' },
  gradient({ applyAll, operands, upstream: [dy], typeOf }) {
    if (operands.length === 1) return [dy];
    return applyAll('split', [dy!], { sizes: operands.map((operand) => typeOf(operand).shape[0]!) });
  },
  range: hull,
  unchanged: ({ operands }) => operands === 1,
};

function joinedShape(shapes: readonly Shape[]): Shape {
  return [shapes.reduce((sum, shape) => sum + shape[0]!, 0), ...shapes[0]!.slice(1)];
}

/** What must be the same for all; parameters, which have no batch axis, may have any rank. */
function kindOf({ shape, batched }: TensorType): string {
  if (!batched) return `${shape.length} axes, no batch`;
  return shape.length === 1 ? 'flat' : shape.length === 3 ? 'an image' : `${shape.length} axes`;
}
