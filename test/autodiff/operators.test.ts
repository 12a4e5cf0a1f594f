// The gradients of every operator of the language against central differences, in f64; and what they are at corners, where PyTorch
// chose a side.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/differentiate.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes } from '../../compiler/ir/graph.ts';
import { interpret } from '../../compiler/ir/interpret.ts';
import type { Tensor } from '../../compiler/ir/operator.ts';
import { storedAttributes } from '../../compiler/ir/signature.ts';
import { sizeOf, tensorType } from '../../compiler/ir/tensor-type.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { operators } from '../../compiler/ops/index.ts';
import { withNumberOperators } from '../../compiler/ops/with-number.ts';
import { arbitraryOperatorCase, onPositive, operandsOf } from '../support/arbitrary-operator.ts';
import type { OperatorCase } from '../support/arbitrary-operator.ts';
import { gradientErrors, gradientGraph, runGradient, stepBuilder } from '../support/gradient-check.ts';
import { runs, timeout } from '../support/runs.ts';

const language = [...operators.values()].filter(({ internal }) => !internal);
const isSmall = ({ inputs }: OperatorCase): boolean => inputs.every(({ shape }) => sizeOf(shape) <= 600);
/** What passes make of parameters, and what stands in a step. */
const internal = ['inverse_sqrt', ...withNumberOperators.map(({ name }) => name)];
/** Those whose gradient is that of their training form. */
const throughTraining = ['batch_norm'];

test('every operator of the language has a gradient, or a training form', () => {
  const without = language.filter(({ gradient, training }) => !gradient && !training);
  expect(without.map(({ name }) => name)).toEqual([]);
  expect(language.filter(({ gradient }) => !gradient).map(({ name }) => name)).toEqual(throughTraining);
});

/** Numbers all different, at least 1e-4 from 0, ±3, 6 and the operator's bounds. */
function apart(one: OperatorCase, operands: readonly Tensor[]): readonly Tensor[] {
  const { data, shape } = operands[0]!;
  const order = [...data.keys()].toSorted((a, b) => data[a]! - data[b]! || a - b);
  const spread = new Float64Array(data.length);
  order.forEach((at, rank) => (spread[at] = ((rank + 0.3125) / data.length) * 8 - 4));
  const corners = Object.values(one.attributes).filter((value) => typeof value === 'number');
  const moved =
    one.op === 'clip' ? spread.map((x) => (corners.some((c) => Math.abs(x - c) < 1e-4) ? x + 2e-4 : x)) : spread;
  return [{ shape, data: moved }, ...operands.slice(1)];
}

const hasCorners = (op: string): boolean => Boolean(operators.get(op)!.pointwise) || op.includes('max_pool');

describe.each([...language.map(({ name }) => name), ...internal].filter((op) => !throughTraining.includes(op)))(
  '%s',
  (op) => {
    test('as central differences', { timeout }, () => {
      fc.assert(
        fc.property(
          arbitraryOperatorCase([op]).filter(isSmall),
          fc.integer({ min: 1, max: 3 }),
          fc.nat(1000),
          (one, batch, seed) => {
            const operands = operandsOf(one, batch, seed);
            const isPositive = onPositive.has(op);
            const spread = hasCorners(op) && !isPositive ? apart(one, operands) : operands;
            expect(verifyGraph(gradientGraph(one).graph, operators)).toEqual([]);
            expect(gradientErrors(one, spread, batch, seed)).toEqual([]);
          },
        ),
        runs(25, `gradient ${op}`),
      );
    });
  },
);

/** As a node stores them. */
function caseOf(op: string, shapes: readonly (readonly number[])[], written: Attributes = {}): OperatorCase {
  const inputs = shapes.map((shape) => tensorType(shape));
  const attributes = storedAttributes(operators.get(op)!, written, inputs);
  return { op, inputs, inputShapes: shapes, attributes };
}

