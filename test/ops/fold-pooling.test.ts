// Operators that fold windows: norms by hand, and two operators that only this file has, the least pixel and the logarithm of a sum
// of exponentials, which go through the compiler as one of the language would.

import { afterAll, describe, expect, test } from 'vitest';
import { constant, exp, log, neg, x } from '../../compiler/ir/scalar.ts';
import { storedAttributes } from '../../compiler/ir/signature.ts';
import { tensorType } from '../../compiler/ir/tensor-type.ts';
import { defineFoldPooling } from '../../compiler/ops/fold-pooling.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Attributes } from '../../compiler/ir/graph.ts';
import type { Operator } from '../../compiler/ir/operator.ts';
import { disagreements } from '../support/agreement.ts';
import { apply } from '../support/apply-operator.ts';
import { operandsOf } from '../support/arbitrary-operator.ts';
import type { OperatorCase } from '../support/arbitrary-operator.ts';
import { gradientErrors, gradientGraph, runGradient } from '../support/gradient-check.ts';
import { caseGraph } from '../support/operator-graph.ts';

const minPool = defineFoldPooling({
  name: 'min_pool',
  reduces: 'max',
  fold: () => ({ term: neg(x), finish: neg(x) }),
  finishSlope: () => constant(-1),
});
const smoothPool = defineFoldPooling({
  name: 'smooth_pool',
  reduces: 'sum',
  fold: () => ({ term: exp(x), finish: log(x) }),
  finishSlope: () => exp(neg(x)),
});

// As a line in the list of operators does it, for this file.
const table = operators as Map<string, Operator>;
const defined = [minPool, smoothPool].flatMap((one) => [one, ...one.companions!]);
const added = defined.filter(({ name }) => !table.has(name));
for (const one of added) table.set(one.name, one);
afterAll(() => added.forEach(({ name }) => table.delete(name)));

const caseOf = (op: string, written: Attributes, shape: readonly number[] = [5, 7, 6]): OperatorCase => {
  const inputs = [tensorType(shape)];
  return {
    op,
    inputs,
    inputShapes: [shape],
    attributes: storedAttributes(operators.get(op)!, { padding: 0, ceil: false, ...written }, inputs),
  };
};

const row = (...values: readonly number[]) => [[values]];

describe('lp_pool', () => {
  test.each<[Attributes, readonly number[], readonly number[]]>([
    [{ kernel: [1, 2] }, [3, -4, 5, 12], [5, 13]],
    [{ kernel: [1, 2], p: 1 }, [3, -4, 5, 12], [7, 17]],
    [{ kernel: [1, 3], p: 3 }, [-3, 4, 5], [6]],
    [{ kernel: [1, 2], p: 4 }, [0, -7], [7]],
    // 15^2 + 20^2 = 25^2, and padding adds nothing.
    [{ kernel: [1, 3], stride: 1, padding: [0, 1] }, [15, 20, 0], [25, 25, 20]],
    // A window that overhangs has the pixels that it has.
    [{ kernel: [1, 2], ceil: true }, [3, 4, -2], [5, 2]],
    [{ kernel: [1, 2], p: 5 }, [0, 0, NaN, 1], [0, NaN]],
    [{ kernel: [1, 2], p: 6 }, [-Infinity, 1], [Infinity]],
  ])('%o of %o is %o', (attributes, pixels, expected) => {
    const [[[found]]] = apply('lp_pool', row(...pixels), attributes) as [[[number[]]]];
    const rounded = found.map((value) => Number(value.toFixed(12)));
    expect(rounded).toEqual(expected);
  });

  // dx = sign(x) |x|^(p − 1) y^(1 − p) · dy.
  test.each<[number, readonly number[], readonly number[]]>([
    [2, [3, -4], [0.6, -0.8]],
    [1, [3, -4], [1, -1]],
    [1, [0, 2], [0, 1]],
    [2, [0, 0], [0, 0]],
    [3, [0, 0], [0, 0]],
    [7, [-5, 0], [-1, 0]],
  ])('with p = %i the slopes at %o are %o', (p, pixels, expected) => {
    const made = gradientGraph(caseOf('lp_pool', { kernel: [1, 2], p }, [1, 1, 2]));
    const values = runGradient(made, [{ shape: [1, 1, 1, 2], data: Float64Array.from(pixels) }], 1, 4);
    const dy = values.get('dy0')![0]!;
    [...values.get('d0')!].forEach((value, at) => expect(value / dy).toBeCloseTo(expected[at]!, 12));
  });
});

describe('the least pixel and the logarithm of a sum of exponentials', () => {
  const windows: readonly Attributes[] = [
    { kernel: 2 },
    { kernel: 3, stride: 2, padding: 1 },
    { kernel: [6, 5], stride: 1, padding: [3, 1] },
    { kernel: 2, ceil: true },
  ];
  const all = [minPool, smoothPool].flatMap(({ name }) => windows.map((attributes) => caseOf(name, attributes)));

  test('by hand', () => {
    expect(apply('min_pool', row(3, 1, -2, 5), { kernel: [1, 2] })).toEqual([row(1, -2)]);
    const [[[found]]] = apply('smooth_pool', row(Math.log(2), Math.log(3)), { kernel: [1, 2] }) as [[[number[]]]];
    expect(found[0]).toBeCloseTo(Math.log(5), 12);
  });

  test.each(all)('$op $attributes is compiled for both targets', async (one) => {
    const { graph, feeds } = caseGraph(one, 2, 11, []);
    expect(await disagreements(graph, feeds, { target: 'js' }, 1e-6)).toEqual([]);
    expect(await disagreements(graph, feeds, { target: 'wasm' }, 2e-6)).toEqual([]);
  });

  test.each(all)('$op $attributes has the gradient of central differences', (one) => {
    expect(gradientErrors(one, operandsOf(one, 2, 9), 2, 9)).toEqual([]);
  });
});
