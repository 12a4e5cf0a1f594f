// The tokens and comments of a file as elements. Every comment gets a place from which formatting again does not move it.

import type * as ast from '../ast.ts';
import { lexAll } from '../lex.ts';
import type { Source } from '../source.ts';
import * as t from '../tokens.ts';
import {
  typeAt,
  isComment,
  realFrom,
  realBefore,
  newlinesBefore,
  startsLine,
  endsLine,
  atEnd,
  separates,
  commentAt,
  moved,
  isInline,
  leadsIn,
  gapBefore,
  indexable,
  closers,
  type Cursor,
} from './cursor.ts';
import { flatGroup, isRemark } from './elements.ts';
import type { Comment, Elements, Group, Part } from './elements.ts';
import { marksOf } from './marks.ts';

interface Draft {
  leading: Comment[];
  blankBefore: boolean;
  segments: { leading: Comment[]; parts: Part[]; trailing: Comment | undefined }[];
  shape: string | undefined;
  trailing: Comment | undefined;
}

const openers: ReadonlyMap<unknown, '(' | '[' | '{'> = new Map([
  [t.LeftParen, '('],
  [t.LeftBracket, '['],
  [t.LeftBrace, '{'],
]);
const closing = { '(': ')', '[': ']', '{': '}' } as const;

/** The elements of a file without syntax errors. */
export function readElements(source: Source, file: ast.File): Elements {
  return readList({ tokens: lexAll(source), marks: marksOf(file), at: 0 }, '  ', true);
}

/** Up to the closing bracket, or the end of the file. */
function readList(cursor: Cursor, separator: Elements['separator'], outermost: boolean): Elements {
  const items: Draft[] = [];
  let pending: Comment[] = [];
  let afterOpen: Comment | undefined;
  const first = cursor.at;
  for (;;) {
    for (; isComment(cursor); cursor.at++) {
      const next = realFrom(cursor);
      const last = items.at(-1);
      // A doc comment belongs to what comes next, wherever it stands.
      const documents =
        typeAt(cursor) === t.DocComment &&
        !atEnd(cursor, typeAt(cursor, next) === t.Comma ? realFrom(cursor, next + 1) : next);
      // The comma before it will not be written, so that next time it stands in the element itself.
      const joins =
        isInline(cursor) && !startsLine(cursor) && pending.length === 0 && (separator === '  ' || atEnd(cursor, next));
      if (last && joins && !last.trailing && last.shape === undefined) {
        last.segments.at(-1)!.parts.push({ kind: 'word', text: cursor.tokens[cursor.at]!.image, gap: ' ' });
        continue;
      }
      if (leadsIn(cursor, next) && !atEnd(cursor, next) && typeAt(cursor, next) !== t.Comma) break;
      if (startsLine(cursor) || pending.length > 0 || documents) pending.push(commentAt(cursor));
      else if (last && !last.trailing) last.trailing = commentAt(cursor);
      else if (cursor.at === first && !outermost) afterOpen = commentAt(cursor);
      else pending.push(commentAt(cursor));
    }
    if (atEnd(cursor)) return { items, separator, afterOpen, dangling: pending };
    if (typeAt(cursor) === t.Comma) cursor.at++;
    else {
      items.push(readElement(cursor, separator, pending));
      pending = [];
    }
  }
}

