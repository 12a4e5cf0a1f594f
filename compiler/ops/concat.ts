// Values one after the other along an axis: the join of Inception (Szegedy et al., 2015) and DenseNet (Huang et al., 2017) along the
// channels, that of a class token (Dosovitskiy et al., 2021) along the length.

import type { Attributes } from '../ir/graph.ts';
import type { Operator } from '../ir/operator.ts';
import { hull } from '../ir/range.ts';
import { sizeOf, tensorType } from '../ir/tensor-type.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';
import { alongAxis, alongSpec, noSuchAxis, withOneName } from './axes.ts';
import { wordOf } from './attributes.ts';
import { disagreement, sentences, withinLimit } from './limits.ts';
import { network, size, step } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { allocate, batchOf } from './tensors.ts';
import { unbroadcast } from './unbroadcast.ts';

export const concat: Operator = {
  name: 'concat',
  attributes: { along: alongSpec },
  arity: { min: 1, max: Infinity },
  constraints: {
    C1: 'paths must all be images [C, H, W], all be tokens [length, features] or all be flat [features]',
    C2: 'paths must agree in height and width',
    C3: sentences.result('concat'),
    C4: 'the values of `concat` must have the axis along which they are joined',
    C5: 'paths must agree in every axis but the one along which they are joined',
  },
  canonical: (attributes) => withOneName(attributes),
  infer(inputs, attributes, report) {
    const shapes = inputs.map(({ shape }) => shape);
    const batched = inputs.some((input) => input.batched);
    const kinds = inputs.map((input) => kindOf(input, batched));
    if (new Set(kinds).size > 1) return report('C1', disagreement(shapes, kinds));
    const axis = alongAxis({ ...inputs[0]!, batched }, attributes);
    if (axis === undefined) return report('C4', noSuchAxis(shapes[0]!, wordOf(attributes, 'along'), 'along'));
    const others = shapes.map((shape) => shape.toSpliced(axis, 1).join('×'));
    if (new Set(others).size > 1) return report(axis === 0 ? 'C2' : 'C5', disagreement(shapes, others));
    const shape = joinedShape(shapes, axis);
    return withinLimit([{ ...inputs[0]!, batched, shape }], report, 'C3');
  },
  // xᵢ [N?,…,Cᵢ,…] → y [N?,…,ΣCᵢ,…]
  reference(operands, attributes, inputs) {
    const batched = inputs.some((input) => input.batched);
    const batch = Math.max(...operands.map((operand, at) => batchOf(operand, inputs[at]!)));
    const axis = alongAxis({ ...inputs[0]!, batched }, attributes)!;
    const shapes = inputs.map(({ shape }) => shape);
    const y = allocate(joinedShape(shapes, axis), batch, batched);
    const rows = sizeOf(shapes[0]!.slice(0, axis));
    const runs = shapes.map((shape) => sizeOf(shape.slice(axis)));
    let to = 0;
    for (let row = 0; row < batch * rows; row += 1) {
      for (const [at, { data }] of operands.entries()) {
        const from = (inputs[at]!.batched ? row : row % rows) * runs[at]!;
        y.data.set(data.subarray(from, from + runs[at]!), to);
        to += runs[at]!;
      }
    }
    return [y];
  },
  explain(attributes, inputs) {
    const extents = extentsOf(inputs, attributes);
    return inputs.length > 1 ? `${extents.join(' + ')} = ${extents.reduce((sum, count) => sum + count)}` : undefined;
  },
  lowering: { kind: 'concat' },
  takes: () => 'moves',
  gradient(site) {
    const { applyAll, attributes, operands, upstream, typeOf } = site;
    const types = operands.map(typeOf);
    const sizes = extentsOf(types, attributes);
    const parts = operands.length === 1 ? [upstream[0]!] : applyAll('split', [upstream[0]!], { ...attributes, sizes });
    return parts.map((part, at) => unbroadcast(site, part, types[at]!));
  },
  range: hull,
  unchanged: ({ operands }) => operands === 1,
};

/** Examples of its rules. */
export const concatExamples: RuleExamples = () => ({
  C1: {
    explanation:
      'Images are joined with images, tokens with tokens, lists of features behind each other; they do not mix.',
    bad: network('[4, 8, 8]', 'parallel concat {', '  path flatten', '  path conv(4, kernel: 1)', '}'),
    good: network('[4, 8, 8]', 'parallel concat {', '  path flatten', '  path conv(4, kernel: 1) -> flatten', '}'),
  },
  C2: {
    explanation:
      'Images are joined along their channels, so that height and width must be the same. A window of k keeps them with padding (k − 1) / 2.',
    bad: network('[4, 8, 8]', 'parallel concat {', '  path conv(4, kernel: 1)', '  path conv(4, kernel: 5)', '}'),
    good: network(
      '[4, 8, 8]',
      'parallel concat {',
      '  path conv(4, kernel: 1)',
      '  path conv(4, kernel: 5, padding: 2)',
      '}',
    ),
  },
  C3: size('[1, 32768, 32768]', 'relu -> concat(x)', 'max_pool(2) -> concat(x -> avg_pool(2))'),
  C4: step(
    'Images have channels, height and width, tokens length and features, flat values features.',
    '[4, 8, 8]',
    'relu -> concat(x, along: length)',
    'relu -> concat(x, along: width)',
  ),
  C5: {
    explanation: 'What is joined side by side must be of the same height and have the same channels.',
    bad: network('[4, 8, 8]', 'max_pool(2) -> concat(x, along: width)'),
    good: network('[4, 8, 8]', 'relu -> concat(x, along: width)'),
  },
});

const joinedShape = (shapes: readonly Shape[], axis: number): Shape =>
  shapes[0]!.with(
    axis,
    shapes.reduce((sum, shape) => sum + shape[axis]!, 0),
  );

/** Along the axis. */
function extentsOf(inputs: readonly TensorType[], attributes: Attributes): readonly number[] {
  const type = tensorType(
    inputs[0]!.shape,
    inputs.some(({ batched }) => batched),
  );
  const axis = alongAxis(type, attributes)!;
  return inputs.map(({ shape }) => shape[axis]!);
}

/** What must be the same for all. Weights among themselves may have any rank; beside values that flow they are repeated. */
function kindOf({ shape }: TensorType, batched: boolean): string {
  if (!batched) return `${shape.length} axes, no batch`;
  return ['flat', 'tokens', 'an image'][shape.length - 1] ?? `${shape.length} axes`;
}
