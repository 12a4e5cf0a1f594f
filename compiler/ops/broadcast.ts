// Arithmetic on several values: their extents agree or are 1, as in NumPy at equal rank, and a value [C] beside maps [C, H, W] is a
// number per channel, [C, 1, 1] (beside tokens [length, features], [1, features]). Values without the batch axis join those of every
// image.

import type { Arithmetic as ArithmeticOperation } from '../ir/lowering.ts';
import type { ValueId } from '../ir/graph.ts';
import type { GradientSite, Operator, Tensor, Violation } from '../ir/operator.ts';
import { formatShape, sizeOf } from '../ir/tensor-type.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';
import { alignedShapes } from './aligned-shapes.ts';
import { disagreement, majority, sentences, withinLimit } from './limits.ts';
import { network } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { allocate, batchOf } from './tensors.ts';
import { extremeGradients } from './extreme-gradients.ts';
import { unbroadcast } from './unbroadcast.ts';

export interface Arithmetic
  extends Pick<Operator, 'name'>, Partial<Pick<Operator, 'elsewhere' | 'range' | 'unchanged'>> {
  readonly arity: { readonly min: number; readonly max: number };
  readonly operation: ArithmeticOperation;
}

const functions: Readonly<Record<ArithmeticOperation, (left: number, right: number) => number>> = {
  add: (left, right) => left + right,
  sub: (left, right) => left - right,
  mul: (left, right) => left * right,
  div: (left, right) => left / right,
  maximum: (left, right) => Math.max(left, right),
  minimum: (left, right) => Math.min(left, right),
};

/** Combines its operands from left to right; the result has a batch axis if any operand has one. */
export function defineArithmetic({ operation, ...rest }: Arithmetic): Operator {
  const { name } = rest;
  return {
    ...rest,
    attributes: {},
    constraints: {
      C1: `the values of \`${name}\` must have the same number of axes, or one number per channel`,
      C2: `the values of \`${name}\` must agree in every axis, or be 1 there`,
      C3: sentences.result(name),
    },
    infer(inputs, _, report) {
      const shapes = inputs.map(({ shape }) => shape);
      const aligned = alignedShapes(shapes);
      const shape = broadcastShape(aligned);
      if (!aligned.every((candidate) => fitsInto(candidate, shape))) {
        const sameRank = shapes.every(({ length }) => length === shapes[0]!.length);
        return sameRank ? report('C2', outlier(shapes, shape)) : report('C1', differentRanks(shapes));
      }
      return withinLimit([{ ...inputs[0]!, shape, batched: inputs.some(({ batched }) => batched) }], report, 'C3');
    },
    // operands [N?,…], extents 1 repeated → y [N?,…]
    reference(operands, _, inputs) {
      const aligned = alignedShapes(inputs.map((input) => input.shape));
      const shape = broadcastShape(aligned);
      const batched = inputs.some((input) => input.batched);
      const batch = Math.max(...operands.map((operand, index) => batchOf(operand, inputs[index]!)));
      const y = allocate(shape, batch, batched);
      const readers = operands.map((operand, index) =>
        reader(operand, { ...inputs[index]!, shape: aligned[index]! }, shape),
      );
      for (let index = 0; index < y.data.length; index += 1) {
        y.data[index] = readers.map((read) => read(index)).reduce(functions[operation]);
      }
      return [y];
    },
    lowering: { kind: 'arithmetic', operation },
    gradient: (site) =>
      operation === 'maximum' || operation === 'minimum'
        ? extremeGradients(site, operation)
        : site.operands.map((operand, at) =>
            site.needs(at) ? unbroadcast(site, partial(site, operation, at), site.typeOf(operand)) : undefined,
          ),
  };
}

/** Examples of their rules. */
export const arithmeticExamples: RuleExamples = (name) => ({
  C1: {
    explanation:
      'Values are combined element by element: an image with an image, a list of features with a list. A list beside an image is a number per channel, so that it must be as long as the image has channels.',
    bad: network('[4, 8, 8]', `flatten -> ${name}(x)`),
    good: network('[4, 8, 8]', `relu -> ${name}(x) -> flatten`),
  },
  C2: {
    explanation:
      'Values are combined element by element. An extent of 1 is repeated, as in NumPy; others must be equal. In a residual block the shortcut needs the stride and the channels of the other path.',
    bad: network('[4, 8, 8]', `conv(8, kernel: 3, padding: 1) -> ${name}(x)`),
    good: network('[4, 8, 8]', `conv(8, kernel: 3, padding: 1) -> ${name}(x -> conv(8, kernel: 1))`),
  },
  C3: {
    explanation:
      'Extents of 1 are repeated, so that a result can be larger than the values. It is reported as limit/elements.',
    bad: `network A {\n  input x: [65536, 1, 1]\n  input y: [1, 65536, 1]\n  x -> ${name}(y)\n}\n`,
    good: `network A {\n  input x: [256, 1, 1]\n  input y: [1, 256, 1]\n  x -> ${name}(y)\n}\n`,
    reportedAs: 'limit/elements',
  },
});

/** dy times the derivative of the result by an operand, in the result's shape. */
function partial(
  { apply, operands, results: [y], upstream: [dy] }: GradientSite,
  operation: Exclude<ArithmeticOperation, 'maximum' | 'minimum'>,
  at: number,
): ValueId {
  switch (operation) {
    case 'add':
      return dy!;
    case 'sub':
      return at === 0 ? dy! : apply('times', [dy!], { factor: -1 });
    case 'mul':
      return operands.length === 1 ? dy! : apply('mul', [dy!, ...operands.filter((_, other) => other !== at)]);
    case 'div':
      if (at === 0) return apply('div', [dy!, ...operands.slice(1)]);
      return apply('times', [apply('div', [apply('mul', [dy!, y!]), operands[at]!])], { factor: -1 });
    default:
      return operation satisfies never;
  }
}

const fitsInto = (candidate: Shape, shape: Shape): boolean =>
  candidate.length === shape.length && candidate.every((extent, axis) => extent === 1 || extent === shape[axis]);

const differentRanks = (shapes: readonly Shape[]): Violation =>
  disagreement(
    shapes,
    shapes.map(({ length }) => `${length} ${length === 1 ? 'axis' : 'axes'}`),
  );

/** Per axis, the most frequent extent other than 1. */
function broadcastShape(shapes: readonly Shape[]): Shape {
  return shapes[0]!.map((_, axis) => {
    const extents = shapes.map((shape) => shape[axis]!).filter((extent) => extent !== 1);
    return extents.length > 0 ? majority(extents) : 1;
  });
}

function outlier(shapes: readonly Shape[], expected: Shape): Violation {
  const operand = shapes.findIndex((shape) => shape.some((extent, axis) => extent !== 1 && extent !== expected[axis]));
  return {
    ...disagreement(shapes, shapes.map(formatShape)),
    found: formatShape(shapes[operand]!),
    expected: formatShape(expected),
    operand,
  };
}

/** Reads the operand's element for a row-major index into the result. */
function reader({ data }: Tensor, type: TensorType, shape: Shape): (index: number) => number {
  if (sizeOf(type.shape) === sizeOf(shape))
    return type.batched ? (index) => data[index]! : (index) => data[index % data.length]!;
  const size = sizeOf(type.shape);
  return (index) => {
    let [at, rest, step] = [0, index, 1];
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      const position = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
      if (type.shape[axis]! !== 1) at += position * step;
      step *= type.shape[axis]!;
    }
    return data[(type.batched ? rest * size : 0) + at]!;
  };
}
