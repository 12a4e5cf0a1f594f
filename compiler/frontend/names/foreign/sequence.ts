// `nn.Sequential(nn.Conv2d(1, 6, 5), nn.Sigmoid())` is a chain: its parts stay as they are, and are joined with ->.

import type { CallStep, Expression } from '../../../../grammar/ast.ts';
import type { Edit, Fix } from '../../../../grammar/diagnostic.ts';
import type { Source } from '../../../../grammar/source.ts';

/** The fix that makes a chain of the parts of a sequence; undefined where these are no calls, or something stands between them. */
export function chainOfSequence(step: CallStep): Fix | undefined {
  const parts = partsOf(step);
  if (step.input || parts.length === 0 || parts.some(({ kind }) => kind !== 'call')) return undefined;
  const { source, start, end } = step.span;
  const opening = source.text.slice(start, parts[0]!.span.start);
  const [opened] = /^[\w.]+\((\s*\[)?/.exec(opening) ?? [];
  const closing = closingEdits(source, parts.at(-1)!.span.end, end);
  if (opened === undefined || !closing) return undefined;
  // Comments stay where they are.
  const until = opening.slice(opened.length).trim() === '' ? opening.length : opened.length;
  const edits: Edit[] = [{ span: { source, start, end: start + until }, text: '' }];
  for (const [index, { span }] of parts.slice(0, -1).entries()) {
    const between = source.text.slice(span.end, parts[index + 1]!.span.start);
    const comma = between.indexOf(',');
    if (comma < 0 || between.slice(0, comma).trim() !== '') return undefined;
    edits.push({ span: { source, start: span.end, end: span.end + comma + 1 }, text: ' ->' });
  }
  return { message: 'leave out Sequential, and join its steps with ->', edits: [...edits, ...closing], safe: true };
}

/** Arguments of PyTorch's, elements of the list of Keras's. */
function partsOf({ arguments: given = [] }: CallStep): readonly Expression[] {
  if (given.some(({ name }) => name)) return [];
  const values = given.map(({ value }) => value);
  return values.length === 1 && values[0]!.kind === 'list' ? values[0]!.items : values;
}

/** Takes out what closes the sequence behind its last part: a trailing comma and the brackets, but no comment before these. */
function closingEdits(source: Source, start: number, end: number): readonly Edit[] | undefined {
  const text = source.text.slice(start, end);
  const last = isClosing(text) ? 0 : text.lastIndexOf('\n');
  const comma = text.startsWith(',') ? 1 : 0;
  const comments = text.slice(comma, Math.max(0, last)).split('\n');
  const isComment = comments.every((line) => /^(#|\/\/|$)/.test(line.trim()));
  if (last < 0 || !isClosing(text.slice(last)) || !isComment) return undefined;
  const brackets: Edit = { span: { source, start: start + last, end }, text: '' };
  return last === 0 || comma === 0 ? [brackets] : [{ span: { source, start, end: start + 1 }, text: '' }, brackets];
}

function isClosing(text: string): boolean {
  return /^,?\]?,?\)$/.test(text.replaceAll(/\s/g, ''));
}
