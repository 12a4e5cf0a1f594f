// Elements → lines: everything on one line where it fits; else braces open, then chains break at their arrows, then
// arguments stand on lines of their own. Shapes and comments of neighbouring lines stand in columns.

import { widthOf } from '../terminal.ts';
import { flatElement, flatSegment } from './elements.ts';
import type { Element, Elements, Group, Part, Segment, Word } from './elements.ts';

/** Columns of a line. */
const WIDTH = 100;
const STEP = 2;

/** The text of a file; ends with a line break unless it is empty. */
export function layOut(file: Elements): string {
  return inLines(file, 0)
    .map((line) => `${line}\n`)
    .join('');
}

const indentation = (indent: number): string => ' '.repeat(indent);

/** Every element on lines of its own. */
function inLines({ items, separator, dangling }: Elements, indent: number): readonly string[] {
  const lines: string[] = [];
  const put = (text: string, blankBefore: boolean): void => {
    if (blankBefore && lines.length > 0) lines.push('');
    lines.push(text === '' ? '' : indentation(indent) + text);
  };
  const comma = separator === ', ' ? ',' : '';
  const rows: Row[] = [];
  for (const [index, item] of items.entries()) {
    for (const comment of item.leading) put(comment.text, comment.blankBefore);
    const last = index === items.length - 1;
    const { code, shape } = elementLines(item, indent, indent, last ? 0 : comma.length);
    const [first = '', ...others] = code;
    put(first, item.blankBefore);
    lines.push(...others);
    const separated = item.leading.length > 0 || item.blankBefore || code.length > 1;
    const end = lines.length - 1;
    const follows = !separated && rows.at(-1)?.end === end - 1;
    rows.push({ end, follows, closes: code.length > 1, shape, tail: last ? '' : comma, trailing: item.trailing?.text });
  }
  for (const run of runsOf(rows)) {
    inColumn(lines, run, ({ shape }) => shape, ' ', WIDTH);
    for (const { end, tail } of run) lines[end] += tail;
    inColumn(lines, run, ({ trailing }) => trailing, '  ', Infinity);
  }
  for (const comment of dangling) put(comment.text, comment.blankBefore);
  return lines;
}

/** The last line of an element, and what is to follow on it. */
interface Row {
  readonly end: number;
  /** On the line below the row before, as short as that. */
  readonly follows: boolean;
  readonly closes: boolean;
  readonly shape: string | undefined;
  readonly tail: string;
  readonly trailing: string | undefined;
}

/** Rows on neighbouring lines, each of one line. */
function runsOf(rows: readonly Row[]): readonly (readonly Row[])[] {
  const runs: Row[][] = [];
  for (const row of rows) {
    const run = runs.at(-1);
    if (run && row.follows && !run.at(-1)!.closes) run.push(row);
    else runs.push([row]);
  }
  return runs;
}

/** Adds texts to lines, in one column where all then end within `width`. */
function inColumn(
  lines: string[],
  run: readonly Row[],
  textOf: (row: Row) => string | undefined,
  gap: string,
  width: number,
): void {
  const cells = run.flatMap((row) => {
    const text = textOf(row);
    return text === undefined ? [] : [{ at: row.end, text, from: widthOf(lines[row.end]!) }];
  });
  const column = Math.max(0, ...cells.map(({ from }) => from));
  const fits = cells.every(({ text }) => column + gap.length + widthOf(text) <= width);
  for (const { at, text, from } of cells) lines[at] += ' '.repeat(fits ? column - from : 0) + gap + text;
}

/** `column` is where the first line begins, `tail` what must fit behind the last; other lines carry their indentation. */
function elementLines(
  element: Element,
  indent: number,
  column: number,
  tail: number,
): { readonly code: readonly string[]; readonly shape: string | undefined } {
  const { segments, shape } = element;
  const rest = tail + (shape === undefined ? 0 : 1 + widthOf(shape));
  const flat = flatElement({ ...element, leading: [], trailing: undefined, shape: undefined });
  if (flat !== undefined && column + widthOf(flat) + rest <= WIDTH) return { code: [flat], shape };
  const [first, ...others] = segments;
  if (others.length === 0) return { code: sumLines(first!.parts, indent, column, rest), shape };
  const joined = onOneLine(segments, indent, column, rest);
  return { code: joined ?? brokenChain(segments, indent, column, rest), shape };
}

/** A chain that needs lines only for its braces, as its parts; undefined where it is too wide all the same. */
function onOneLine(
  segments: readonly Segment[],
  indent: number,
  column: number,
  rest: number,
): readonly string[] | undefined {
  const parts: Part[] = [];
  for (const segment of segments) {
    if (segment.leading.length > 0 || segment.trailing) return undefined;
    if (parts.length > 0) parts.push({ kind: 'word', text: '->', gap: ' ' });
    parts.push(...segment.parts.map((part, at) => (parts.length > 0 && at === 0 ? { ...part, gap: ' ' } : part)));
  }
  if (!parts.some(isBraces)) return undefined;
  let at = column;
  for (const part of parts) {
    if (isBraces(part)) {
      if (at + part.gap.length + 1 > WIDTH) return undefined;
      at = indent + 1;
      continue;
    }
    const text = part.kind === 'word' ? part.text : part.flat;
    if (text === undefined) return undefined;
    at += part.gap.length + widthOf(text);
    if (at > WIDTH) return undefined;
  }
  return at + rest > WIDTH ? undefined : partLines(parts, indent, column, rest);
}

