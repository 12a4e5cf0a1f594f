// The references of all operators against PyTorch, 200 random cases each: attributes, shapes, images. Both compute in f64, so
// that only the order of sums differs. test/property/pytorch.test.ts compares what is compiled.

import { describe, expect, test } from 'vitest';
import { operatorOf } from '../../compiler/ir/signature.ts';
import { operators } from '../../compiler/ops/index.ts';
import { networkOperators, operandsOf } from '../support/arbitrary-operator.ts';
import { deviations, hasPytorchCases, operatorCase, pytorchCases } from '../support/pytorch.ts';

/** Operators that PyTorch has no counterpart of, and what tests them instead. */
const without: ReadonlyMap<string, string> = new Map();

const tolerance = 1e-10;

test('every operator has cases, or a reason to have none', () => {
  const uncovered = networkOperators.filter((op) => !hasPytorchCases(op) && !without.has(op));
  expect(uncovered, 'add them to test/fixtures/pytorch/generate.py and run it').toEqual([]);
});

describe.each([...operators.keys()].filter(hasPytorchCases))('%s', (op) => {
  const { cases, special } = pytorchCases(op);
  const operator = operatorOf(operators, op);

  test('agrees with PyTorch', () => {
    expect(cases.length).toBeGreaterThanOrEqual(200);
    const problems = cases.flatMap((one) => {
      const { inputs, attributes } = operatorCase(op, one);
      const operands = operandsOf({ op, inputs, inputShapes: [], attributes }, one.batch, one.seed);
      const results = operator.reference(operands, attributes, inputs);
      return deviations(results, one.results, tolerance).map((text) => `${JSON.stringify(one)}: ${text}`);
    });
    expect(problems.slice(0, 3)).toEqual([]);
  });

  test.runIf(special)('has the same infinities, NaNs, zeros and large numbers', () => {
    const numbers = (texts: readonly string[]): readonly number[] =>
      texts.map((text) => Number(text.replace('inf', 'Infinity')));
    const values = numbers(special!.values);
    const { attributes, inputs } = operatorCase(op, { ...special!, inputs: [{ shape: [values.length] }] });
    const [result] = operator.reference(
      [{ shape: [1, values.length], data: Float64Array.from(values) }],
      attributes,
      inputs,
    );
    expect([...result!.data].map((value, at) => [values[at], near(value, numbers(special!.results)[at]!)])).toEqual(
      values.map((value, at) => [value, numbers(special!.results)[at]]),
    );
  });
});

/**
 * `expected` where `found` is nearly that. PyTorch's zeros have either sign, and its e^x − 1 loses what is as small as 1e-40; NaN and
 * infinities must be the same.
 */
function near(found: number, expected: number): number {
  return found === expected || Math.abs(found - expected) <= 1e-9 * Math.abs(expected) + 2e-40 ? expected : found;
}
