// Activations that claim never to fall: neighbours among all f32 numbers keep their order, in the f64 arithmetic of JavaScript, rounded
// once, and in f32 throughout, as kernels on vectors compute.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { scalarFunction } from '../../compiler/ir/scalar-evaluate.ts';
import { constant } from '../../compiler/ir/scalar.ts';
import type { ScalarExpression } from '../../compiler/ir/scalar.ts';
import { operatorOf } from '../../compiler/ir/signature.ts';
import { operators } from '../../compiler/ops/index.ts';
import { arbitraryOperatorCase, networkOperators } from '../support/arbitrary-operator.ts';

const claiming = networkOperators.flatMap((name) => {
  const { monotone } = operatorOf(operators, name);
  const attributes = fc.sample(arbitraryOperatorCase([name]), { numRuns: 20, seed: 1 }).map((one) => one.attributes);
  return attributes.some((one) => monotone?.(one) === 'exact') ? [name] : [];
});
const finite = fc.float({ noNaN: true, noDefaultInfinity: true });

test.each(claiming)('%s', (name) => {
  const operator = operatorOf(operators, name);
  fc.assert(
    fc.property(arbitraryOperatorCase([name]), fc.array(finite, { minLength: 20, maxLength: 20 }), (one, numbers) => {
      if (operator.monotone!(one.attributes) !== 'exact') return;
      const expression = operator.pointwise!(one.attributes);
      for (const x of numbers) {
        const next = above(x);
        for (const value of [inDoubles(expression), (at: number) => inSingles(expression, at)])
          expect(value(next), `f(${next}) after f(${x}), with ${JSON.stringify(one.attributes)}`).not.toBeLessThan(
            value(x),
          );
      }
    }),
  );
});

/** The next f32. */
function above(x: number): number {
  const bits = new Int32Array(Float32Array.of(x === 0 ? 0 : x).buffer);
  bits[0]! += x < 0 ? -1 : 1;
  return new Float32Array(bits.buffer)[0]!;
}

const inDoubles = (expression: ScalarExpression) => (x: number) => Math.fround(scalarFunction(expression)(x, []));

/** Each result rounded to f32: of one operation in f64 that is the operation in f32. */
function inSingles(expression: ScalarExpression, x: number): number {
  const known = (part: ScalarExpression): ScalarExpression => constant(inSingles(part, x));
  const rounded = (part: ScalarExpression): number => Math.fround(scalarFunction(part)(x, []));
  switch (expression.kind) {
    case 'unary':
      return rounded({ ...expression, operand: known(expression.operand) });
    case 'binary':
      return rounded({ ...expression, left: known(expression.left), right: known(expression.right) });
    case 'less': {
      const { left, right, then, otherwise } = expression;
      return inSingles(left, x) < inSingles(right, x) ? inSingles(then, x) : inSingles(otherwise, x);
    }
    default:
      return rounded(expression);
  }
}