describe('in particular', () => {
  const transposed: readonly Attributes[] = [
    { kernel: 2, stride: 1, dilation: 3, output_padding: [2, 1] },
    { kernel: 3, stride: 2, dilation: 4, output_padding: [3, 2], padding: 1, groups: 2 },
    { kernel: [1, 3], stride: [2, 1], dilation: [5, 3], output_padding: [4, 2] },
    { kernel: 2, stride: 3, padding: 'same' },
    { kernel: 1, stride: 3, padding: 'same', bias: false },
  ];
  const particular: readonly OperatorCase[] = [
    ...transposed.map((attributes) => caseOf('conv_transpose', [[4, 3, 2]], { channels: 2, ...attributes })),
    caseOf('conv', [[4, 8, 9]], { channels: 6, kernel: 2, stride: 3, padding: [3, 0, 1, 4], groups: 2 }),
    caseOf('conv', [[2, 5, 5]], { channels: 2, kernel: 2, stride: 4, dilation: 3, mode: 'convolution' }),
    caseOf('mul', [
      [3, 4, 5],
      [3, 1, 1],
      [1, 4, 5],
      [1, 1, 1],
    ]),
    caseOf('mul', [
      [3, 4, 5],
      [1, 4, 1],
      [1, 1, 5],
      [3, 4, 1],
      [3, 1, 5],
    ]),
    caseOf('add', [[7], [1]]),
    ...['add', 'sub', 'mul', 'maximum'].map((op) => caseOf(op, [[3, 4, 5], [3], [1, 4, 1], [1]])),
    caseOf('avg_pool', [[2, 7, 6]], { kernel: 3, stride: 2, padding: 1, ceil: true }),
    caseOf('avg_pool', [[2, 7, 6]], { kernel: 3, stride: 2, padding: 1, ceil: true, count_padding: false }),
  ];
  test.each(particular)('$op $inputShapes $attributes', (one) => {
    expect(verifyGraph(gradientGraph(one).graph, operators)).toEqual([]);
    expect(gradientErrors(one, operandsOf(one, 2, 9), 2, 9)).toEqual([]);
  });

  test('a part of a split that nobody reads has the gradient 0', () => {
    const builder = graphBuilder('unread', operators, 'train');
    const x = builder.input('x', [5, 2, 1]);
    const step = stepBuilder(builder, builder.once('images', [1]));
    const parts = builder.node({ op: 'split', inputs: [x], attributes: { sizes: [1, 3, 1] } });
    const seeds = new Map([[parts[1]!, builder.input('dy', [3, 2, 1])]]);
    const gradients = differentiate(builder.finish().nodes, operators, step, seeds, new Set([x]));
    builder.output('dx', gradients.get(x)!);
    const data = Float64Array.from({ length: 10 }, () => NaN);
    const inputs = new Map([
      ['x', { data }],
      ['images', { data: [1] }],
      ['dy', { data: [1, 2, 3, 4, 5, 6] }],
    ]);
    const { outputs } = interpret(builder.finish(), operators, { inputs, parameters: new Map(), batch: 1 });
    expect([...outputs.get('dx')!.data]).toEqual([0, 0, 1, 2, 3, 4, 5, 6, 0, 0]);
  });

  test.each<[string, Attributes, readonly number[], readonly number[]]>([
    ['max_pool', { kernel: [1, 3] }, [2, 5, 5], [0, 1, 0]],
    ['global_max_pool', {}, [2, 2, 2], [1, 0, 0]],
    ['max_pool', { kernel: [1, 3] }, [NaN, 5, NaN], [0, 0, 1]],
    ['max_pool', { kernel: [1, 3] }, [-Infinity, -Infinity, -Infinity], [1, 0, 0]],
    ['global_max_pool', {}, [1, NaN, 3], [0, 1, 0]],
  ])('%s %o sends the gradient of %o to the first maximum', (op, attributes, x, expected) => {
    const made = gradientGraph(caseOf(op, [[1, 1, 3]], attributes));
    const values = runGradient(made, [{ shape: [1, 1, 1, 3], data: Float64Array.from(x) }], 1, 4);
    const dy = values.get('dy0')![0]!;
    expect([...values.get('d0')!].map((value) => value / dy)).toEqual(expected);
  });
});

describe('training forms', () => {
  test.each(['batch_norm', 'dropout'])('%s', { timeout }, (op) => {
    fc.assert(
      fc.property(
        arbitraryOperatorCase([op]).filter(isSmall),
        fc.integer({ min: 2, max: 4 }),
        fc.nat(1000),
        (one, batch, seed) => {
          expect(verifyGraph(gradientGraph(one, true).graph, operators)).toEqual([]);
          expect(gradientErrors(one, operandsOf(one, batch, seed), batch, seed, true)).toEqual([]);
        },
      ),
      runs(25, `training ${op}`),
    );
  });
});

