// What every operator has to keep to, whatever it computes.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fullShape } from '../../compiler/ir/interpret.ts';
import { inferNode, operatorOf, storedAttributes } from '../../compiler/ir/signature.ts';
import { scalarFunction } from '../../compiler/ir/scalar-evaluate.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { describedAttributes, summaryOf } from '../../compiler/ops/texts.ts';
import { arbitraryOperatorCase, networkOperators, operandsOf } from '../support/arbitrary-operator.ts';

const all = networkOperators.map((name) => operatorOf(operators, name));

/** Made by passes only, of values that have no batch axis. */
const ofWeights: ReadonlySet<string> = new Set(['weight_matmul', 'reduce_sum', 'weight_slice']);

describe.each(all)('$name', (operator) => {
  test('the reference has the shapes that infer says, at any batch', () => {
    fc.assert(
      fc.property(arbitraryOperatorCase([operator.name]), fc.integer({ min: 1, max: 3 }), (candidate, batch) => {
        const { inputs, attributes } = candidate;
        const { results } = inferNode(operator, inputs, attributes);
        const computed = operator.reference(operandsOf(candidate, batch), attributes, inputs);
        expect(computed.map(({ shape }) => shape)).toEqual(results!.map((type) => fullShape(type, batch)));
        for (const { shape, data } of computed) {
          expect(data.length).toBe(sizeOf(shape));
          expect(data.every((value) => Number.isFinite(value))).toBe(true);
        }
      }),
    );
  });

  test.skipIf(ofWeights.has(operator.name))('images of a batch do not see each other', () => {
    fc.assert(
      fc.property(
        arbitraryOperatorCase([operator.name]).filter(({ inputs }) => inputs.every(({ batched }) => batched)),
        (candidate) => {
          const { inputs, attributes } = candidate;
          const operands = operandsOf(candidate, 2);
          const both = operator.reference(operands, attributes, inputs);
          const second = operands.map((operand, index) =>
            index < inputs.length
              ? { shape: [1, ...operand.shape.slice(1)], data: operand.data.slice(operand.data.length / 2) }
              : operand,
          );
          const alone = operator.reference(second, attributes, inputs);
          expect(alone.map(({ data }) => data)).toEqual(both.map(({ data }) => data.slice(data.length / 2)));
        },
      ),
    );
  });

  test('on any shapes infer gives results or one report, and never throws', () => {
    const shape = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 });
    const input = fc.record({ shape, batched: fc.boolean(), element: fc.constant('f32' as const) });
    const { min, max } = operator.arity ?? { min: 1, max: 1 };
    const inputs = fc.array(input, { minLength: min, maxLength: Math.min(max, 4) });
    fc.assert(
      fc.property(arbitraryOperatorCase([operator.name]), inputs, ({ attributes }, types) => {
        const { results, problems } = inferNode(operator, types, storedAttributes(operator, attributes, types));
        expect(problems.length).toBe(results ? 0 : 1);
      }),
    );
  });

  test('stored attributes stay as they are when stored again', () => {
    fc.assert(
      fc.property(arbitraryOperatorCase([operator.name]), ({ inputs, attributes }) => {
        expect(storedAttributes(operator, attributes, inputs)).toEqual(attributes);
      }),
    );
  });

  test('its optional rules answer for every valid case', () => {
    fc.assert(
      fc.property(arbitraryOperatorCase([operator.name]), ({ inputs, attributes }) => {
        const { results } = inferNode(operator, inputs, attributes);
        const window = operator.window?.(attributes, inputs);
        const numbers = window ? [...window.kernel, ...window.stride, ...window.padding, ...window.dilation] : [];
        expect(numbers.every(Number.isFinite)).toBe(true);
        expect(Number.isSafeInteger(operator.macs?.(attributes, inputs, results!) ?? 0)).toBe(true);
        expect(operator.describe?.(attributes) ?? operator.name).toMatch(new RegExp(`^${operator.name}`));
        expect(operator.explain?.(attributes, inputs) ?? '').not.toMatch(/NaN|undefined|Infinity/);
      }),
    );
  });

  test('numbers its constraints from C1 and says them as one sentence', () => {
    expect(Object.keys(operator.constraints)).toEqual(
      Object.keys(operator.constraints).map((_, index) => `C${index + 1}`),
    );
    for (const sentence of Object.values(operator.constraints)) expect(sentence).toMatch(/^[a-z`].*[^.]$/);
    // Nobody sees one of those that a file cannot name.
    if (operator.internal) return expect(summaryOf(operator)).toBe('');
    expect(summaryOf(operator)).toMatch(/\.$/);
    for (const { doc } of Object.values(describedAttributes(operator))) expect(doc).toMatch(/\.$/);
  });
});

test('pointwise expressions compute what the references do', () => {
  const pointwise = all.filter((operator) => operator.pointwise).map(({ name }) => name);
  expect(pointwise).toContain('relu');
  fc.assert(
    fc.property(arbitraryOperatorCase(pointwise), (candidate) => {
      const { op, inputs, attributes } = candidate;
      const operator = operators.get(op)!;
      const [x, ...channels] = operandsOf(candidate, 2);
      const apply = scalarFunction(operator.pointwise!(attributes));
      const { shape } = inputs[0]!;
      const [count, inner] = shape.length === 2 ? [shape[1]!, 1] : [shape[0]!, sizeOf(shape.slice(1))];
      const expected = x!.data.map((value, index) => {
        const channel = Math.floor(index / inner) % count;
        return apply(value, [NaN, ...channels.map(({ data }) => data[channel] ?? data[0]!)]);
      });
      expect(operator.reference([x!, ...channels], attributes, inputs)[0]!.data).toEqual(expected);
    }),
  );
});
