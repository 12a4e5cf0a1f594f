// An expression of numbers as people write it: `x / (1 + exp(−x))`.

import type { BinaryFunction, ScalarExpression } from '../../../compiler/ir/scalar.ts';

/** `names` are those of x and of the operands 1, 2, …. */
export function expressionText(expression: ScalarExpression, names: readonly string[]): string {
  return written(expression, names, 0);
}

const signs: Readonly<Partial<Record<BinaryFunction, { readonly sign: string; readonly binds: number }>>> = {
  add: { sign: '+', binds: 1 },
  sub: { sign: '−', binds: 1 },
  mul: { sign: '·', binds: 2 },
  div: { sign: '/', binds: 2 },
};

/** In brackets where what stands around it binds more closely. */
function written(expression: ScalarExpression, names: readonly string[], around: number): string {
  const inner = (one: ScalarExpression, binds = 0): string => written(one, names, binds);
  switch (expression.kind) {
    case 'x':
      return names[0]!;
    case 'channel':
      return names[expression.operand]!;
    case 'constant':
      return numberText(expression.value);
    case 'unary':
      if (expression.function === 'sigmoid') {
        const text = `1 / (1 + exp(−${inner(expression.operand, 3)}))`;
        return around > 1 ? `(${text})` : text;
      }
      if (expression.function === 'neg') return `−${inner(expression.operand, 3)}`;
      return `${expression.function}(${inner(expression.operand)})`;
    case 'binary': {
      const found = signs[expression.function];
      if (!found) return `${expression.function}(${inner(expression.left)}, ${inner(expression.right)})`;
      const { sign, binds } = found;
      const text = `${inner(expression.left, binds)} ${sign} ${inner(expression.right, binds + 0.5)}`;
      return binds < around ? `(${text})` : text;
    }
    case 'less': {
      const { left, right, then, otherwise } = expression;
      const text = `${inner(then)} if ${inner(left)} < ${inner(right)}, else ${inner(otherwise)}`;
      return around > 0 ? `(${text})` : text;
    }
    default:
      return expression satisfies never;
  }
}

function numberText(value: number): string {
  return String(Number(value.toPrecision(6)))
    .replace('-', '−')
    .replace('Infinity', '∞');
}