const infinity = Infinity;

describe('at corners', () => {
  /** Attributes, x, and PyTorch's dy/dx there. */
  const corners: readonly (readonly [
    string,
    Readonly<Record<string, number | string>>,
    readonly number[],
    readonly number[],
  ])[] = [
    ['relu', {}, [-1, 0, 1, infinity], [0, 0, 1, 1]],
    ['relu6', {}, [-1, 0, 3, 6, 7], [0, 0, 1, 0, 0]],
    ['leaky_relu', { slope: 0.25 }, [-1, 0, 1], [0.25, 0.25, 1]],
    ['leaky_relu', { slope: -0.25 }, [-1, 0, 1], [-0.25, -0.25, 1]],
    ['leaky_relu', { slope: 0 }, [-1, 0, 1], [0, 0, 1]],
    ['elu', { alpha: 0.5 }, [-1, 0, 1], [0.5 * Math.exp(-1), 0.5, 1]],
    ['elu', { alpha: -2 }, [-1, 0, 1], [-2 * Math.exp(-1), -2, 1]],
    ['elu', { alpha: 0 }, [-1, 0, 1], [0, 0, 1]],
    ['clip', { min: -1, max: 2 }, [-2, -1, 0, 2, 3], [0, 1, 1, 1, 0]],
    ['clip', { min: 1, max: 1 }, [0, 1, 2], [0, 1, 0]],
    ['hard_sigmoid', {}, [-4, -3, 0, 3, 4], [0, 0, 1 / 6, 0, 0]],
    ['hard_sigmoid', { slope: 0.25, offset: 0.5 }, [-3, -2, 0, 2, 3], [0, 0, 0.25, 0, 0]],
    ['hard_swish', {}, [-4, -3, 0, 3, 4], [0, 0, 0.5, 1, 1]],
    ['abs', {}, [-1, 0, 1], [-1, 0, 1]],
    ['selu', {}, [0, 1], [1.7580993408473766, 1.0507009873554805]],
    ['celu', { alpha: 0.5 }, [-1, 0, 1], [Math.exp(-2), 1, 1]],
    ['softplus', { beta: 1, threshold: 1 }, [-1, 1, 2], [1 / (1 + Math.E), 1 / (1 + Math.exp(-1)), 1]],
    ['mish', {}, [0, 30, 1e38], [0.6, 1, 1]],
    ['sqrt', {}, [0, 4], [infinity, 0.25]],
    ['pow', { exponent: 0 }, [0, -2], [0, 0]],
    ['pow', { exponent: 1 }, [0, -2], [1, 1]],
    ['pow', { exponent: 2 }, [0, -2], [0, -4]],
    ['pow', { exponent: 0.5 }, [0, 4], [infinity, 0.25]],
  ];
  test.each(corners)('%s %o', (op, attributes, x, expected) => {
    const one: OperatorCase = {
      op,
      inputs: [tensorType([x.length])],
      inputShapes: [[x.length]],
      attributes,
    };
    const made = gradientGraph(one);
    const values = runGradient(made, [{ shape: [1, x.length], data: Float64Array.from(x) }], 1, 1);
    const slopes = [...values.get('d0')!].map((value, at) => value / values.get('dy0')![at]!);
    slopes.forEach((slope, at) => {
      if (expected[at] === infinity) expect(Math.abs(slope), `at ${x[at]}`).toBe(infinity);
      else expect(slope, `at ${x[at]}`).toBeCloseTo(expected[at]!, 14);
    });
  });

  test('prelu', () => {
    const made = gradientGraph(caseOf('prelu', [[1, 1, 3]]));
    const x = { shape: [1, 1, 1, 3], data: Float64Array.of(-1, 0, 1) };
    const values = runGradient(made, [x, { shape: [1], data: Float64Array.of(0.25) }], 1, 1);
    const dy = values.get('dy0')!;
    expect([...values.get('d0')!].map((value, at) => value / dy[at]!)).toEqual([0.25, 0.25, 1]);
    expect(values.get('d1')![0]).toBe(-dy[0]!);
  });
});
