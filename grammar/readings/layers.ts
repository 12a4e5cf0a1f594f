// Layers as other tools write them: objects of JSON, `{ type: conv, channels: 8 }`, and darknet's sections, `[maxpool]` with `size=2`
// below it. They are one mistake for all of a file; what flows behind them is not known.

import type { IToken } from 'chevrotain';
import type { Source } from '../source.ts';
import { spanOf } from '../token-text.ts';
import * as t from '../tokens.ts';
import { certain, type Rewrite } from './rewrite.ts';
import { as } from './token-work.ts';

const kinds = /^["']?(?:op|type|layer|kind|class|class_name)["']?$/;
/** Longest object, in tokens. */
const LONGEST = 200;

export function* layers(source: Source, tokens: readonly IToken[], starts: readonly number[]): Generator<Rewrite> {
  const lines = new Set(starts);
  const replaced = new Map<IToken, readonly IToken[]>();
  const damage: number[] = [];
  let first: IToken | undefined;
  for (const from of starts) {
    const [open, name, sign, next] = tokens.slice(from, from + 4);
    let end = from;
    if (open!.tokenType === t.LeftBrace && kinds.test(name?.image ?? '') && sign?.tokenType === t.Colon)
      end += 1 + tokens.slice(from, from + LONGEST).findIndex(({ tokenType }) => tokenType === t.RightBrace);
    else if (
      sign?.tokenType === t.RightBracket &&
      name!.tokenType === t.Identifier &&
      tokens[from - 1]!.tokenType !== t.Colon &&
      next?.startLine !== sign.startLine
    )
      for (end += 3; lines.has(end) && tokens[end + 1]?.tokenType === t.Equals;)
        for (const line = tokens[end]!.startLine; tokens[end]?.startLine === line;) end += 1;
    if (end <= from + 1) continue;
    for (const token of tokens.slice(from, end)) replaced.set(token, []);
    // No statement begins so.
    replaced.set(open!, [as(open!, t.Comma, ',')]);
    damage.push(open!.startOffset);
    first ??= tokens.slice(from, end).findLast(({ startLine }) => startLine === open!.startLine);
  }
  if (!first) return;
  const span = { ...spanOf(source, first), start: damage[0]! };
  const message = 'a layer is a step with its arguments in parentheses';
  const said = certain('syntax/section', message, span, 'a step such as conv(16, kernel: 3)', []);
  const fix = { message: 'write steps; `cnnc help operators` lists them' };
  yield { replaced, diagnostic: { ...said, fixes: [fix] }, damage };
}
