// Lowers the scalar expressions in which elementwise operators are defined to kernel IR, in the numbers of a target.

import type { BinaryFunction, ScalarExpression } from '../ir/scalar.ts';
import { isTimesSigmoid } from '../ir/scalar.ts';
import type { BlockBuilder } from '../kernel/builder.ts';
import { fadd, fdiv, fmax, fmin, fmul, fsub, lt, numberOf, pmax, pmin, select, unary } from '../kernel/builder.ts';
import type { Expression } from '../kernel/ir.ts';
import { erf, exp, log, tanh } from './functions.ts';
import type { Numbers } from './numbers.ts';

/** `channels[i]` is the value of operand i + 1 at this channel. */
export function lowerScalar(
  k: BlockBuilder,
  v: Numbers,
  expression: ScalarExpression,
  x: Expression,
  channels: readonly Expression[] = [],
): Expression {
  return lowerScalars(k, v, [expression], x, channels)[0]!;
}

/** Several expressions of the same numbers. Parts that are one object are computed once. */
export function lowerScalars(
  k: BlockBuilder,
  v: Numbers,
  expressions: readonly ScalarExpression[],
  x: Expression,
  channels: readonly Expression[] = [],
): readonly Expression[] {
  const repeated = repeatedParts(expressions);
  const known = new Map<ScalarExpression, Expression>();
  const lower = (part: ScalarExpression): Expression => {
    if (!repeated.has(part)) return compute(part);
    const value = known.get(part) ?? k.let('r', compute(part));
    known.set(part, value);
    return value;
  };
  const compute = (part: ScalarExpression): Expression => {
    switch (part.kind) {
      case 'x':
        return x;
      case 'channel':
        return channels[part.operand - 1]!;
      case 'constant':
        return numberOf(x.type, part.value);
      case 'unary': {
        const operand = k.let('u', lower(part.operand));
        const name = part.function;
        switch (name) {
          case 'exp':
            return exp(operand);
          case 'log':
            return log(operand);
          case 'tanh':
            return tanh(operand);
          case 'sigmoid':
            return v.sigmoid(operand);
          case 'erf':
            return erf(operand);
          case 'neg':
          case 'abs':
          case 'sqrt':
          case 'floor':
            return unary(name, operand);
          default:
            return name satisfies never;
        }
      }
      case 'binary':
        if (isTimesSigmoid(part)) return v.silu(k.let('u', lower(part.left)));
        return arithmetic(part.function, lower(part.left), lower(part.right));
      case 'less':
        return k.let('v', select(lt(lower(part.left), lower(part.right)), lower(part.then), lower(part.otherwise)));
      default:
        return part satisfies never;
    }
  };
  return expressions.map(lower);
}

/** Parts that stand in more than one place. */
function repeatedParts(expressions: readonly ScalarExpression[]): ReadonlySet<ScalarExpression> {
  const seen = new Set<ScalarExpression>();
  const repeated = new Set<ScalarExpression>();
  const visit = (part: ScalarExpression): void => {
    if (seen.has(part)) return void repeated.add(part);
    seen.add(part);
    partsOf(part).forEach(visit);
  };
  expressions.forEach(visit);
  return repeated;
}

function partsOf(expression: ScalarExpression): readonly ScalarExpression[] {
  switch (expression.kind) {
    case 'x':
    case 'channel':
    case 'constant':
      return [];
    case 'unary':
      return [expression.operand];
    case 'binary':
      return [expression.left, expression.right];
    case 'less':
      return [expression.left, expression.right, expression.then, expression.otherwise];
    default:
      return expression satisfies never;
  }
}

const operations = { add: fadd, sub: fsub, mul: fmul, div: fdiv, min: fmin, max: fmax } as const;

/**
 * Against a constant, a vector's minimum is one instruction, and keeps NaN all the same. Of two zeros it takes the value, so that a
 * maximum with +0 needs an addition to have no −0.
 */
function arithmetic(name: BinaryFunction, left: Expression, right: Expression): Expression {
  const isLimit = left.type === 'f32x4' && (left.kind === 'constant' || right.kind === 'constant');
  if (!isLimit || (name !== 'min' && name !== 'max')) return operations[name](left, right);
  const [value, limit] = right.kind === 'constant' ? [left, right] : [right, left];
  const isZero = limit.kind === 'constant' && limit.value === 0;
  if (name === 'min') return isZero ? fmin(value, limit) : pmin(value, limit);
  const larger = pmax(value, limit);
  return isZero && Object.is(limit.value, 0) ? fadd(larger, limit) : larger;
}
