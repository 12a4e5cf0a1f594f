// The arithmetic of single numbers: against the operators' definitions in f64 on random shapes and attributes, and by hand.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inferNode, operatorOf, storedAttributes } from '../../compiler/ir/signature.ts';
import { sizeOf, tensorType } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Attributes } from '../../compiler/ir/graph.ts';
import { arithmeticOf } from '../../src/playground/arithmetic/arithmetic.ts';
import type { Application, Arithmetic } from '../../src/playground/arithmetic/arithmetic.ts';
import { arbitraryOperatorCase, operandsOf } from '../support/arbitrary-operator.ts';
import type { OperatorCase } from '../support/arbitrary-operator.ts';
import { runs } from '../support/runs.ts';

/** The operator on operands by a formula, and what its definition makes of them. */
function applied(one: OperatorCase, seed: number) {
  const operator = operatorOf(operators, one.op);
  const operands = operandsOf(one, 1, seed);
  const results = operator.reference(operands, one.attributes, one.inputs);
  const types = inferNode(operator, one.inputs, one.attributes).results!;
  const application = (result: number): Application => ({
    operator,
    attributes: one.attributes,
    inputs: one.inputs,
    operands: operands.map(({ data }) => data),
    results: types,
    result,
  });
  return { application, results };
}

/** Whether the shown terms make the shown number: what a reader with a pocket calculator would find. */
function recomputed(arithmetic: Arithmetic): number {
  switch (arithmetic.kind) {
    case 'products':
      return arithmetic.patches
        .flatMap(({ cells }) => cells.map(({ value, weight }) => value * weight!))
        .reduce((sum, product) => sum + product, arithmetic.bias ?? 0);
    case 'largest':
      return Math.max(...arithmetic.patch.cells.map(({ value }) => value));
    case 'mean':
      return arithmetic.patch.cells.reduce((sum, { value }) => sum + value, 0) / arithmetic.divisor;
    case 'mixture': {
      const powers = arithmetic.parts.map(({ score }) => Math.exp(score));
      const total = powers.reduce((sum, power) => sum + power, 0);
      return arithmetic.parts.reduce((sum, { value }, key) => sum + (powers[key]! / total) * value, 0);
    }
    case 'formula':
      return normalisations.test(arithmetic.text) ? normalised(arithmetic) : arithmetic.value;
    default:
      return arithmetic.value;
  }
}

