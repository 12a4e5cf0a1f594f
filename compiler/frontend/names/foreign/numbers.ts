// Numbers one by one where an operator takes one argument, as PyTorch's methods do: `x.reshape(3, 32, 32)`, `x.permute(1, 2, 0)`.

import type { CallStep, Expression } from '../../../../grammar/ast.ts';
import type { Diagnostic } from '../../../../grammar/diagnostic.ts';
import { repair } from '../../../../grammar/diagnostic.ts';
import { textOf } from '../../../../grammar/source.ts';
import type { Operator } from '../../../ir/operator.ts';
import { problem, replacement } from '../../report.ts';
import { wordsOf } from '../../values/written.ts';

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

const sides = ['top', 'left', 'bottom', 'right'];

/** `pad(1, 1, 1, 1)` and `pad(left: 1, right: 2)`: the sides are one argument. */
export function sidesOneByOne(step: CallStep, operator: Operator): Diagnostic | undefined {
  const given = step.arguments ?? [];
  const [slot] = Object.values(operator.attributes);
  const four = given.length === 4 && given.every(({ name, value }) => !name && isInteger(value));
  const named = given.length > 0 && given.every(({ name }) => name && sides.includes(name.name));
  if (slot?.type !== 'padding' || !(four || named)) return undefined;
  const texts = named
    ? sides
        .map((side) => given.find(({ name }) => name?.name === side)?.value.span)
        .map((span) => (span ? textOf(span) : '0'))
    : given.map(({ span }) => textOf(span));
  const own = `${operator.name}((${texts.join(', ')}))`;
  return problem('argument/unknown', step.span, `the sides are one argument of \`${operator.name}\``, {
    found: textOf(step.span),
    expected: `a number, a size, or (${sides.join(', ')})`,
    fixes: [replacement(step.span, own, named ? own : `${own}, which are ${sides.join(', ')}`)],
  });
}

/** `pad(4, reflect)`: a word that another argument takes than the one in whose place it stands. */
export function wordWithoutName(
  step: CallStep,
  operator: Operator,
  isKnown: (name: string) => boolean,
): Diagnostic | undefined {
  const slots = Object.entries(operator.attributes);
  // Values that flow stand among these.
  if ((operator.arity?.max ?? 1) > 1) return undefined;
  for (const [at, { name, value }] of (step.arguments ?? []).entries()) {
    if (name || value.kind !== 'name' || isKnown(value.name)) continue;
    const [slot] = slots.find(([, spec]) => wordsOf(spec).includes(value.name)) ?? [];
    if (slot === undefined || slots[at]?.[0] === slot || value.name === 'same') continue;
    return problem('argument/unknown', value.span, `\`${value.name}\` is a word for \`${slot}\``, {
      found: value.name,
      expected: `${slot}: ${value.name}`,
      fixes: [repair(value.span, `${slot}: ${value.name}`)],
    });
  }
  return undefined;
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
