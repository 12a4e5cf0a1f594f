// What the formatter lays out: nested elements, each what stands between two brackets, cut at statements or commas, and
// chains cut at their arrows; and their text on one line.

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

/** The text of brackets with what they hold; undefined where that needs several lines. */
export function flatGroup(
  open: Group['open'],
  close: string,
  { items, separator, ...rest }: Elements,
): string | undefined {
  if (rest.afterOpen || rest.dangling.length > 0) return undefined;
  // Behind another statement on its line the comment would belong to that one.
  if (separator === '  ' && items.slice(1).some(({ segments }) => isRemark(segments[0]!.parts[0]))) return undefined;
  // A number or a parenthesis begins a statement only where a line begins.
  if (separator === '  ' && items.slice(1).some(({ segments }) => beginsLine(segments[0]!.parts[0]))) return undefined;
  // `share` and `learned` are keywords before a name on their line.
  if (separator === '  ' && items.slice(0, -1).some(endsWithKeyword)) return undefined;
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

function endsWithKeyword({ segments, shape }: Element): boolean {
  const last = segments.at(-1)!.parts.findLast((part) => !isRemark(part));
  return shape === undefined && last?.kind === 'word' && (last.text === 'share' || last.text === 'learned');
}

function beginsLine(part: Part | undefined): boolean {
  return part?.kind === 'group' ? part.open === '(' : part !== undefined && /^[\d]/.test(part.text);
}

/** A comment between tokens of a line. */
export function isRemark(part: Part | undefined): boolean {
  return part?.kind === 'word' && part.text.startsWith('/*');
}
