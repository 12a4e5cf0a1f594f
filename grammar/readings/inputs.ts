// Inputs as other tools write them, `input image = (3, 32, 32)`, `input(3, 32, 32)`, `input image: 3x32x32`: read as what they say,
// so that each is one mistake, and the layers behind it are read with a shape.

import type { IToken, TokenType } from 'chevrotain';
import type { Diagnostic } from '../diagnostic.ts';
import type { Source } from '../source.ts';
import { shorten } from '../token-text.ts';
import * as t from '../tokens.ts';
import { as, behind } from './token-work.ts';

export interface Reading {
  /** What is read in place of the first `length` tokens. */
  readonly tokens: readonly IToken[];
  readonly length: number;
  readonly diagnostic: Diagnostic;
}

const closers: ReadonlyMap<TokenType, TokenType> = new Map([
  [t.LeftParen, t.RightParen],
  [t.LeftBracket, t.RightBracket],
]);
const gives: ReadonlySet<TokenType> = new Set([t.Colon, t.Equals]);
/** Longest shape that is looked at, in tokens. */
const LONGEST = 20;

/** The input at the beginning of `tokens`, if it is written in another way and has extents. */
export function readInput(source: Source, tokens: readonly IToken[]): Reading | undefined {
  const [keyword] = tokens;
  const line = tokens.slice(1, LONGEST).filter(({ startLine }) => startLine === keyword!.startLine);
  let at = 0;
  const name = line[at]?.tokenType === t.Identifier ? line[at++] : undefined;
  const sign = line[at] && (gives.has(line[at]!.tokenType) || line[at]!.image === ':=') ? line[at++] : undefined;
  // `float32[3, 32, 32]`
  const type =
    sign && line[at]?.tokenType === t.Identifier && line[at + 1] && closers.has(line[at + 1]!.tokenType)
      ? line[at++]
      : undefined;
  const opener = line[at] && closers.has(line[at]!.tokenType) ? line[at++] : undefined;
  const extents: string[] = [];
  const names = new Map<string, IToken>();
  const first = at;
  for (; at < line.length; at += 1) {
    const { tokenType, image } = line[at]!;
    if (tokenType === t.Comma) continue;
    if (!/^\d+(?:x\d+)*$/.test(image) && !(opener && tokenType === t.Identifier)) break;
    extents.push(...(/^\d/.test(image) ? image.split('x') : [image]));
    if (tokenType === t.Identifier) names.set(image, line[at]!);
  }
  const closed = opener !== undefined && line[at]?.tokenType === closers.get(opener.tokenType);
  const last = line[closed ? at : at - 1];
  const usual = name && sign?.tokenType === t.Colon && !type && opener?.tokenType === t.LeftBracket;
  const alone = (extents.length === 1 && !opener) || !extents.some((extent) => /^\d/.test(extent));
  if (usual || !last || at === first || (opener && !closed) || alone || extents.length > 4) return undefined;
  if (!sign && !opener && !name) return undefined;
  const shape = ordered(extents);
  const written = `input ${shorten(name?.image ?? 'image')}: [${shape.join(', ')}]`;
  const span = { source, start: keyword!.startOffset, end: last.endOffset! + 1 };
  // A name that is not there stands nowhere: the word is it.
  const word = name ?? as(keyword!, t.Identifier, 'input');
  const read = [keyword!, word, behind(word, t.Colon, ':'), behind(word, t.LeftBracket, '[')];
  for (const [index, extent] of shape.entries()) {
    if (index > 0) read.push(behind(word, t.Comma, ','));
    read.push(names.get(extent) ?? as(line[first]!, t.NumberLiteral, extent));
  }
  return {
    tokens: [...read, as(last, t.RightBracket, ']')],
    length: line.indexOf(last) + 2,
    diagnostic: {
      code: 'syntax/input',
      severity: 'error',
      message: 'an input has a name and a shape',
      span,
      found: shorten(source.text.slice(span.start, span.end)),
      expected: written,
      // Another order, or a name that was made up, is for the user to decide.
      fixes: [
        {
          message: `write ${written}`,
          edits: [{ span, text: written }],
          ...(name && shape === extents && { safe: true as const }),
        },
      ],
    },
  };
}

/** Channels first, and no batch axis. */
function ordered(extents: readonly string[]): readonly string[] {
  const image = extents.length === 4 ? extents.slice(1) : extents;
  const [a = '', b = '', c = ''] = image;
  return image.length === 3 && Number(a) > 4 && Number(c) <= 4 ? [c, a, b] : image;
}
