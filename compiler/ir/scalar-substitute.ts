// Puts an expression in the place of x.

import type { ScalarExpression } from './scalar.ts';

/** The expression with `value` wherever it has `x`. */
export function substitute(expression: ScalarExpression, value: ScalarExpression): ScalarExpression {
  const inside = (part: ScalarExpression): ScalarExpression => substitute(part, value);
  switch (expression.kind) {
    case 'x':
      return value;
    case 'channel':
    case 'constant':
      return expression;
    case 'unary':
      return { ...expression, operand: inside(expression.operand) };
    case 'binary':
      return { ...expression, left: inside(expression.left), right: inside(expression.right) };
    case 'less':
      return {
        ...expression,
        left: inside(expression.left),
        right: inside(expression.right),
        then: inside(expression.then),
        otherwise: inside(expression.otherwise),
      };
    default:
      return expression satisfies never;
  }
}
