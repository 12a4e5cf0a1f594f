// Comments that begin with `%`, our sign of the remainder.

import type { IToken } from 'chevrotain';
import { deeper } from '../brackets.ts';
import type { Edit } from '../diagnostic.ts';
import type { Source } from '../source.ts';
import { spanOf } from '../token-text.ts';
import * as t from '../tokens.ts';
import { certain, type Rewrite } from './rewrite.ts';

/** Behind these, and a condition that began above, `%` may be a remainder. */
const calculates = new Set([t.Const, t.If, t.Else, t.For, t.Repeat]);

/** Once for all of a file; `starts` are where statements may begin. */
export function foreignComments(
  source: Source,
  tokens: readonly IToken[],
  starts: readonly number[],
): Rewrite | undefined {
  const replaced = new Map<IToken, readonly IToken[]>();
  const edits: Edit[] = [];
  let end = 0;
  for (const from of starts) {
    // The line has been read already.
    if (from < end) continue;
    const line = tokens[from]!.startLine;
    // `half = n % k` is a number without `const`.
    const isNamed = tokens[from + 1]?.tokenType === t.Equals;
    let first = Infinity;
    let comment = Infinity;
    let isNumber = false;
    end = from;
    for (let depth = 0; tokens[end]?.startLine === line; end += 1) {
      const { tokenType } = tokens[end]!;
      depth += deeper(tokenType);
      isNumber ||= calculates.has(tokenType);
      if (tokenType !== t.Percent || depth !== 0 || isNumber) continue;
      first = Math.min(first, end);
      const [next, behind] = [tokens[end + 1], tokens[end + 2]];
      const isText =
        end === from ||
        (!isNamed && tokens[end - 1]!.tokenType === t.RightParen) ||
        (behind?.tokenType === t.Identifier && behind.startLine === line);
      if (isText && next?.tokenType === t.Identifier) comment = first;
    }
    const sign = tokens[comment];
    if (sign) edits.push({ span: spanOf(source, sign), text: '//' });
    for (const token of tokens.slice(comment, end)) replaced.set(token, []);
  }
  const [edit] = edits;
  return edit && { replaced, diagnostic: certain('syntax/comment', 'comments begin with //', edit.span, '//', edits) };
}
