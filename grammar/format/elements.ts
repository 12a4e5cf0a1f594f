// The tokens and comments of a file as nested elements: what stands between two brackets, cut at statements or commas, and
// chains cut at their arrows. Every comment gets a place from which formatting again does not move it.

import type * as ast from '../ast.ts';
import { lexAll } from '../lex.ts';
import type { Source } from '../source.ts';
import * as t from '../tokens.ts';
import { marksOf } from './marks.ts';

/** A token, or a comment between tokens of one line; `gap` separates it from what stands before it. */
export interface Word {
  readonly kind: 'word';
  readonly text: string;
  readonly gap: string;
}

/** A pair of brackets and what they hold. */
export interface Group extends Elements {
  readonly kind: 'group';
  readonly open: '(' | '[' | '{';
  readonly close: ')' | ']' | '}';
  readonly gap: string;
  /** On one line; undefined where that cannot be, or is not wanted. */
  readonly flat: string | undefined;
}

export type Part = Word | Group;

export interface Elements {
  readonly items: readonly Element[];
  /** Between the elements on one line. */
  readonly separator: ', ' | '  ';
  /** Behind the opening bracket on its line. */
  readonly afterOpen: Comment | undefined;
  /** Before the closing bracket on lines of their own. */
  readonly dangling: readonly Comment[];
}

/** A statement, definition, setting, argument: whatever brackets hold several of. */
export interface Element {
  /** On lines of their own before it. */
  readonly leading: readonly Comment[];
  readonly blankBefore: boolean;
  /** The steps of a chain; a single one for anything else. */
  readonly segments: readonly Segment[];
  /** `: [6, 28, 28]` behind a chain. */
  readonly shape: string | undefined;
  /** At the end of its last line. */
  readonly trailing: Comment | undefined;
}

export interface Segment {
  readonly leading: readonly Comment[];
  readonly parts: readonly Part[];
  readonly trailing: Comment | undefined;
}

export interface Comment {
  readonly text: string;
  readonly blankBefore: boolean;
}

interface Draft {
  leading: Comment[];
  blankBefore: boolean;
  segments: { leading: Comment[]; parts: Part[]; trailing: Comment | undefined }[];
  shape: string | undefined;
  trailing: Comment | undefined;
}

const comments: ReadonlySet<unknown> = new Set([t.DocComment, t.LineComment, t.BlockComment]);
const closers: ReadonlySet<unknown> = new Set([t.RightParen, t.RightBracket, t.RightBrace]);
const openers: ReadonlyMap<unknown, '(' | '[' | '{'> = new Map([
  [t.LeftParen, '('],
  [t.LeftBracket, '['],
  [t.LeftBrace, '{'],
]);
const closing = { '(': ')', '[': ']', '{': '}' } as const;
/** Behind these a minus is a sign no longer. */
const operandEnds: ReadonlySet<unknown> = new Set([
  ...[t.Identifier, t.NumberLiteral, t.SizeLiteral, t.StringLiteral, t.TupleIndex, t.True, t.False],
  ...[t.RightParen, t.RightBracket],
]);
const indexable: ReadonlySet<unknown> = new Set([t.Identifier, t.TupleIndex, t.RightParen, t.RightBracket]);

