// What followed the same tokens before: earlier in this text, or in the library of blocks. It is prediction by partial matching
// (Cleary & Witten, 1984) in its simplest form: an earlier place counts the more, the more tokens before it are the same.

import { blockTexts } from '../../../compiler/blocks/block-text.ts';
import { tokenize } from '../../../grammar/tokens.ts';
import type { Token } from './caret.ts';

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
export function evidenceFor(tokens: readonly Token[]): Evidence {
  const images = tokens.slice(-REACH).map(({ image }) => image);
  const following = new Map<string, number>();
  let total = 0;
  const count = (corpus: readonly string[], at: number, share: number): void => {
    let length = 0;
    while (length < LONGEST && length < at && length < images.length) {
      if (corpus[at - 1 - length] !== images[images.length - 1 - length]) break;
      length += 1;
    }
    if (length === 0) return;
    const amount = share * STEEPNESS ** (length - 1);
    following.set(corpus[at]!, (following.get(corpus[at]!) ?? 0) + amount);
    total += amount;
  };
  for (let at = 1; at < images.length; at += 1) count(images, at, 1);
  const { tokens: known, behind } = libraryTokens();
  for (const at of behind.get(images.at(-1) ?? '') ?? []) count(known, at, LIBRARY_SHARE);
  return { following, total };
}

interface Corpus {
  readonly tokens: readonly string[];
  /** The places behind each token. */
  readonly behind: ReadonlyMap<string, readonly number[]>;
}

let library: Corpus | undefined;

/** The blocks of the library, one text after the other; read when they are first asked for. */
function libraryTokens(): Corpus {
  if (library) return library;
  const tokens = Object.values(blockTexts).flatMap((text) => tokenize(text).tokens.map(({ image }) => image));
  const behind = new Map<string, number[]>();
  for (let at = 1; at < tokens.length; at += 1) {
    const places = behind.get(tokens[at - 1]!);
    if (places) places.push(at);
    else behind.set(tokens[at - 1]!, [at]);
  }
  library = { tokens, behind };
  return library;
}
