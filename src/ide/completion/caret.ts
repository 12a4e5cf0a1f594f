// Where the caret stands: the tokens before it, and the word that is being written.

import { withDefinitionWords } from '../../../grammar/definition-words.ts';
import type { Lexed } from '../../../grammar/lex.ts';
import { withSoftKeywords } from '../../../grammar/soft-keywords.ts';
import type { Source } from '../../../grammar/source.ts';
import {
  Identifier,
  Keyword,
  MalformedNumber,
  NumberLiteral,
  SizeLiteral,
  TupleIndex,
  tokenize,
  UnclosedComment,
  UnclosedString,
  Wildcard,
} from '../../../grammar/tokens.ts';
import type { Range } from '../types.ts';

export type Token = Lexed['tokens'][number];

export interface Caret {
  readonly source: Source;
  readonly offset: number;
  /** All before the caret, the word that touches it among them. Comments are left out. */
  readonly tokens: readonly Token[];
  /** The word or number at the caret, with what of it stands behind. */
  readonly word?: Range & { readonly text: string };
  /** A string that is being written: its range without the quotation marks. */
  readonly string?: Range & { readonly text: string };
  /** Nothing is completed there. */
  readonly comment: boolean;
}

/** Reads a text up to the caret. */
export function caretAt(source: Source, offset: number): Caret {
  const { text } = source;
  const { tokens: split, groups } = tokenize(text.slice(0, offset));
  const tokens = withDefinitionWords(withSoftKeywords(split));
  const last = tokens.at(-1);
  const comments = [...(groups['docs'] ?? []), ...(groups['comments'] ?? [])];
  const closed = (comment: Token): boolean => comment.image.startsWith('/*');
  const comment =
    last?.tokenType === UnclosedComment || comments.some((one) => !closed(one) && one.endOffset! + 1 === offset);
  if (comment || !last || last.endOffset! + 1 !== offset) return { source, offset, tokens, comment };
  if (last.tokenType === UnclosedString) {
    const start = last.startOffset + 1;
    const end = offset + /^[^"\n\r]*/.exec(text.slice(offset, offset + 200))![0].length;
    return { source, offset, tokens, comment, string: { start, end, text: text.slice(start, offset) } };
  }
  if (!isWord(last)) return { source, offset, tokens, comment };
  const start = last.startOffset + (last.tokenType === TupleIndex ? 1 : 0);
  const end = offset + /^\w*/.exec(text.slice(offset, offset + 200))![0].length;
  return { source, offset, tokens, comment, word: { start, end, text: text.slice(start, offset) } };
}

const words: ReadonlySet<Token['tokenType']> = new Set([
  ...[Identifier, Wildcard, NumberLiteral, SizeLiteral, MalformedNumber, TupleIndex],
]);

function isWord({ tokenType }: Token): boolean {
  return words.has(tokenType) || (tokenType.CATEGORIES ?? []).some((type) => type === Keyword || type === Identifier);
}