function brokenChain(segments: readonly Segment[], indent: number, column: number, rest: number): readonly string[] {
  const lines: string[] = [];
  for (const [index, segment] of segments.entries()) {
    const inner = index === 0 ? indent : indent + STEP;
    for (const comment of segment.leading) lines.push(indentation(inner) + comment.text);
    const isLast = index === segments.length - 1;
    const start = index === 0 ? column : inner + '-> '.length;
    const lay = index === 0 ? sumLines : partLines;
    const [first = '', ...others] = lay(segment.parts, inner, start, isLast ? rest : 0);
    lines.push(index === 0 ? first : `${indentation(inner)}-> ${first}`, ...others);
    if (segment.trailing) lines[lines.length - 1] += `  ${segment.trailing.text}`;
  }
  return lines;
}

/** A sum that is too wide with each further term on a line of its own, where all then fit; else as its parts. */
function sumLines(parts: readonly Part[], indent: number, column: number, tail: number): readonly string[] {
  const whole = flatWidth(parts);
  const terms = column + whole + tail <= WIDTH ? [] : termsOf(parts);
  const inner = indent + STEP;
  const fits = terms.every((term, index) => {
    const start = index === 0 ? column : inner;
    return start + flatWidth(term) + (index === terms.length - 1 ? tail : 0) <= WIDTH;
  });
  if (terms.length < 2 || !fits) return partLines(parts, indent, column, tail);
  return terms.map((term, index) => {
    const text = flatSegment({ leading: [], parts: term, trailing: undefined }) ?? '';
    return index === 0 ? text : indentation(inner) + text;
  });
}

/** The parts cut before each `+` and `-` between two terms. */
function termsOf(parts: readonly Part[]): readonly (readonly Part[])[] {
  const terms: Part[][] = [[]];
  for (const [index, part] of parts.entries()) {
    const joins = part.kind === 'word' && (part.text === '+' || part.text === '-') && parts[index + 1]?.gap === ' ';
    if (joins) terms.push([{ ...part, gap: '' }]);
    else terms.at(-1)!.push(part);
  }
  return terms;
}

/** Words and brackets one after the other; brackets that do not fit open. */
function partLines(parts: readonly Part[], indent: number, column: number, tail: number): readonly string[] {
  const lines = [''];
  let at = column;
  const add = (text: string): void => {
    lines[lines.length - 1] += text;
    at += widthOf(text);
  };
  // The branches of a condition look alike.
  const branches = parts.some(isElse) && !(flatWidth(parts) + column + tail <= WIDTH);
  for (const [index, part] of parts.entries()) {
    add(part.gap);
    if (part.kind === 'word') {
      add(part.text);
      continue;
    }
    const after = widthAfter(parts.slice(index + 1), tail);
    const opens = part.flat === undefined || (branches && isBraces(part)) || at + widthOf(part.flat) + after > WIDTH;
    if (!opens || isEmpty(part)) {
      add(part.flat ?? part.open + part.close);
      continue;
    }
    add(part.open + (part.afterOpen ? `  ${part.afterOpen.text}` : ''));
    const inner = isPlain(part) ? filled(part, indent + STEP) : inLines(part, indent + STEP);
    lines.push(...inner, indentation(indent) + part.close);
    at = indent + part.close.length;
  }
  return lines;
}

function isEmpty({ items, afterOpen, dangling }: Group): boolean {
  return items.length === 0 && !afterOpen && dangling.length === 0;
}

function isBraces(part: Part): boolean {
  return part.kind === 'group' && part.open === '{';
}

function isElse(part: Part): boolean {
  return part.kind === 'word' && part.text === 'else';
}

/** Infinite where a part needs several lines. */
function flatWidth(parts: readonly Part[]): number {
  const text = flatSegment({ leading: [], parts, trailing: undefined });
  return text === undefined ? Infinity : widthOf(text);
}

/** Columns up to the next brackets, or the end. */
function widthAfter(parts: readonly Part[], tail: number): number {
  let width = 0;
  for (const part of parts) {
    if (part.kind === 'group') return width + part.gap.length + 1;
    width += part.gap.length + widthOf(part.text);
  }
  return width + tail;
}

/** A list of numbers, texts and names, which share lines. */
function isPlain({ open, items, dangling }: Group): boolean {
  const isWords = ({ segments, leading, trailing }: Element): boolean =>
    leading.length === 0 && !trailing && segments.length === 1 && segments[0]!.parts.every(isWord);
  return open === '[' && dangling.length === 0 && items.length > 0 && items.every(isWords);
}

function isWord(part: Part): part is Word {
  return part.kind === 'word';
}

function filled({ items }: Group, indent: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const [index, item] of items.entries()) {
    const text = flatElement(item)! + (index < items.length - 1 ? ',' : '');
    if (line !== '' && indent + line.length + 1 + text.length > WIDTH) {
      lines.push(indentation(indent) + line);
      line = text;
    } else line = line === '' ? text : `${line} ${text}`;
  }
  return [...lines, indentation(indent) + line];
}
