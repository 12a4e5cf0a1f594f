// `nn.Sequential(nn.Conv2d(1, 6, 5), nn.Sigmoid())` is a chain: its parts stay as they are, and are joined with ->.

import type { CallStep, Expression } from '../../../../grammar/ast.ts';
import type { Edit, Fix } from '../../../../grammar/diagnostic.ts';

/** The fix that makes a chain of the parts of a sequence; undefined where these are no calls, or something stands between them. */
export function chainOfSequence(step: CallStep): Fix | undefined {
  const parts = partsOf(step);
  if (step.input || parts.length === 0 || parts.some(({ kind }) => kind !== 'call')) return undefined;
  const { source, start, end } = step.span;
  const edits: Edit[] = [];
  /** Replaces what the pattern finds between two places; false where it is not found. */
  const replace = (from: number, to: number, pattern: RegExp, text: string): boolean => {
    const found = pattern.exec(source.text.slice(from, to));
    if (!found) return false;
    const at = from + found.index;
    if (found[0] !== text) edits.push({ span: { source, start: at, end: at + found[0].length }, text });
    return true;
  };
  const [first, last] = [parts[0]!.span, parts.at(-1)!.span];
  // Comments stay where they are.
  const joined =
    replace(start, first.start, /^[\w.]+\((\s*\[)?(\s*$)?/, '') &&
    parts.slice(0, -1).every(({ span }, index) => replace(span.end, parts[index + 1]!.span.start, /^\s*,/, ' ->')) &&
    (replace(last.end, end, /^\s*,?\s*\]?\s*,?\s*\)$/, '') ||
      (replace(last.end, end, /^,?/, '') && replace(last.end + 1, end, /(?<=\n\s*)\]?\s*,?\s*\)$/, '')));
  return joined ? { message: 'leave out Sequential, and join its steps with ->', edits, safe: true } : undefined;
}

/** Arguments of PyTorch's, elements of the list of Keras's. */
function partsOf({ arguments: given = [] }: CallStep): readonly Expression[] {
  if (given.some(({ name }) => name)) return [];
  const values = given.map(({ value }) => value);
  return values.length === 1 && values[0]!.kind === 'list' ? values[0]!.items : values;
}
