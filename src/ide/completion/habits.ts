// What followed the same tokens before: earlier in this text, or in the library of blocks. It is prediction by partial matching
// (Cleary & Witten, 1984) in its simplest form: an earlier place counts the more, the more tokens before it are the same.

import type { IToken } from 'chevrotain';
import { blockTexts } from '../../../compiler/blocks/block-text.ts';
import { tokenizer } from '../../../grammar/tokens.ts';

/** How much each token has followed a context like that of the caret; numbers of places, weighed. */
export interface Evidence {
  readonly following: ReadonlyMap<string, number>;
  readonly total: number;
}

/** More tokens before a place are not compared. */
const LONGEST = 8;
/** By how much a place counts more for each token that is the same. */
const STEEPNESS = 4;
/** What a place of the library counts in place of one in this text. */
const LIBRARY_SHARE = 0.1;
/** Tokens before the caret that are looked at. */
const REACH = 6000;

/** What may follow the tokens, by what followed them before. */
export function evidenceFor(tokens: readonly IToken[]): Evidence {
  const images = tokens.slice(-REACH).map(({ image }) => image);
  const following = new Map<string, number>();
  let total = 0;
  const count = (corpus: readonly string[], share: number): void => {
    for (let at = 1; at < corpus.length; at += 1) {
      let length = 0;
      while (length < LONGEST && length < at && length < images.length) {
        if (corpus[at - 1 - length] !== images[images.length - 1 - length]) break;
        length += 1;
      }
      if (length === 0) continue;
      const amount = share * STEEPNESS ** (length - 1);
      following.set(corpus[at]!, (following.get(corpus[at]!) ?? 0) + amount);
      total += amount;
    }
  };
  count(images, 1);
  count(libraryTokens(), LIBRARY_SHARE);
  return { following, total };
}

let library: readonly string[] | undefined;

function libraryTokens(): readonly string[] {
  library ??= Object.values(blockTexts).flatMap(({ text }) =>
    tokenizer.tokenize(text).tokens.map(({ image }) => image),
  );
  return library;
}
