// Numbers one by one where an operator takes one argument, as PyTorch's methods do: `x.reshape(3, 32, 32)`, `x.permute(1, 2, 0)`.

import type { CallStep, Expression } from '../../../../grammar/ast.ts';
import type { Diagnostic } from '../../../../grammar/diagnostic.ts';
import { textOf } from '../../../../grammar/source.ts';
import type { Operator } from '../../../ir/operator.ts';
import { problem, replacement } from '../../report.ts';

/** What is wrong with such a call; undefined where it is none. */
export function numbersOneByOne(step: CallStep, operator: Operator): Diagnostic | undefined {
  const given = step.arguments ?? [];
  const [slot, ...others] = Object.values(operator.attributes);
  if (!slot || others.length > 0 || given.length === 0 || given.some(({ name }) => name)) return undefined;
  const values = given.map(({ value }) => value);
  const { type, choices = [] } = slot;
  const axes = type === 'choice' ? axesIn(values) : undefined;
  const isList = type === 'ints' && values.length > 1 && values.every(isInteger);
  if (!isList && (axes === undefined || !choices.includes(axes))) return undefined;
  const own = `${operator.name}(${isList ? `[${values.map(({ span }) => textOf(span)).join(', ')}]` : axes})`;
  return problem('argument/unknown', step.span, `the arguments of \`${operator.name}\` are written in another way`, {
    found: textOf(step.span),
    expected: isList ? 'a list' : `one of ${choices.join(', ')}`,
    notes: [`${isList ? 'the shape is one list, and' : 'axes have letters, and'} the batch axis is never written`],
    fixes: [replacement(step.span, own)],
  });
}

/** `1, 2, 0`, `(1, 2, 0)` and, with the batch axis, `0, 2, 3, 1` as letters: `hwc`. */
function axesIn(values: readonly Expression[]): string | undefined {
  const [first] = values;
  const items = values.length === 1 && (first!.kind === 'tuple' || first!.kind === 'list') ? first!.items : values;
  if (!items.every(isInteger)) return undefined;
  const numbers = items.map(({ span }) => Number(textOf(span)));
  const axes = numbers.length === 4 && numbers[0] === 0 ? numbers.slice(1).map((axis) => axis - 1) : numbers;
  return axes.length === 3 ? axes.map((axis) => 'chw'[axis] ?? '').join('') : undefined;
}

function isInteger({ span }: Expression): boolean {
  return /^-?\d+$/.test(textOf(span));
}
