// Proposals as an editor takes them: what is written, and over what.

import type { Source } from '../../../grammar/source.ts';
import { paragraphOf } from '../../text/markdown.ts';
import type { CompletionItem, Range } from '../types.ts';
import type { Offer } from './offer.ts';

/** Signs that stand between spaces. */
const spaced: ReadonlySet<string> = new Set([
  ...[
    '->',
    '=',
    '==',
    '!=',
    '<',
    '<=',
    '>',
    '>=',
    '+',
    '*',
    '/',
    '%',
    '{',
    'as',
    'in',
    'from',
    'else',
    'if',
    'and',
    'or',
    'collect',
  ],
]);

/** The proposal in place of a range of the text, with the spaces that go with it. */
export function itemOf(offer: Offer, range: Range, source: Source): CompletionItem {
  const { text, kind, detail, doc, snippet, also } = offer;
  return {
    label: offer.label ?? text,
    kind,
    insert: offer.insert ?? withSpaces(text, source.text, range),
    range,
    ...(detail !== undefined && { detail }),
    ...(doc !== undefined && { markdown: paragraphOf(doc) }),
    ...(snippet && { snippet }),
    ...(also && { also }),
  };
}

function withSpaces(sign: string, text: string, { start, end }: Range): string {
  const isSpaced = spaced.has(sign);
  const before = isSpaced && start > 0 && !/\s/.test(text[start - 1]!) ? ' ' : '';
  const after = (isSpaced || sign === ',' || sign === ':') && !/^\s/.test(text.slice(end)) ? ' ' : '';
  return before + sign + after;
}

/** Whether a proposal is what a half word may become: it begins so, or has its letters in their order. */
export function matches(text: string, half: string): boolean {
  const [wanted, given] = [text.toLowerCase(), half.toLowerCase()];
  if (/^\d/.test(given)) return wanted.startsWith(given);
  let at = 0;
  for (const letter of wanted) if (letter === given[at]) at += 1;
  return wanted[0] === given[0] && at === given.length;
}
