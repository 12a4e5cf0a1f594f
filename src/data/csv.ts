// Tables of numbers separated by commas, semicolons, tabs or blanks, with an optional row of column names. They are read in one pass
// that keeps nothing but the numbers.

import { plainDecimal } from './decimal.ts';
import { InputError, printable } from './input-error.ts';
import { NumberList, type NumericArray } from './numeric.ts';

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?$/;
/** More than any number needs; the regular expression sees no more. */
const MAX_CELL = 400;

/**
 * `[rows, columns]`. A first row without any number is skipped as a header, and so are empty lines. Numbers are finite as f32.
 * `checkColumns` is called when the first row is read and may refuse it; it will not accept more than `mostColumns`, so that these
 * are counted but not kept. Throws `InputError`.
 */
export function readCsv(
  text: string,
  mostColumns = Infinity,
  checkColumns: (columns: number) => void = () => {},
): NumericArray {
  const values = new NumberList();
  let columns = 0;
  let rows = 0;
  let firstLine = 0;
  let mayBeHeader = true;
  let number = 0;
  for (let start = text.startsWith('\ufeff') ? 1 : 0; start < text.length;) {
    const line = lineAt(text, start);
    start = line.next;
    number++;
    if (line.isEmpty) continue;
    if (mayBeHeader) {
      mayBeHeader = false;
      let isHeader = true;
      eachCell(text, line, (from, to) => (isHeader &&= Number.isNaN(numberIn(text, from, to))));
      if (isHeader) continue;
    }
    let column = 0;
    eachCell(text, line, (from, to) => {
      column++;
      if (column > (rows > 0 ? columns : mostColumns)) return;
      const value = numberIn(text, from, to);
      if (!Number.isFinite(Math.fround(value))) throw notANumber(text.slice(from, to), value, number, column);
      values.push(value);
    });
    if (rows === 0) {
      columns = column;
      firstLine = number;
      checkColumns(columns);
    } else if (column !== columns) {
      throw new InputError(`line ${number} has ${count(column)}, but line ${firstLine} has ${columns}`);
    }
    rows++;
  }
  if (rows === 0) throw new InputError('the table has no row of numbers');
  return { shape: [rows, columns], data: values.finish() };
}

interface Line {
  readonly start: number;
  readonly end: number;
  /** Where the next line starts. */
  readonly next: number;
  readonly isEmpty: boolean;
  /** Character code; 0 for blanks. */
  readonly separator: number;
}

const [TAB, LF, CR, BLANK, COMMA, SEMICOLON] = [0x09, 0x0a, 0x0d, 0x20, 0x2c, 0x3b] as const;

function lineAt(text: string, start: number): Line {
  let end = start;
  let isEmpty = true;
  let separator = 0;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code === LF || code === CR) break;
    if (code > BLANK) isEmpty = false;
    if (code === COMMA || (code === SEMICOLON && separator !== COMMA) || (code === TAB && separator === 0)) {
      separator = code;
    }
  }
  const next = text.charCodeAt(end) === CR && text.charCodeAt(end + 1) === LF ? end + 2 : end + 1;
  return { start, end, next, isEmpty, separator };
}

/** Calls with the bounds of each cell, without blanks and quotes around it. */
function eachCell(text: string, { start, end, separator }: Line, visit: (from: number, to: number) => void): void {
  const isBlank = (at: number): boolean => text.charCodeAt(at) <= BLANK;
  for (let at = start; at <= end;) {
    while (at < end && isBlank(at) && text.charCodeAt(at) !== separator) at++;
    if (separator === 0 && at === end) return;
    let to = at;
    while (to < end && (separator === 0 ? !isBlank(to) : text.charCodeAt(to) !== separator)) to++;
    const next = to + 1;
    while (to > at && isBlank(to - 1)) to--;
    const isQuoted = to - at >= 2 && text[at] === '"' && text[to - 1] === '"';
    if (isQuoted) visit(at + 1, to - 1);
    else visit(at, to);
    at = next;
  }
}

/** NaN where there is none. */
function numberIn(text: string, from: number, to: number): number {
  const plain = plainDecimal(text, from, to);
  if (!Number.isNaN(plain) || to - from > MAX_CELL) return plain;
  const cell = text.slice(from, to);
  return NUMBER.test(cell) ? Number(cell) : NaN;
}

function notANumber(cell: string, value: number, line: number, column: number): InputError {
  const found = cell === '' ? 'is empty' : `holds ${printable(cell)}`;
  const trouble = Number.isNaN(value) ? ', expected a number' : ', which is beyond the 32-bit numbers (3.4e38)';
  return new InputError(`line ${line}, column ${column} ${found}${trouble}`);
}

function count(cells: number): string {
  return cells === 1 ? '1 column' : `${cells} columns`;
}
