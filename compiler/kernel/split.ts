// Shares the parallel loops of a kernel among threads: part `part` of `parts` runs a contiguous range of each loop's
// iterations. What an iteration computes does not depend on how many parts there are.

import { add, asExpression, div, i32, max, min, mul, rem, sub } from './builder.ts';
import type { Expression, Kernel, Statement, Variable } from './ir.ts';

/** The kernel with two more parameters, the part and the number of parts; each parallel loop runs the part's range. */
export function splitLoops(kernel: Kernel): Kernel {
  const part: Variable = { name: 'part', type: 'i32' };
  const parts: Variable = { name: 'parts', type: 'i32' };
  const read = (variable: Variable): Expression => ({ kind: 'variable', type: 'i32', variable });
  const split = (statement: Statement): Statement => {
    if (statement.kind === 'if')
      return { ...statement, then: statement.then.map(split), otherwise: statement.otherwise.map(split) };
    if (statement.kind !== 'for') return statement;
    const { from, to, step, mode } = statement;
    if (mode === 'serial') return { ...statement, body: statement.body.map(split) };
    const span = sub(to, from);
    const isConstant = span.kind === 'constant';
    const count = div(add(isConstant ? i32(Math.max(0, span.value)) : max(span, 0), step - 1), step);
    const bound = (at: Expression): Expression => add(mul(share(at, count, read(parts)), step), from);
    return { ...statement, from: bound(read(part)), to: bound(add(asExpression(read(part)), 1)) };
  };
  return { ...kernel, parameters: [...kernel.parameters, part, parts], body: kernel.body.map(split) };
}

/** ⌊at · count / parts⌋, or where that product could leave 32 bits, another division of the same count: the first parts get one more. */
function share(at: Expression, count: Expression, parts: Expression): Expression {
  if (count.kind !== 'constant' || count.value < 2 ** 32 / (2 * MAX_PARTS)) return div(mul(at, count), parts);
  return add(mul(at, div(count, parts)), min(at, rem(count, parts)));
}

const MAX_PARTS = 64;