/** The elements of a file without syntax errors. */
export function readElements(source: Source, file: ast.File): Elements {
  const tokens = lexAll(source);
  const marks = marksOf(file);
  let at = 0;
  return elements('  ', true);

  function typeAt(index: number): unknown {
    return tokens[index]?.tokenType;
  }

  function isComment(index: number): boolean {
    return comments.has(typeAt(index));
  }

  /** The first token from there on that is no comment. */
  function real(index: number): number {
    while (isComment(index)) index++;
    return index;
  }

  function realBefore(index: number): number {
    do index--;
    while (isComment(index));
    return index;
  }

  function newlinesBefore(index: number): number {
    const before = tokens[index - 1];
    return before ? tokens[index]!.startLine! - before.endLine! : 0;
  }

  function startsLine(index: number): boolean {
    return index === 0 || newlinesBefore(index) > 0;
  }

  function endsLine(index: number): boolean {
    return index + 1 >= tokens.length || newlinesBefore(index + 1) > 0;
  }

  function atEnd(index: number): boolean {
    return index >= tokens.length || closers.has(typeAt(index));
  }

  /** A comma that stands between elements and not inside of one, as in `a, b = split(2)`. */
  function separates(index: number): boolean {
    if (typeAt(index) !== t.Comma) return false;
    const next = real(index + 1);
    return atEnd(next) || marks.starts.has(tokens[next]!.startOffset);
  }

  function commentAt(index: number): Comment {
    const lines = tokens[index]!.image.split(/\r\n|\n|\r/);
    const text = lines.map((line) => line.trimEnd()).join('\n');
    return { text, blankBefore: newlinesBefore(index) > 1 };
  }

  /** Inside of an element a doc comment documents nothing; it must not come to document what it is moved before. */
  function moved(index: number): Comment {
    const { text } = commentAt(index);
    return { text: typeAt(index) === t.DocComment ? text.slice(1) : text, blankBefore: false };
  }

  /** A comment that may stand between two tokens of a line. */
  function isInline(index: number): boolean {
    const { tokenType, startLine, endLine } = tokens[index]!;
    return tokenType === t.BlockComment && startLine === endLine;
  }

  /** Whether the comments from there on stand on the line of the token `next` behind them. */
  function leadsIn(index: number, next: number): boolean {
    for (let comment = index; comment < next; comment++) if (!isInline(comment) || endsLine(comment)) return false;
    return true;
  }

  function elements(separator: Elements['separator'], outermost: boolean): Elements {
    const items: Draft[] = [];
    let pending: Comment[] = [];
    let afterOpen: Comment | undefined;
    const first = at;
    for (;;) {
      for (; isComment(at); at++) {
        const next = real(at);
        const last = items.at(-1);
        // A doc comment belongs to what comes next, wherever it stands.
        const documents = typeAt(at) === t.DocComment && !atEnd(typeAt(next) === t.Comma ? real(next + 1) : next);
        // The comma before it will not be written, so that next time it stands in the element itself.
        const joins = isInline(at) && !startsLine(at) && pending.length === 0 && (separator === '  ' || atEnd(next));
        if (last && joins && !last.trailing && last.shape === undefined) {
          last.segments.at(-1)!.parts.push({ kind: 'word', text: tokens[at]!.image, gap: ' ' });
          continue;
        }
        if (leadsIn(at, next) && !atEnd(next) && typeAt(next) !== t.Comma) break;
        if (startsLine(at) || pending.length > 0 || documents) pending.push(commentAt(at));
        else if (last && !last.trailing) last.trailing = commentAt(at);
        else if (at === first && !outermost) afterOpen = commentAt(at);
        else pending.push(commentAt(at));
      }
      if (atEnd(at)) return { items, separator, afterOpen, dangling: pending };
      if (typeAt(at) === t.Comma) at++;
      else {
        items.push(element(separator, pending));
        pending = [];
      }
    }
  }

  function element(separator: Elements['separator'], leading: Comment[]): Draft {
    const blankBefore = newlinesBefore(at) > 1;
    const segments: Draft['segments'] = [{ leading: [], parts: [], trailing: undefined }];
    const draft: Draft = { leading, blankBefore, segments, shape: undefined, trailing: undefined };
    const start = real(at);
    const above: Comment[] = [];
    /** Comments before an arrow, which belong to the step behind it. */
    let carried: Comment[] = [];
    const ends = (index: number): boolean =>
      atEnd(index) ||
      (separator === ', ' ? typeAt(index) === t.Comma : separates(index)) ||
      (separator === '  ' && index > start && marks.starts.has(tokens[index]!.startOffset));
    const hoist = (index: number): void => {
      if (segments.length > 1) segments.at(-1)!.leading.push(moved(index));
      else above.push(moved(index));
    };

    while (!ends(at)) {
      const segment = segments.at(-1)!;
      const { parts } = segment;
      if (isComment(at)) {
        const next = real(at);
        const alone = startsLine(at) && endsLine(at);
        const leads = separator === '  ' && at > start && startsLine(at) && !atEnd(next);
        if (ends(next) && (draft.shape !== undefined || alone || leads || !isInline(at))) break;
        if (isInline(at) && !(alone && at > start)) {
          parts.push({ kind: 'word', text: tokens[at]!.image, gap: parts.length === 0 ? '' : ' ' });
        } else if (typeAt(next) === t.Arrow) {
          if (!startsLine(at) && !segment.trailing && carried.length === 0) segment.trailing = moved(at);
          else carried.push(moved(at));
        } else if (parts.length === 0 && segments.length > 1) {
          const before = segments.at(-2)!;
          if (!startsLine(at) && !before.trailing && segment.leading.length === 0) before.trailing = moved(at);
          else segment.leading.push(moved(at));
        } else hoist(at);
        at++;
      } else if (typeAt(at) === t.Arrow) {
        segments.push({ leading: carried, parts: [], trailing: undefined });
        carried = [];
        at++;
      } else if (typeAt(at) === t.Colon && marks.shapes.has(tokens[real(at + 1)]?.startOffset ?? -1)) {
        shape(draft, hoist);
      } else parts.push(part(parts.length === 0 ? '' : isRemark(parts.at(-1)) ? ' ' : gap(at)));
    }
    return above.length === 0 ? draft : lifted(draft, above);
  }

  /** `: [6, 28, 28]` */
  function shape(draft: Draft, hoist: (index: number) => void): void {
    const { parts } = draft.segments.at(-1)!;
    for (at++; isComment(at); at++) hoist(at);
    const extents = group('[', ' ', false);
    if (extents.flat !== undefined) draft.shape = `: ${extents.flat}`;
    else parts.push({ kind: 'word', text: ':', gap: ' ' }, extents);
  }

  function part(space: string): Part {
    const open = openers.get(typeAt(at));
    if (open) return group(open, space, open === '{' || (open === '[' && !indexable.has(typeAt(realBefore(at)))));
    const text = tokens[at]!.image;
    at++;
    return { kind: 'word', text, gap: space };
  }

  /** `keepsLines`: a line break behind the bracket asks for one line per element. */
  function group(open: Group['open'], space: string, keepsLines: boolean): Group {
    const before = typeAt(realBefore(at));
    const statements = open === '{' && before !== t.Import;
    at++;
    const expanded = keepsLines && startsLine(at) && !closers.has(typeAt(at));
    const inner = elements(statements ? '  ' : ', ', false);
    // `(a,)` is a tuple, `(a)` is not.
    const lastComma = open === '(' && before !== t.Identifier && before !== t.RightParen && inner.items.length === 1;
    const close = lastComma && typeAt(realBefore(at)) === t.Comma ? (`,${closing[open]}` as ')') : closing[open];
    at++;
    const flat = expanded ? undefined : flatGroup(open, close, inner);
    return { kind: 'group', open, close, gap: space, flat, ...inner };
  }

  function gap(index: number): string {
    const before = realBefore(index);
    const [previous, type] = [typeAt(before), typeAt(index)];
    // `0.1` would be a number.
    if (type === t.TupleIndex) return previous === t.NumberLiteral || previous === t.SizeLiteral ? ' ' : '';
    if (type === t.Comma || type === t.Colon) return '';
    if (type === t.Range || previous === t.Range) return '';
    if (previous === t.Minus && !operandEnds.has(typeAt(realBefore(before)))) return '';
    if (type === t.LeftParen && previous === t.Identifier) return '';
    if (type === t.LeftBracket && indexable.has(previous)) return '';
    const numerator = type === t.Slash ? before : previous === t.Slash ? realBefore(before) : -1;
    return numerator >= 0 && marks.fractions.has(tokens[numerator]!.startOffset) ? '' : ' ';
  }
}

