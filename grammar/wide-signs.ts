// Full-width signs of an East Asian keyboard, `（16，3）`: they are read as the plain ones, so that they are one mistake.

import type { IToken } from 'chevrotain';
import type { Diagnostic, Edit } from './diagnostic.ts';
import { textOf, type Source } from './source.ts';
import { Unknown } from './tokens.ts';

/** More of them are no slip of a keyboard. */
const MOST = 10_000;
/** Of `！` to `～`, but for quotes. */
const wide = /[\uff01\uff03-\uff06\uff08-\uff5e]/g;

/** The text with plain signs in the places of full-width ones outside of texts and comments, and the error; undefined where there are none. */
export function withPlainSigns(
  source: Source,
  tokens: readonly IToken[],
): { readonly text: string; readonly diagnostic: Diagnostic } | undefined {
  // Most texts have none, and need no list of their characters.
  if (source.text.search(wide) < 0) return undefined;
  const characters = source.text.split('');
  const edits: Edit[] = [];
  for (const { tokenType, image, startOffset } of tokens) {
    if (tokenType !== Unknown) continue;
    for (const { 0: sign, index } of image.matchAll(wide)) {
      if (edits.length === MOST) return undefined;
      const start = startOffset + index;
      const plain = String.fromCharCode(sign.charCodeAt(0) - 0xfee0);
      edits.push({ span: { source, start, end: start + 1 }, text: plain });
      characters[start] = plain;
    }
  }
  const [first] = edits;
  if (!first) return undefined;
  const { span, text: expected } = first;
  const diagnostic: Diagnostic = {
    code: 'syntax/character',
    severity: 'error',
    message: 'signs are those of a Latin keyboard',
    span,
    found: textOf(span),
    expected,
    fixes: [{ message: `write ${expected}, and all others so`, edits, safe: true }],
  };
  return { text: characters.join(''), diagnostic };
}
