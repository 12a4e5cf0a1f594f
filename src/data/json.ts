// Nested JSON arrays of numbers (RFC 8259): `[[[0, 0.5], …], …]`, all of one shape. They are read in one pass that keeps nothing but
// the numbers, because a general parser makes a value of every bracket.

import { plainDecimal } from './decimal.ts';
import { InputError } from './input-error.ts';
import { NumberList, type NumericArray } from './numeric.ts';

const MAX_RANK = 8;

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** More than any number needs; the regular expression sees no more. */
const MAX_NUMBER = 400;

/**
 * The shape is that of the nesting; a lone number has shape `[]`. Numbers are finite as f32, and lists of them have at most
 * `mostNumbers`. Throws `InputError`.
 */
export function readJsonArray(text: string, mostNumbers = Infinity): NumericArray {
  const reading: Reading = {
    text,
    mostNumbers,
    numbers: new NumberList(),
    shape: [],
    indices: [],
    rank: undefined,
    at: 0,
  };
  for (;;) {
    skipBlanks(reading);
    if (text[reading.at] === '[') {
      if (!openList(reading)) continue;
    } else readNumber(reading);
    if (!endLists(reading)) return { shape: reading.shape, data: reading.numbers.finish() };
  }
}

interface Reading {
  readonly text: string;
  readonly mostNumbers: number;
  readonly numbers: NumberList;
  /** Extents, each known when the first list on its axis ends. */
  readonly shape: number[];
  /** How many elements came before in each list that is open. */
  readonly indices: number[];
  /** On which depth numbers stand; unknown before the first one, or the first empty list. */
  rank: number | undefined;
  at: number;
}

function skipBlanks(reading: Reading): void {
  const { text } = reading;
  let { at } = reading;
  for (
    let code = text.charCodeAt(at);
    code === 0x20 || (code >= 0x09 && code <= 0x0d && code !== 0x0b && code !== 0x0c);
  ) {
    code = text.charCodeAt(++at);
  }
  reading.at = at;
}

/** Returns whether the list was empty, and so is a whole value. */
function openList(reading: Reading): boolean {
  const { text, indices } = reading;
  if (indices.length === reading.rank) throw wrong(reading, 'a list');
  if (indices.length === MAX_RANK)
    throw new InputError(`the array is nested more than ${MAX_RANK} deep`, { limit: true });
  indices.push(0);
  reading.at++;
  skipBlanks(reading);
  if (text[reading.at] !== ']') return false;
  reading.rank ??= indices.length;
  reading.at++;
  closeList(reading);
  return true;
}

function readNumber(reading: Reading): void {
  const { text, at, indices, mostNumbers } = reading;
  const end = endOfNumber(text, at);
  if (end === at) {
    const kind = kindOf(text[at]);
    throw kind === undefined ? invalid(reading) : wrong(reading, kind);
  }
  const value = numberIn(text, at, end);
  if (Number.isNaN(value)) throw invalid(reading);
  const rank = (reading.rank ??= indices.length);
  if (indices.length !== rank) throw wrong(reading, 'a number');
  if (!Number.isFinite(Math.fround(value))) throw wrong(reading, 'too large');
  reading.at = end;
  if (rank > 0 && indices[rank - 1]! >= mostNumbers)
    throw new InputError(
      `${placeOf(indices.slice(0, -1))} has more than the ${mostNumbers} numbers that were expected in a row`,
    );
  reading.numbers.push(value);
}

/** What follows a value: ends of lists, and a comma, or the end of the text. Returns whether another value comes. */
function endLists(reading: Reading): boolean {
  const { text, indices } = reading;
  for (;;) {
    skipBlanks(reading);
    if (indices.length === 0) {
      if (reading.at < text.length) throw invalid(reading);
      return false;
    }
    const mark = text[reading.at];
    if (mark !== ',' && mark !== ']') throw invalid(reading);
    indices[indices.length - 1]!++;
    reading.at++;
    if (mark === ',') return true;
    closeList(reading);
  }
}

function closeList({ indices, shape }: Reading): void {
  const length = indices.pop()!;
  const axis = indices.length;
  const expected = (shape[axis] ??= length);
  if (length === expected) return;
  const first = indices.map(() => 0);
  throw new InputError(`${placeOf(indices)} has length ${length}, but ${placeOf(first)} has length ${expected}`);
}

const invalid = ({ at }: Reading): InputError => new InputError(`the file is not valid JSON, at character ${at + 1}`);

function wrong({ indices, rank, shape }: Reading, found: string): InputError {
  const isLeaf = indices.length === (rank ?? indices.length);
  const expected = isLeaf ? 'a number' : `a list of ${shape[indices.length]}`;
  return new InputError(`${placeOf(indices)} is ${found}, expected ${expected}`);
}

const placeOf = (path: readonly number[]): string =>
  path.length === 0 ? 'the value' : `element ${path.map((index) => `[${index}]`).join('')}`;

function endOfNumber(text: string, start: number): number {
  let end = start;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    const isPart =
      (code >= 0x30 && code <= 0x39) ||
      code === 0x2b ||
      code === 0x2d ||
      code === 0x2e ||
      code === 0x45 ||
      code === 0x65;
    if (!isPart) break;
  }
  return end;
}

/** NaN where there is none. */
function numberIn(text: string, start: number, end: number): number {
  const plain = plainDecimal(text, start, end);
  if (!Number.isNaN(plain) || end - start > MAX_NUMBER) return plain;
  const number = text.slice(start, end);
  return NUMBER.test(number) ? Number(number) : NaN;
}

function kindOf(first: string | undefined): string | undefined {
  switch (first) {
    case '"':
      return 'a string';
    case '{':
      return 'an object';
    case 'n':
      return 'null';
    case 't':
    case 'f':
      return 'a boolean';
    default:
      return undefined;
  }
}
