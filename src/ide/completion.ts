// What may be written at the caret, the likeliest first: what the grammar and the names allow there, ranked by conventions, by
// the shape that flows, and by what followed the same tokens before.

import type { Analysis } from './analysis.ts';
import { caretAt } from './completion/caret.ts';
import type { Caret } from './completion/caret.ts';
import { expectedIn } from './completion/expected.ts';
import { importPathOffers } from './completion/imports.ts';
import { itemOf, matches } from './completion/items.ts';
import type { Offer } from './completion/offer.ts';
import { ranked, siteAt } from './completion/ranked.ts';
import { isReadable } from './readable.ts';
import type { CompletionItem, Range } from './types.ts';

/** Proposals for an offset of the text, which may be broken there. Never throws. */
export function completion(analysis: Analysis, offset: number): readonly CompletionItem[] {
  const { source } = analysis;
  if (!isReadable(analysis)) return [];
  const caret = caretAt(source, Math.max(0, Math.min(offset, source.text.length)));
  if (caret.comment) return [];
  if (caret.string) return strings(analysis, caret);
  return caret.word
    ? aroundWord(analysis, caret, caret.word)
    : following(analysis, caret).map((offer) => itemOf(offer, emptyAt(caret), source));
}

/** What may follow all that stands before the caret. */
function following(analysis: Analysis, caret: Caret): readonly Offer[] {
  return ranked(analysis, caret, caret.tokens.length, caret.offset);
}

const emptyAt = ({ offset }: Caret): Range => ({ start: offset, end: offset });

/** What the word at the caret may become; and the signs that may follow it, where it ends there. */
function aroundWord(analysis: Analysis, caret: Caret, word: NonNullable<Caret['word']>): readonly CompletionItem[] {
  const fitting = ranked(analysis, caret, caret.tokens.length - 1, word.start).filter(({ text }) =>
    matches(text, word.text),
  );
  const whole = fitting.filter(({ text }) => text === word.text);
  const longer = fitting.filter(({ text }) => text !== word.text);
  const signs = word.end === caret.offset ? following(analysis, caret).filter(({ text }) => /^\W/.test(text)) : [];
  const become = (offer: Offer): CompletionItem => itemOf(offer, { start: word.start, end: word.end }, caret.source);
  // A word that is whole is likelier to be left than to become another one.
  const shown = whole.length > 0 ? 2 : 6;
  return [
    ...[...whole, ...longer.slice(0, shown)].map(become),
    ...signs.map((offer) => itemOf(offer, emptyAt(caret), caret.source)),
    ...longer.slice(shown).map(become),
  ];
}

/** Inside a string: paths behind `from`, and nothing elsewhere. */
function strings(analysis: Analysis, caret: Caret): readonly CompletionItem[] {
  const { frame, ...site } = siteAt(analysis, caret, caret.tokens.slice(0, -1), caret.string!.start - 1);
  if (!expectedIn(frame, false).some(({ is }) => is === 'import-path')) return [];
  const { start, end, text } = caret.string!;
  return importPathOffers({ ...site, frame })
    .map(({ text: path }) => path.slice(1, -1))
    .filter((path) => path.startsWith(text))
    .map((path) => ({ label: path, kind: 'file', insert: path, range: { start, end } }));
}
