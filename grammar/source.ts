// A source text and places in it. Everything that can be wrong points at a `Span`.

export interface Source {
  /** As messages show it: as the user wrote it, or, of an imported file, beside that. */
  readonly path: string;
  readonly text: string;
}

/** Half-open range of UTF-16 offsets, `start <= end`, both finite. */
export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

/** 1-based line and column (columns count UTF-16 units). */
export interface Position {
  readonly line: number;
  readonly column: number;
}

const lineStarts = new WeakMap<Source, readonly number[]>();

function startsOf(source: Source): readonly number[] {
  const known = lineStarts.get(source);
  if (known) return known;
  // As in the lexer, and as in editors: \n, \r\n or \r end a line, and nothing else does.
  const starts = [0];
  for (const { 0: end, index } of source.text.matchAll(/\r\n|\n|\r/g)) starts.push(index + end.length);
  lineStarts.set(source, starts);
  return starts;
}

export function positionOf(source: Source, offset: number): Position {
  const starts = startsOf(source);
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - starts[low]! + 1 };
}

/** The text of one 1-based line, without its line break. */
export function lineText(source: Source, line: number): string {
  const starts = startsOf(source);
  const start = starts[line - 1] ?? source.text.length;
  const text = source.text.slice(start, starts[line] ?? source.text.length);
  return text.slice(0, text.length - (/(?:\r\n|\n|\r)$/.exec(text)?.[0].length ?? 0));
}

export function lineOf(span: Span): number {
  return positionOf(span.source, span.start).line;
}

export function textOf(span: Span): string {
  return span.source.text.slice(span.start, span.end);
}

/** The smallest span that covers both; they must be of one source. */
export function join(first: Span, last: Span): Span {
  return { source: first.source, start: Math.min(first.start, last.start), end: Math.max(first.end, last.end) };
}