/** One statement, setting or argument; `leading` stands on lines before it. */
function readElement(cursor: Cursor, separator: Elements['separator'], leading: Comment[]): Draft {
  const blankBefore = newlinesBefore(cursor) > 1;
  const segments: Draft['segments'] = [{ leading: [], parts: [], trailing: undefined }];
  const draft: Draft = { leading, blankBefore, segments, shape: undefined, trailing: undefined };
  const start = realFrom(cursor);
  const above: Comment[] = [];
  /** Comments before an arrow, which belong to the step behind it. */
  let carried: Comment[] = [];
  const ends = (index: number): boolean =>
    atEnd(cursor, index) ||
    (separator === ', ' ? typeAt(cursor, index) === t.Comma : separates(cursor, index)) ||
    (separator === '  ' && index > start && cursor.marks.starts.has(cursor.tokens[index]!.startOffset));
  const hoist = (index: number): void => {
    if (segments.length > 1) segments.at(-1)!.leading.push(moved(cursor, index));
    else above.push(moved(cursor, index));
  };

  while (!ends(cursor.at)) {
    const segment = segments.at(-1)!;
    const { parts } = segment;
    if (isComment(cursor)) {
      const next = realFrom(cursor);
      const alone = startsLine(cursor) && endsLine(cursor);
      const leads = separator === '  ' && cursor.at > start && startsLine(cursor) && !atEnd(cursor, next);
      if (ends(next) && (draft.shape !== undefined || alone || leads || !isInline(cursor))) break;
      if (isInline(cursor) && !(alone && cursor.at > start)) {
        parts.push({ kind: 'word', text: cursor.tokens[cursor.at]!.image, gap: parts.length === 0 ? '' : ' ' });
      } else if (typeAt(cursor, next) === t.Arrow) {
        if (!startsLine(cursor) && !segment.trailing && carried.length === 0) segment.trailing = moved(cursor);
        else carried.push(moved(cursor));
      } else if (parts.length === 0 && segments.length > 1) {
        const before = segments.at(-2)!;
        if (!startsLine(cursor) && !before.trailing && segment.leading.length === 0) before.trailing = moved(cursor);
        else segment.leading.push(moved(cursor));
      } else hoist(cursor.at);
      cursor.at++;
    } else if (typeAt(cursor) === t.Arrow) {
      segments.push({ leading: carried, parts: [], trailing: undefined });
      carried = [];
      cursor.at++;
    } else if (
      typeAt(cursor) === t.Colon &&
      cursor.marks.shapes.has(cursor.tokens[realFrom(cursor, cursor.at + 1)]?.startOffset ?? -1)
    ) {
      readShape(cursor, draft, hoist);
    } else parts.push(readPart(cursor, parts.length === 0 ? '' : isRemark(parts.at(-1)) ? ' ' : gapBefore(cursor)));
  }
  return above.length === 0 ? draft : lifted(draft, above);
}

/** `: [6, 28, 28]` */
function readShape(cursor: Cursor, draft: Draft, hoist: (index: number) => void): void {
  const { parts } = draft.segments.at(-1)!;
  for (cursor.at++; isComment(cursor); cursor.at++) hoist(cursor.at);
  const extents = readGroup(cursor, '[', ' ', false);
  if (extents.flat !== undefined) draft.shape = `: ${extents.flat}`;
  else parts.push({ kind: 'word', text: ':', gap: ' ' }, extents);
}

/** A token, or brackets with what they hold. */
function readPart(cursor: Cursor, space: string): Part {
  const open = openers.get(typeAt(cursor));
  if (open) {
    const list = open === '[' && !indexable.has(typeAt(cursor, realBefore(cursor)));
    return readGroup(cursor, open, space, list || open === '{');
  }
  const text = cursor.tokens[cursor.at]!.image;
  cursor.at++;
  return { kind: 'word', text, gap: space };
}

/** `keepsLines`: a line break behind the bracket asks for one line per element. */
function readGroup(cursor: Cursor, open: Group['open'], space: string, keepsLines: boolean): Group {
  const before = typeAt(cursor, realBefore(cursor));
  const statements = open === '{' && before !== t.Import;
  cursor.at++;
  const expanded = keepsLines && startsLine(cursor) && !closers.has(typeAt(cursor));
  const inner = readList(cursor, statements ? '  ' : ', ', false);
  // `(a,)` is a tuple, `(a)` is not.
  const lastComma = open === '(' && before !== t.Identifier && before !== t.RightParen && inner.items.length === 1;
  const close =
    lastComma && typeAt(cursor, realBefore(cursor)) === t.Comma ? (`,${closing[open]}` as ')') : closing[open];
  cursor.at++;
  const flat = expanded ? undefined : flatGroup(open, close, inner);
  return { kind: 'group', open, close, gap: space, flat, ...inner };
}

function lifted(draft: Draft, above: readonly Comment[]): Draft {
  const [first, ...others] = draft.leading;
  const lead = { ...above[0]!, blankBefore: first?.blankBefore ?? draft.blankBefore };
  return {
    ...draft,
    leading: [lead, ...above.slice(1), ...(first ? [{ ...first, blankBefore: false }] : []), ...others],
    blankBefore: first ? draft.blankBefore : false,
  };
}
