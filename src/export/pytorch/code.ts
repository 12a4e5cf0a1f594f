// Pieces of Python in which numbers are still open: the same block at another place has other channels, and where it differs a
// number becomes a parameter of the block's class.

import type { PyValue } from './python.ts';

/** A number, or another value, that may differ from one call of a block to the next. */
export interface Hole {
  /** What it is called as a parameter: `out_channels`. */
  readonly role: string;
  readonly value: PyValue;
}

export type Piece = string | Hole;
export type Code = readonly Piece[];

/** An argument of a layer. */
export interface Argument extends Hole {
  /** By which it is given; absent where it is positional. */
  readonly keyword?: string;
  /** The default, with which it is left out. */
  readonly omitted?: PyValue;
}

/** A layer to be made: `nn.Conv2d(3, 64, kernel_size=3)`. */
export interface Layer {
  readonly callee: string;
  readonly arguments: readonly Argument[];
}

/** Python from a template: its values are texts, holes, or code made of both. */
export function py(texts: TemplateStringsArray, ...values: readonly (string | Hole | Code)[]): Code {
  return texts.flatMap((text, at): Code => {
    const value = values[at];
    return [text, ...(value === undefined ? [] : isCode(value) ? value : [value])];
  });
}

const isCode = (value: string | Hole | Code): value is Code => Array.isArray(value);

/** A value that may differ from call to call. */
export const hole = (role: string, value: PyValue): Hole => ({ role, value });

/** A positional argument. */
export const given = (role: string, value: PyValue): Argument => ({ role, value });

/** One that is left out where it has its default. */
export const option = (keyword: string, value: PyValue, omitted?: PyValue): Argument => ({
  role: keyword,
  keyword,
  value,
  ...(omitted !== undefined && { omitted }),
});

/** Whether two values are written alike. */
export const sameValue = (a: PyValue, b: PyValue): boolean => JSON.stringify(a) === JSON.stringify(b);