function isRemark(part: Part | undefined): boolean {
  return part?.kind === 'word' && part.text.startsWith('/*');
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

function flatGroup(open: Group['open'], close: string, { items, separator, ...rest }: Elements): string | undefined {
  if (rest.afterOpen || rest.dangling.length > 0) return undefined;
  // Behind another statement on its line the comment would belong to that one.
  if (separator === '  ' && items.slice(1).some(({ segments }) => isRemark(segments[0]!.parts[0]))) return undefined;
  const texts = items.map(flatElement);
  if (!texts.every((text) => text !== undefined)) return undefined;
  const inside = texts.join(separator);
  return open === '{' && inside !== '' ? `{ ${inside} }` : `${open}${inside}${close}`;
}

/** The element on one line, with its shape; undefined where a part or a comment needs several. */
export function flatElement({ leading, segments, shape, trailing }: Element): string | undefined {
  if (leading.length > 0 || trailing) return undefined;
  const texts = segments.map(flatSegment);
  if (!texts.every((text) => text !== undefined)) return undefined;
  return texts.join(' -> ') + (shape === undefined ? '' : ` ${shape}`);
}

export function flatSegment({ leading, parts, trailing }: Segment): string | undefined {
  if (leading.length > 0 || trailing) return undefined;
  let text = '';
  for (const part of parts) {
    const own = part.kind === 'word' ? part.text : part.flat;
    if (own === undefined) return undefined;
    text += part.gap + own;
  }
  return text;
}
