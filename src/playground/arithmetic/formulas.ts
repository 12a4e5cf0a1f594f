// Operators that compute each number from few others: activations, arithmetic, batch norm, softmax.

import type { ScalarExpression } from '../../../compiler/ir/scalar.ts';
import { scalarFunction } from '../../../compiler/ir/scalar-evaluate.ts';
import { channelAxis, sizeOf } from '../../../compiler/ir/tensor-type.ts';
import type { Shape, TensorType } from '../../../compiler/ir/tensor-type.ts';
import { alignedShapes } from '../../../compiler/ops/aligned-shapes.ts';
import { flagOf, numberOf, wordOf } from '../../../compiler/ops/attributes.ts';
import { axesOf } from '../../../compiler/ops/axes.ts';
import { expressionText } from './expression-text.ts';
import { indexOf, placeOf } from './places.ts';
import type { Application, Formula, Term } from './types.ts';

/** Of one data operand, by the operator's `pointwise`; other operands are weights [C], or [1] for all channels. */
export function pointwiseFormula({ operator, attributes, inputs, operands }: Application, at: number): Formula {
  const expression = operator.pointwise!(attributes);
  const [x, ...weights] = operands;
  const channel = channelOf(at, inputs[0]!);
  const slopes = weights.map((values) => values[values.length === 1 ? 0 : channel]!);
  const value = scalarFunction(expression)(x![at]!, [0, ...slopes]);
  const names = slopes.map((_, index) => (slopes.length === 1 ? 'w' : `w${index + 1}`));
  return {
    kind: 'formula',
    text: expressionText(expression, ['x', ...names]),
    terms: [
      { name: 'x', value: x![at]!, from: { operand: 0, at } },
      ...slopes.map((slope, index): Term => ({ name: names[index]!, value: slope })),
    ],
    value,
  };
}

/** Of several data operands, whose extents of 1 are repeated: by `combine`, or from left to right by the operation of an arithmetic. */
export function combinedFormula({ operator, attributes, inputs, operands, results }: Application, at: number): Formula {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const nameOf = (index: number): string => names[index] ?? `x${index + 1}`;
  const place = placeOf(at, results[0]!.shape);
  const aligned: readonly Shape[] = alignedShapes(inputs.map(({ shape }) => shape));
  const terms = inputs.map((_, operand): Term => {
    const shape = aligned[operand]!;
    const from = indexOf(
      place.map((index, axis) => (shape[axis] === 1 ? 0 : index)),
      shape,
    );
    return { name: nameOf(operand), value: operands[operand]![from]!, from: { operand, at: from } };
  });
  const lowering = operator.lowering!;
  const expression =
    lowering.kind === 'arithmetic' ? chain(lowering.operation, inputs.length) : operator.combine!(attributes);
  const value = scalarFunction(expression)(
    terms[0]!.value,
    terms.map((term) => term.value),
  );
  return {
    kind: 'formula',
    text: expressionText(
      expression,
      terms.map(({ name }) => name),
    ),
    terms,
    value,
  };
}

function chain(operation: 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum', count: number): ScalarExpression {
  const name = operation === 'maximum' ? 'max' : operation === 'minimum' ? 'min' : operation;
  return Array.from({ length: count - 1 }, (_, at) => at + 1).reduce<ScalarExpression>(
    (left, operand) => ({ kind: 'binary', function: name, left, right: { kind: 'channel', operand } }),
    { kind: 'x' },
  );
}

/** γ · (x − μ) / √(σ² + ε) + β by the running statistics of the channel. */
export function batchNormFormula({ attributes, inputs, operands }: Application, at: number): Formula {
  const channel = channelOf(at, inputs[0]!);
  const isAffine = flagOf(attributes, 'affine');
  const [x, ...weights] = operands;
  const [scale, shift] = isAffine ? weights : [];
  const [mean, variance] = weights.slice(-2).map((values) => values[channel]!) as [number, number];
  const epsilon = numberOf(attributes, 'epsilon');
  const [gamma, beta] = [scale?.[channel] ?? 1, shift?.[channel] ?? 0];
  return {
    kind: 'formula',
    text: isAffine ? 'γ · (x − μ) / √(σ² + ε) + β' : '(x − μ) / √(σ² + ε)',
    terms: [
      { name: 'x', value: x![at]!, from: { operand: 0, at } },
      { name: 'μ', value: mean },
      { name: 'σ²', value: variance },
      { name: 'ε', value: epsilon },
      ...(isAffine ? [{ name: 'γ', value: gamma } as const, { name: 'β', value: beta } as const] : []),
    ],
    value: (gamma * (x![at]! - mean)) / Math.sqrt(variance + epsilon) + beta,
  };
}

/** exp(x) / Σ exp(xⱼ) over the channels, along another axis, or over the whole map. */
export function softmaxFormula({ attributes, inputs, operands }: Application, at: number, isLog: boolean): Formula {
  const { shape } = inputs[0]!;
  const x = operands[0]!;
  const axes = new Set(axesOf(shape, wordOf(attributes, 'over'))!);
  const place = placeOf(at, shape);
  const summed = shape.map((extent, axis) => (axes.has(axis) ? extent : 1));
  const line = Array.from({ length: sizeOf(summed) }, (_, index) => {
    const along = placeOf(index, summed);
    return x[
      indexOf(
        place.map((fixed, axis) => (axes.has(axis) ? along[axis]! : fixed)),
        shape,
      )
    ]!;
  });
  // The largest is taken away on both sides of the fraction, so that no power overflows.
  const largest = line.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = line.reduce((total, value) => total + Math.exp(value - largest), 0);
  const shifted = x[at]! - largest;
  return {
    kind: 'formula',
    text: isLog ? 'x − log Σ exp(xⱼ)' : 'exp(x) / Σ exp(xⱼ)',
    terms: [
      { name: 'x', value: x[at]!, from: { operand: 0, at } },
      isLog
        ? { name: `log Σ exp(xⱼ), ${line.length} numbers`, value: Math.log(sum) + largest }
        : { name: `Σ exp(xⱼ), ${line.length} numbers`, value: sum * Math.exp(largest) },
    ],
    value: isLog ? shifted - Math.log(sum) : Math.exp(shifted) / sum,
  };
}

function channelOf(at: number, type: TensorType): number {
  return placeOf(at, type.shape)[channelAxis(type)]!;
}
