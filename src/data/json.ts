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
  const numbers = new NumberList();
  /** Extents, each known when the first list on its axis ends. */
  const shape: number[] = [];
  /** How many elements came before in each list that is open. */
  const indices: number[] = [];
  /** On which depth numbers stand; unknown before the first one, or the first empty list. */
  let rank: number | undefined;
  let at = 0;

  const skipBlanks = (): void => {
    for (
      let code = text.charCodeAt(at);
      code === 0x20 || (code >= 0x09 && code <= 0x0d && code !== 0x0b && code !== 0x0c);
    ) {
      code = text.charCodeAt(++at);
    }
  };
  const invalid = (): InputError => new InputError(`the file is not valid JSON, at character ${at + 1}`);
  const place = (path: readonly number[]): string =>
    path.length === 0 ? 'the value' : `element ${path.map((index) => `[${index}]`).join('')}`;
  const wrong = (found: string): InputError => {
    const isLeaf = indices.length === (rank ?? indices.length);
    return new InputError(
      `${place(indices)} is ${found}, expected ${isLeaf ? 'a number' : `a list of ${shape[indices.length]}`}`,
    );
  };
  const close = (): void => {
    const length = indices.pop()!;
    const axis = indices.length;
    const expected = (shape[axis] ??= length);
    if (length === expected) return;
    const first = indices.map(() => 0);
    throw new InputError(`${place(indices)} has length ${length}, but ${place(first)} has length ${expected}`);
  };

  for (;;) {
    // A value, or the end of an empty list.
    skipBlanks();
    const first = text[at];
    if (first === '[') {
      if (indices.length === rank) throw wrong('a list');
      if (indices.length === MAX_RANK)
        throw new InputError(`the array is nested more than ${MAX_RANK} deep`, { limit: true });
      indices.push(0);
      at++;
      skipBlanks();
      if (text[at] !== ']') continue;
      rank ??= indices.length;
      at++;
      close();
    } else {
      const end = endOfNumber(text, at);
      if (end === at) {
        const kind = kindOf(first);
        throw kind === undefined ? invalid() : wrong(kind);
      }
      const value = numberIn(text, at, end);
      if (Number.isNaN(value)) throw invalid();
      rank ??= indices.length;
      if (indices.length !== rank) throw wrong('a number');
      if (!Number.isFinite(Math.fround(value))) throw wrong('too large');
      at = end;
      if (rank > 0 && indices[rank - 1]! >= mostNumbers)
        throw new InputError(
          `${place(indices.slice(0, -1))} has more than the ${mostNumbers} numbers that were expected in a row`,
        );
      numbers.push(value);
    }
    // What follows a value: the next one, or the ends of lists.
    for (;;) {
      skipBlanks();
      if (indices.length === 0) {
        if (at < text.length) throw invalid();
        return { shape, data: numbers.finish() };
      }
      const mark = text[at];
      if (mark !== ',' && mark !== ']') throw invalid();
      indices[indices.length - 1]!++;
      at++;
      if (mark === ',') break;
      close();
    }
  }
}

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
