// Finds the phrases that take the most room in several texts, and writes a character for each of them.

import { CODES, FIRST_CODE } from '../compiler/codegen/packed-text.ts';

/** Longest phrase, in words and signs. */
const LONGEST = 8;

export interface Packed {
  readonly phrases: readonly string[];
  readonly texts: readonly string[];
}

/** The same phrases for the same texts: one after another, the one that saves the most. */
export function packed(texts: readonly string[]): Packed {
  if (texts.some((text) => /[\u0100-\u017f]/.test(text)))
    throw new Error('a text has a character that stands for a phrase');
  const phrases: string[] = [];
  let all = texts;
  while (phrases.length < CODES) {
    const best = mostOf(all);
    if (best === undefined) break;
    const code = String.fromCharCode(FIRST_CODE + phrases.length);
    all = all.map((text) => text.split(best).join(code));
    phrases.push(best);
  }
  return { phrases, texts: all };
}

/** The phrase whose character would make the texts shortest, as JSON writes them. */
function mostOf(texts: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const text of texts) {
    const words = text.match(/\w+|[\u0100-\u017f]| +|\n *|[^\w\s\u0100-\u017f]/g) ?? [];
    for (let at = 0; at < words.length; at += 1) {
      let phrase = '';
      for (let length = 1; length <= LONGEST && at + length <= words.length; length += 1) {
        const word = words[at + length - 1]!;
        // A phrase holds no character of another one.
        if (/[\u0100-\u017f]/.test(word)) break;
        phrase += word;
        if (phrase.length > 2) counts.set(phrase, (counts.get(phrase) ?? 0) + 1);
      }
    }
  }
  let best: string | undefined;
  let most = 0;
  for (const [phrase, count] of counts) {
    const width = JSON.stringify(phrase).length - 2;
    const saved = (width - 1) * count - width - 3;
    if (saved > most || (saved === most && best !== undefined && phrase < best)) [best, most] = [phrase, saved];
  }
  return best;
}
