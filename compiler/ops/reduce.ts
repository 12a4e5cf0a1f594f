// One number of all along an axis, or of the whole map: its mean, sum, largest or smallest. The axis stays, with the extent 1, so that the
// result joins the value it comes from: a value minus its mean over the channels, or attention over pixels (Woo et al., 2018, CBAM).

import type { Attributes, ValueId } from '../ir/graph.ts';
import type { GradientSite, Operator, Tensor } from '../ir/operator.ts';
import { rangeOfFirst, rangeOfSign } from '../ir/range.ts';
import { abs, constant, less, x } from '../ir/scalar.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';
import { axisNames, formatShape, sizeOf } from '../ir/tensor-type.ts';
import { wordOf } from './attributes.ts';
import { axesOf, axisWords, noSuchAxis, windowOver } from './axes.ts';
import { defineCombination } from './combination.ts';
import { step } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { allocateLike } from './tensors.ts';
import { sentences } from './limits.ts';

type Operation = 'mean' | 'sum' | 'max' | 'min';

const operationOf = (attributes: Attributes): Operation => wordOf(attributes, 'operation') as Operation;
const isExtreme = (attributes: Attributes): boolean => ['max', 'min'].includes(operationOf(attributes));
const axesIn = (attributes: Attributes, shape: Shape): readonly number[] | undefined =>
  axesOf(shape, wordOf(attributes, 'over'));
const reduced = (shape: Shape, axes: readonly number[]): Shape =>
  shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));

/** x → 1 where it is 0, else 0. */
export const isZero = defineCombination({
  name: 'is_zero',
  // 1 where a number is 0, else 0.
  values: 1,
  expression: () => less(constant(0), abs(x), constant(0), constant(1)),
});

export const reduce: Operator = {
  name: 'reduce',
  attributes: {
    operation: { type: 'choice', choices: ['mean', 'sum', 'max', 'min'] },
    over: { type: 'choice', choices: axisWords },
  },
  constraints: {
    C1: sentences.anyFlow('reduce'),
    C2: '`over` must name an axis of the input of `reduce`',
  },
  infer([input], attributes, report) {
    const { shape } = input!;
    if (!axisNames(shape.length)) return report('C1', { found: formatShape(shape) });
    const axes = axesIn(attributes, shape);
    if (!axes) return report('C2', noSuchAxis(shape, wordOf(attributes, 'over'), 'over'));
    return [{ ...input!, shape: reduced(shape, axes) }];
  },
  // x [N,C,H,W] → y [N,1,H,W], [N,C,1,W], [N,C,H,1] or [N,1,1,1]
  reference: ([x], attributes, [input]) => [compute(x!, attributes, input!)],
  window: (attributes, [input]) => windowOver(input!.shape, wordOf(attributes, 'over')),
  describe: (attributes) => `reduce ${operationOf(attributes)} over ${wordOf(attributes, 'over')}`,
  lowering: { kind: 'reduce' },
  range: (operands, attributes) => (isExtreme(attributes) ? rangeOfFirst : rangeOfSign)(operands),
  // The sum of one element makes −0 +0.
  unchanged({ attributes, shape }) {
    const isOne = axesIn(attributes, shape)?.every((axis) => shape[axis] === 1) ?? false;
    return isOne && (isExtreme(attributes) || 'positive');
  },
  companions: [isZero],
  gradient: (site) => [isExtreme(site.attributes) ? gradientOfExtreme(site) : gradientOfSum(site)],
  elsewhere: {
    PyTorch: Object.fromEntries(
      Object.entries({ mean: 'mean', sum: 'sum', amax: 'max', amin: 'min' }).map(([name, operation]) => [
        name,
        { differs: `the axis has a name: ${name}(x, 1) is x -> reduce(${operation}, over: channels)` },
      ]),
    ),
    ONNX: Object.fromEntries(
      ['Mean', 'Sum', 'Max', 'Min'].map((name) => [
        `Reduce${name}`,
        { differs: `the axis has a name: reduce(${name.toLowerCase()}, over: channels)` },
      ]),
    ),
  },
};

/** Examples of its rules. */
export const reduceExamples: RuleExamples = () => ({
  C1: {
    explanation: 'Every value of the language has such axes, so that no file can break this rule.',
  },
  C2: step(
    'An image has channels, height and width, a list features, tokens length and features.',
    '[8]',
    'reduce(mean, over: height)',
    'reduce(mean, over: features)',
  ),
});

function compute(x: Tensor, attributes: Attributes, input: TensorType): Tensor {
  const axes = axesIn(attributes, input.shape)!;
  const operation = operationOf(attributes);
  const shape = reduced(input.shape, axes);
  const y = allocateLike(x, input, shape);
  y.data.fill({ mean: 0, sum: 0, max: -Infinity, min: Infinity }[operation]);
  const size = sizeOf(input.shape);
  const combine = { mean: plus, sum: plus, max: Math.max, min: Math.min }[operation];
  x.data.forEach((value, index) => {
    let [at, rest, unit] = [0, index % size, 1];
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      at += axes.includes(axis) ? 0 : (rest % input.shape[axis]!) * unit;
      unit *= shape[axis]!;
      rest = Math.floor(rest / input.shape[axis]!);
    }
    at += Math.floor(index / size) * sizeOf(shape);
    y.data[at] = combine(y.data[at]!, value);
  });
  if (operation === 'mean') y.data.forEach((sum, at) => (y.data[at] = sum / (size / sizeOf(shape))));
  return y;
}

const plus = (left: number, right: number): number => left + right;

/** Every element gets the gradient of the sum, or its share. */
function gradientOfSum({
  apply,
  attributes,
  operands: [value],
  upstream: [dy],
  typeOf,
  results: [y],
}: GradientSite): ValueId {
  const count = sizeOf(typeOf(value!).shape) / sizeOf(typeOf(y!).shape);
  const share = operationOf(attributes) === 'mean' ? apply('times', [dy!], { factor: 1 / count }) : dy!;
  return apply('add', [apply('zeros', [value!]), share]);
}

/** All that are as large as the result share its gradient, as in PyTorch. */
function gradientOfExtreme({
  apply,
  attributes,
  operands: [value],
  upstream: [dy],
  results: [y],
}: GradientSite): ValueId {
  const mask = apply('is_zero', [apply('sub', [value!, y!])]);
  const count = apply('reduce', [mask], { operation: 'sum', over: wordOf(attributes, 'over') });
  return apply('mul', [mask, apply('div', [dy!, count])]);
}