const normalisations = /√\((?:σ²|mean)/;

/** By the terms of a normalisation. */
function normalised({ text, terms }: Extract<Arithmetic, { kind: 'formula' }>): number {
  const term = (start: string): number | undefined => terms.find(({ name }) => name.startsWith(start))?.value;
  const [square, mean] = [term('σ²') ?? term('mean(x²)')!, term('μ') ?? 0];
  expect([text.includes('γ'), text.includes('β'), text.includes('μ')]).toEqual(
    ['γ', 'β', 'μ'].map((name) => term(name) !== undefined),
  );
  return ((term('x')! - mean) / Math.sqrt(square + term('ε')!)) * (term('γ') ?? 1) + (term('β') ?? 0);
}

const detailed = [
  'conv',
  'depthwise_conv',
  'conv_transpose',
  'attention',
  'dense',
  'max_pool',
  'avg_pool',
  'global_avg_pool',
  'global_max_pool',
];
const adaptive = ['adaptive_avg_pool', 'adaptive_max_pool'];
const formulas = [
  'batch_norm',
  'relu',
  'sigmoid',
  'prelu',
  'gelu',
  'hard_swish',
  'add',
  'sub',
  'mul',
  'div',
  'maximum',
  'layer_norm',
  'group_norm',
  'instance_norm',
  'rms_norm',
  'softmax',
  'log_softmax',
];
const moves = ['flatten', 'concat', 'split', 'channel_shuffle', 'pixel_shuffle', 'permute', 'pad', 'crop', 'reshape'];

describe('equals the definition of', () => {
  test.each([...detailed, ...adaptive, ...formulas, ...moves])('%s', (op) => {
    fc.assert(
      fc.property(arbitraryOperatorCase([op]), fc.nat(1000), fc.nat(), (one, seed, spot) => {
        const { application, results } = applied(one, seed);
        const result = spot % results.length;
        const { data } = results[result]!;
        const at = spot % data.length;
        const found = arithmeticOf(application(result), at);
        // Padding is not a number of the operand.
        if (op === 'pad' && found.kind === 'unshown') return;
        const size = Math.max(1, Math.abs(data[at]!));
        expect(Math.abs(found.value - data[at]!) / size).toBeLessThan(1e-9);
        expect(Math.abs(recomputed(found) - data[at]!) / size).toBeLessThan(1e-9);
      }),
      runs(detailed.includes(op) ? 60 : 20, op),
    );
  });
});

const numbers = (count: number, of: (at: number) => number): Float64Array =>
  Float64Array.from({ length: count }, (_, at) => of(at));

/** An operator on one map [C,H,W] and its weights. */
function onMap(
  op: string,
  shape: readonly number[],
  given: Attributes,
  weights: readonly ArrayLike<number>[],
): Application {
  const operator = operatorOf(operators, op);
  const inputs = [tensorType(shape)];
  const attributes = storedAttributes(operator, given, inputs);
  const results = inferNode(operator, inputs, attributes).results!;
  return {
    operator,
    attributes,
    inputs,
    operands: [numbers(sizeOf(shape), (at) => at + 1), ...weights],
    results,
    result: 0,
  };
}

describe('by hand', () => {
  test('a convolution does not turn its kernel, and padding is told apart from a number that is 0', () => {
    // 1 2 3 / 4 5 6 / 7 8 9, the window at the top left corner: its first row and column lie over padding.
    const one = onMap('conv', [1, 3, 3], { channels: 1, kernel: [3, 3], padding: [1, 1, 1, 1] }, [
      numbers(9, (at) => at),
      [100],
    ]);
    const found = arithmeticOf(one, 0);
    if (found.kind !== 'products') throw new Error(found.kind);
    expect(found.patches[0]!.cells.map(({ at, value, weight }) => [at, value, weight])).toEqual([
      [undefined, 0, 0],
      [undefined, 0, 1],
      [undefined, 0, 2],
      [undefined, 0, 3],
      [0, 1, 4],
      [1, 2, 5],
      [undefined, 0, 6],
      [3, 4, 7],
      [4, 5, 8],
    ]);
    // 1·4 + 2·5 + 4·7 + 5·8 + 100
    expect({ ...found, patches: [] }).toEqual({
      kind: 'products',
      patches: [],
      bias: 100,
      factor: 'kernel',
      isFlipped: false,
      value: 182,
    });
  });

  test('a strict convolution does', () => {
    const one = onMap('conv', [1, 2, 2], { channels: 1, kernel: [2, 2], mode: 'convolution' }, [[10, 20, 30, 40], [0]]);
    // 1·40 + 2·30 + 3·20 + 4·10
    expect(arithmeticOf(one, 0)).toMatchObject({ isFlipped: true, value: 200 });
  });

  test('a transposed convolution has only the taps that meet an input, turned', () => {
    // Stride 2, kernel 3: the output 2 of a row of 1 2 is 1 · w[2] + 2 · w[0], the output 1 is 1 · w[1] (PyTorch's ConvTranspose2d).
    const one = onMap('conv_transpose', [1, 1, 2], { channels: 1, kernel: [1, 3], stride: [1, 2], bias: false }, [
      [10, 20, 30],
    ]);
    const cells = (at: number) => {
      const found = arithmeticOf(one, at);
      if (found.kind !== 'products') throw new Error(found.kind);
      return [found.factor, found.isFlipped, found.value, found.patches[0]!.cells];
    };
    expect(cells(2)).toEqual([
      'part of the kernel',
      true,
      50,
      [
        { at: 0, value: 1, weight: 30 },
        { at: 1, value: 2, weight: 10 },
      ],
    ]);
    expect(cells(1)).toEqual(['part of the kernel', true, 20, [{ at: 0, value: 1, weight: 20 }]]);
  });

  test('attention mixes the values of its own head', () => {
    const operator = operatorOf(operators, 'attention');
    const inputs = [tensorType([1, 2]), tensorType([2, 2]), tensorType([2, 2])];
    const attributes = storedAttributes(operator, { heads: 2 }, inputs);
    const results = inferNode(operator, inputs, attributes).results!;
    // The second head's query 1 meets the keys log 3 and 0: weights 3/4 and 1/4 of its values 8 and 4.
    const operands = [
      [9, 1],
      [5, Math.log(3), 5, 0],
      [0, 8, 0, 4],
    ];
    const found = arithmeticOf({ operator, attributes, inputs, operands, results, result: 0 }, 1);
    if (found.kind !== 'mixture') throw new Error(found.kind);
    expect(found.text).toBe('softmax(q·kᵀ / √1) · v');
    expect(found.parts.map(({ from, value }) => [from, value])).toEqual([
      [{ operand: 2, at: 1 }, 8],
      [{ operand: 2, at: 3 }, 4],
    ]);
    expect(found.parts[0]!.weight).toBeCloseTo(0.75, 12);
    expect(found.value).toBeCloseTo(7, 12);
  });

  test('the second group sees the second half of the channels', () => {
    const one = onMap('conv', [4, 1, 1], { channels: 2, kernel: [1, 1], groups: 2, bias: false }, [[1, 1, 1, 1]]);
    const found = arithmeticOf(one, 1);
    if (found.kind !== 'products') throw new Error(found.kind);
    expect(found.patches.map(({ channel, sum }) => [channel, sum])).toEqual([
      [2, 3],
      [3, 4],
    ]);
    expect(found).not.toHaveProperty('bias');
  });

  test('the largest number of a window is marked, the first of equal ones', () => {
    const one = onMap('max_pool', [1, 2, 2], { kernel: [2, 2], padding: [1, 1, 0, 0], stride: [2, 2] }, []);
    expect(arithmeticOf(one, 0)).toMatchObject({ kind: 'largest', value: 1, chosen: 3 });
    const equal = { ...onMap('max_pool', [1, 2, 2], { kernel: [2, 2] }, []), operands: [[5, 7, 7, 1]] };
    expect(arithmeticOf(equal, 0)).toMatchObject({ value: 7, chosen: 1 });
  });

  test('a mean divides by padding, or does not', () => {
    const window = { kernel: [2, 2], padding: [1, 1, 0, 0], stride: [2, 2] };
    expect(arithmeticOf(onMap('avg_pool', [1, 2, 2], window, []), 0)).toMatchObject({ divisor: 4, value: 0.25 });
    const without = { ...window, count_padding: false };
    expect(arithmeticOf(onMap('avg_pool', [1, 2, 2], without, []), 0)).toMatchObject({ divisor: 1, value: 1 });
  });

  test('a dense layer behind a flatten shows the maps that were flattened', () => {
    const operator = operatorOf(operators, 'dense');
    const inputs = [tensorType([8])];
    const attributes = storedAttributes(operator, { features: 1 }, inputs);
    const results = inferNode(operator, inputs, attributes).results!;
    const one = {
      operator,
      attributes,
      inputs,
      operands: [numbers(8, (at) => at), numbers(8, () => 2), [1]],
      results,
      result: 0,
    };
    const found = arithmeticOf(one, 0, [2, 2, 2]);
    if (found.kind !== 'products') throw new Error(found.kind);
    expect(found.patches.map(({ channel, rows, columns, sum }) => [channel, rows, columns, sum])).toEqual([
      [0, 2, 2, 12],
      [1, 2, 2, 44],
    ]);
    expect(found.value).toBe(57);
  });

  test('formulas have their names and numbers', () => {
    const norm = onMap('batch_norm', [1, 1, 1], { epsilon: 0 }, [[3], [10], [5], [4]]);
    // 3 · (1 − 5) / √4 + 10
    expect(arithmeticOf(norm, 0)).toMatchObject({ text: 'γ · (x − μ) / √(σ² + ε) + β', value: 4 });
    // 1 2 3 4 have the mean 2.5 and the variance 1.25; 2 · (1 − 2.5) / √1.25 + 7.
    const group = onMap('group_norm', [2, 1, 2], { groups: 1, epsilon: 0 }, [
      [2, 5],
      [7, 11],
    ]);
    expect(arithmeticOf(group, 0)).toMatchObject({
      text: 'γ · (x − μ) / √(σ² + ε) + β',
      value: 7 - 3 / Math.sqrt(1.25),
      terms: [
        { name: 'x', value: 1, from: { operand: 0, at: 0 } },
        { name: 'μ, the mean of 4 numbers', value: 2.5 },
        { name: 'σ², their variance', value: 1.25 },
        { name: 'ε', value: 0 },
        { name: 'γ', value: 2 },
        { name: 'β', value: 7 },
      ],
    });
    expect(arithmeticOf(onMap('relu', [1, 1, 1], {}, []), 0)).toMatchObject({
      value: 1,
      terms: [{ name: 'x', value: 1 }],
    });
  });
});
