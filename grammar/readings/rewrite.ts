// A habit that shows in several places of a text, and what is read in their place.

import type { IToken } from 'chevrotain';
import type { Diagnostic, Edit } from '../diagnostic.ts';
import { textOf, type Span } from '../source.ts';
import { shorten } from '../token-text.ts';

export interface Rewrite {
  /** What stands for a token; nothing where it is left out. */
  readonly replaced: ReadonlyMap<IToken, readonly IToken[]>;
  readonly diagnostic: Diagnostic;
  /** Offsets of what is left and cannot be read. */
  readonly damage?: readonly number[];
}

/** A mistake that has one meaning: all its places are mended at once. */
export function certain(
  code: string,
  message: string,
  span: Span,
  expected: string,
  edits: readonly Edit[],
  fix = `write ${shorten(expected)}${edits.length > 1 ? ', and the others so' : ''}`,
): Diagnostic {
  return {
    code,
    severity: 'error',
    message,
    span,
    found: shorten(textOf(span)),
    expected: shorten(expected),
    fixes: [{ message: fix, edits, safe: true }],
  };
}
