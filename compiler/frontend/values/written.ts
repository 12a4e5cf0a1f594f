// Attributes and arguments as the source writes them.

import type { Argument } from '../../../grammar/ast.ts';
import type { Fix } from '../../../grammar/diagnostic.ts';
import type { Attribute } from '../../ir/graph.ts';
import type { AttributeSpec } from '../../ir/operator.ts';

/** As the source writes it: `2`, `2x3`, `(1, 0, 1, 0)`. */
export function formatAttribute(value: Attribute): string {
  if (!Array.isArray(value)) return typeof value === 'string' ? value : String(value);
  const list = value as readonly number[];
  if (list.length > 0 && list.every((extent) => extent === list[0]) && (list.length === 2 || list.length === 4))
    return String(list[0]);
  const [top, left, bottom, right] = list;
  if (list.length === 2 || (list.length === 4 && top === bottom && left === right)) return `${top}x${left}`;
  return `(${list.join(', ')})`;
}

/** The words that an attribute takes; they win over variables of the same name. */
export function wordsOf(spec: AttributeSpec): readonly string[] {
  return spec.type === 'choice' ? (spec.choices ?? []) : spec.type === 'padding' ? ['same'] : [];
}

/** Takes out the arguments from one to another, and the comma that goes with them. */
export function removal(given: readonly Argument[], first: number, last: number): Fix {
  const { source } = given[first]!.span;
  const start = first > 0 ? given[first - 1]!.span.end : given[first]!.span.start;
  const end = first === 0 && last < given.length - 1 ? given[last + 1]!.span.start : given[last]!.span.end;
  const what = source.text.slice(given[first]!.span.start, given[last]!.span.end);
  return { message: `leave out ${what}`, edits: [{ span: { source, start, end }, text: '' }] };
}
