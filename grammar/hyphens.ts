// Names with hyphens, as file names and other languages have them: where such a name is given, it is read as one name, there and
// everywhere else, so that it is one mistake.

import type { IToken, TokenType } from 'chevrotain';
import type { Diagnostic } from './diagnostic.ts';
import type { Source } from './source.ts';
import { shorten, spanOf } from './token-text.ts';
import * as t from './tokens.ts';

/** Behind these stands a name, and no difference. */
const naming = /^(?:block|network|const|train|expect|input|output|as|for|share|learned|collect)$/;

/** The tokens with one name for `conv-block` wherever that name is given; the others are as they were. */
export function withoutHyphens(
  tokens: readonly IToken[],
  found?: (places: readonly IToken[]) => void,
): readonly IToken[] {
  if (!tokens.some(({ tokenType }) => tokenType === t.Minus)) return tokens;
  const given = new Set<string>();
  const read = words(tokens);
  let list: TokenType | undefined;
  for (const [at, { tokenType, image }] of read.entries()) {
    if (tokenType === t.Block || tokenType === t.Network || tokenType === t.Import) list = tokenType;
    else if (tokenType === t.RightBrace || (tokenType === t.LeftBrace && list !== t.Import)) list = undefined;
    if (isHyphenated(image) && isGiven(read, at, list)) given.add(image);
  }
  if (found) for (const [name, places] of Map.groupBy(read, ({ image }) => image)) if (given.has(name)) found(places);
  return words(tokens, given);
}

/** The error of a name with hyphens; its fix is safe, because a name that is taken then is an error. */
export function hyphenInName(source: Source, places: readonly IToken[]): Diagnostic {
  const { image } = places[0]!;
  const name = withUnderlines(image);
  const everywhere = places.length > 1 ? ' everywhere' : '';
  const edits = places.map((place) => ({ span: spanOf(source, place), text: name }));
  return {
    code: 'syntax/definition',
    severity: 'error',
    message: 'a name has letters, digits and _',
    span: edits[0]!.span,
    found: shorten(image),
    expected: shorten(name),
    fixes: [{ message: `write ${shorten(name)}${everywhere}`, edits, safe: true }],
  };
}

const withUnderlines = (name: string): string => name.replaceAll('-', '_');
const isHyphenated = (image: string): boolean => /^[a-z_]\w*-/i.test(image);

/** Whether a name with hyphens stands where only a name may; `list`: what began the header or the import in which it stands. */
function isGiven(tokens: readonly IToken[], at: number, list: TokenType | undefined): boolean {
  const [before, token, next] = [tokens[at - 1], tokens[at]!, tokens[at + 1]?.tokenType];
  const isNamed = next === t.Equals;
  const { image = '' } = before ?? {};
  if (list && /^[({,]?$/.test(image)) return isNamed || next === t.Colon || list === t.Import;
  if (before?.endLine !== token.startLine) return isNamed;
  return image === 'path' ? isNamed || next === t.LeftBrace : naming.test(image);
}

/** The tokens with one for words that hyphens join without blanks, all of them or those that are `wanted`. */
function words(tokens: readonly IToken[], wanted?: ReadonlySet<string>): readonly IToken[] {
  const read: IToken[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    let last = at;
    const touches = (index: number): boolean => tokens[index]!.endOffset! + 1 === tokens[index + 1]?.startOffset;
    const isWord = (index: number): boolean => /^\w/.test(tokens[index]?.image ?? '');
    while (
      isWord(last) &&
      touches(last) &&
      tokens[last + 1]!.tokenType === t.Minus &&
      touches(last + 1) &&
      isWord(last + 2)
    )
      last += 2;
    const { endOffset, endLine, endColumn } = tokens[last]!;
    const image = tokens
      .slice(at, last + 1)
      .map((token) => token.image)
      .join('');
    if (last === at || !isHyphenated(image) || (wanted && !wanted.has(image))) read.push(...tokens.slice(at, last + 1));
    else {
      const { tokenTypeIdx } = t.Identifier;
      read.push({
        ...tokens[at]!,
        tokenType: t.Identifier,
        tokenTypeIdx: tokenTypeIdx!,
        image,
        endOffset: endOffset!,
        endLine: endLine!,
        endColumn: endColumn!,
      });
    }
    at = last;
  }
  return read;
}
