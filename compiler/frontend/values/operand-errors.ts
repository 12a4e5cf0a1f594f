// Mistakes about operands: a value that an operator does not take, an item that is not there.

import { repair } from '../../../grammar/diagnostic.ts';
import type { Fix } from '../../../grammar/diagnostic.ts';
import type { Span } from '../../../grammar/source.ts';
import { problem } from '../report.ts';
import type { Evaluation } from './evaluation.ts';
import { describeKind, formatValue } from './types.ts';
import type { Value } from './types.ts';

/** `type/operand`: the operator needs something else than the value. */
export function wrong(span: Span, operator: string, expected: string, value: Value, at: Evaluation): undefined {
  at.report(
    problem('type/operand', span, `\`${operator}\` needs ${expected}`, {
      found: `${formatValue(value)}, ${describeKind(value)}`,
      expected,
      fixes: numeric(span, value, expected),
    }),
  );
}

/** `type/operand` with a repair: `pair[0]` of a tuple, `list.0` of a list. */
export function otherParts(
  span: Span,
  operator: string,
  value: Value,
  message: string,
  text: string,
  at: Evaluation,
): undefined {
  at.report(
    problem('type/operand', span, message, {
      found: `${operator} of ${describeKind(value)}`,
      expected: text,
      fixes: [repair(span, text)],
    }),
  );
}

/** `"3"` where 3 was meant. */
function numeric(span: Span, value: Value, expected: string): readonly Fix[] {
  if (expected === 'a number' && value.kind === 'string' && /^\d+(\.\d+)?$/.test(value.value.trim()))
    return [repair(span, value.value.trim())];
  return [{ message: `write ${expected} here` }];
}

/** `value/index`: a list or tuple has no such item. */
export function outside(
  index: number,
  value: Extract<Value, { items: readonly Value[] }>,
  span: Span,
  at: Evaluation,
): undefined {
  const count = value.items.length;
  const fromEnd = value.kind === 'list' ? `, or -${count} to -1 from the end` : '';
  at.report(
    problem('value/index', span, `the ${value.kind} has no item ${index}`, {
      found: `${index}`,
      expected: count === 0 ? 'nothing: it is empty' : count === 1 ? '0' : `0 to ${count - 1}${fromEnd}`,
      fixes: [{ message: count === 0 ? 'put an item into it' : `the last item is ${count - 1}: items count from 0` }],
    }),
  );
}
