// `share`, `learned` and `collect` are names that mean something only in their own place, so that files which use them as
// names stay as they are: `share = conv(8)` names a value, `share tower = conv(8)` shares weights.

import type { IToken, TokenType } from 'chevrotain';
import * as t from './tokens.ts';

const statements: ReadonlyMap<string, TokenType> = new Map([
  ['share', t.Share],
  ['learned', t.Learned],
]);
/** Behind these a name can only be `collect`, in the header of a loop. */
const operandEnds: ReadonlySet<TokenType> = new Set([
  ...[t.Identifier, t.NumberLiteral, t.TupleIndex, t.RightParen, t.RightBracket],
]);

/** The tokens with these words as keywords where they are meant so. */
export function withSoftKeywords(tokens: readonly IToken[]): readonly IToken[] {
  let header = false;
  return tokens.map((token, at) => {
    const { tokenType, image } = token;
    if (tokenType === t.Repeat || tokenType === t.For) header = true;
    else if (tokenType === t.LeftBrace || tokenType === t.RightBrace) header = false;
    if (tokenType !== t.Identifier) return token;
    const keyword = header && image === 'collect' ? collectAt(tokens, at) : statementAt(tokens, at);
    return keyword ? { ...token, tokenType: keyword, tokenTypeIdx: keyword.tokenTypeIdx! } : token;
  });
}

function collectAt(tokens: readonly IToken[], at: number): TokenType | undefined {
  const before = tokens[at - 1]?.tokenType;
  return before && operandEnds.has(before) ? t.Collect : undefined;
}

/** `share NAME =` and `learned NAME:`, with the name on the line of the word. */
function statementAt(tokens: readonly IToken[], at: number): TokenType | undefined {
  const keyword = statements.get(tokens[at]!.image);
  if (!keyword) return undefined;
  const [name, sign] = tokens.slice(at + 1, at + 3);
  if (
    tokens[at - 1]?.tokenType === t.Arrow ||
    name?.tokenType !== t.Identifier ||
    name.startLine !== tokens[at]!.startLine
  )
    return undefined;
  return sign?.tokenType === t.Equals || sign?.tokenType === t.Colon ? keyword : undefined;
}
