// The derivative of a scalar expression, symbolically. Where a function has a corner, it takes PyTorch's side: a minimum or maximum
// that equals its constant bound has the derivative 0, two that are equal pass half to either side, |x| has 0, and `less` takes
// the branch that its value comes from.

import type { ScalarExpression } from './scalar.ts';
import { add, constant, div, exp, less, mul, neg, sigmoid, sqrt, sub, tanh } from './scalar.ts';

/** What is differentiated by: `x`, or the operand of that number. */
export type Variable = 'x' | number;

/** ∂expression/∂variable, simplified where a factor is 0 or 1. */
export function derivative(expression: ScalarExpression, by: Variable = 'x'): ScalarExpression {
  switch (expression.kind) {
    case 'x':
      return constant(by === 'x' ? 1 : 0);
    case 'channel':
      return constant(expression.operand === by ? 1 : 0);
    case 'constant':
      return constant(0);
    case 'unary':
      return times(outer(expression), derivative(expression.operand, by));
    case 'binary':
      return ofBinary(expression, by);
    case 'less': {
      const [then, otherwise] = [derivative(expression.then, by), derivative(expression.otherwise, by)];
      if (sameConstant(then, otherwise)) return then;
      return less(expression.left, expression.right, then, otherwise);
    }
    default:
      return expression satisfies never;
  }
}

/** The derivative of a function by its operand. */
function outer({ function: name, operand }: Extract<ScalarExpression, { kind: 'unary' }>): ScalarExpression {
  switch (name) {
    case 'neg':
      return constant(-1);
    case 'abs':
      return less(constant(0), operand, constant(1), less(operand, constant(0), constant(-1), constant(0)));
    case 'exp':
      return exp(operand);
    case 'log':
      return div(constant(1), operand);
    case 'sqrt':
      return div(constant(0.5), sqrt(operand));
    case 'tanh':
      return sub(constant(1), mul(tanh(operand), tanh(operand)));
    case 'sigmoid':
      return mul(sigmoid(operand), sub(constant(1), sigmoid(operand)));
    case 'erf':
      return mul(constant(2 / Math.sqrt(Math.PI)), exp(neg(mul(operand, operand))));
    case 'floor':
      return constant(0);
    default:
      return name satisfies never;
  }
}

function ofBinary(
  { function: name, left, right }: Extract<ScalarExpression, { kind: 'binary' }>,
  by: Variable,
): ScalarExpression {
  const [a, b] = [derivative(left, by), derivative(right, by)];
  switch (name) {
    case 'add':
      return plus(a, b);
    case 'sub':
      return isConstant(b, 0) ? a : isConstant(a, 0) ? times(constant(-1), b) : sub(a, b);
    case 'mul':
      return plus(times(a, right), times(left, b));
    case 'div': {
      const first = isConstant(a, 0) ? constant(0) : div(a, right);
      return isConstant(b, 0) ? first : minus(first, div(times(left, b), mul(right, right)));
    }
    case 'min':
      return chosen([left, a], [right, b], left, right);
    case 'max':
      return chosen([left, a], [right, b], right, left);
    default:
      return name satisfies never;
  }
}

type WithDerivative = readonly [operand: ScalarExpression, derivative: ScalarExpression];

/** The first one's where small < large, else the second one's; where they are equal, the constant's, or the middle of both. */
function chosen(
  [first, a]: WithDerivative,
  [second, b]: WithDerivative,
  small: ScalarExpression,
  large: ScalarExpression,
): ScalarExpression {
  if (sameConstant(a, b)) return a;
  if (second.kind === 'constant') return less(small, large, a, b);
  if (first.kind === 'constant') return less(large, small, b, a);
  return less(small, large, a, less(large, small, b, times(constant(0.5), plus(a, b))));
}

const isConstant = (expression: ScalarExpression, value: number): boolean =>
  expression.kind === 'constant' && expression.value === value;

const sameConstant = (a: ScalarExpression, b: ScalarExpression): boolean =>
  a.kind === 'constant' && isConstant(b, a.value);

function plus(a: ScalarExpression, b: ScalarExpression): ScalarExpression {
  if (isConstant(a, 0)) return b;
  return isConstant(b, 0) ? a : fold(a, b, (x, y) => x + y, add);
}

const minus = (a: ScalarExpression, b: ScalarExpression): ScalarExpression =>
  isConstant(a, 0) ? times(constant(-1), b) : sub(a, b);

function times(a: ScalarExpression, b: ScalarExpression): ScalarExpression {
  if (isConstant(a, 0) || isConstant(b, 0)) return constant(0);
  if (isConstant(a, 1)) return b;
  return isConstant(b, 1) ? a : fold(a, b, (x, y) => x * y, mul);
}

function fold(
  a: ScalarExpression,
  b: ScalarExpression,
  compute: (x: number, y: number) => number,
  otherwise: (x: ScalarExpression, y: ScalarExpression) => ScalarExpression,
): ScalarExpression {
  return a.kind === 'constant' && b.kind === 'constant' ? constant(compute(a.value, b.value)) : otherwise(a, b);
}
