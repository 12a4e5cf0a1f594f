// Winograd's algorithm F(4×4, 3×3) in whole numbers (A. Lavin and S. Gray, "Fast Algorithms for Convolutional Neural Networks", 2016; points
// 0, ±1, ±2). The rows of G are multiplied by 4, 6, 6, 24, 24 and 1, so that they are whole; those of Aᵀ by 24 over these, so that the
// result is 24² = 576 times that of the convolution. Of codes of seven bits and weights of eight, transformed pixels are at most 68 · 127
// and transformed taps 49 · 128: both fit 16 bits. Products and their sums are computed modulo 2^32, in which 9, of 576 = 9 · 64, has an
// inverse: what is left is exact while the convolution's sums are less than 2^25.

import type { BlockBuilder } from '../../kernel/builder.ts';
import { fadd, fsub, numberOf, shl, shr, u32Lanes, uadd, umul, usub } from '../../kernel/builder.ts';
import type { Expression } from '../../kernel/ir.ts';

/** Taps along a side of a filter. */
export const taps = 3;
/** Results, pixels and positions along a side of a tile. */
export const results = 4;
export const side = 6;
export const positions = side ** 2;

/** 1/9 modulo 2^32. */
const ninth = 0x38e3_8e39;

type Read = (i: number, j: number) => Expression;
type Line = (k: BlockBuilder, values: readonly Expression[]) => readonly Expression[];

const named = (k: BlockBuilder, values: readonly Expression[]): readonly Expression[] =>
  values.map((value) => k.let('t', value));

/** Bᵀ · d of words: six pixels → six. */
const inputLine: Line = (k, d) => {
  const [d0, d1, d2, d3, d4, d5] = d as Six;
  const [e, f] = [k.let('e', fsub(d4, d2)), k.let('f', fsub(d3, d1))];
  const [a, b] = [k.let('a', fsub(d4, shl(d2, 2))), k.let('b', fsub(d3, shl(d1, 2)))];
  const g = k.let('g', shl(f, 1));
  const first = fadd(e, shl(fsub(d0, d2), 2));
  const last = fsub(fsub(d5, d3), shl(f, 2));
  return named(k, [first, fadd(a, b), fsub(a, b), fadd(e, g), fsub(e, g), last]);
};

/** G · g of words: three taps → six. */
const filterLine: Line = (k, g) => {
  const [g0, g1, g2] = g as Six;
  const ends = k.let('e', fadd(g0, g2));
  const [double, far] = [k.let('d', shl(g1, 1)), k.let('f', fadd(g0, shl(g2, 2)))];
  const negative = fsub(numberOf('i16x8', 0), fadd(ends, g1));
  return named(k, [g0, negative, fsub(g1, ends), fadd(far, double), fsub(far, double), g2]);
};

/** Aᵀ · m of 32 bits: six products → four. */
const outputLine: Line = (k, m) => {
  const [m0, m1, m2, m3, m4, m5] = m as Six;
  const [near, far] = [k.let('s', uadd(m1, m2)), k.let('s', uadd(m3, m4))];
  const [left, right] = [k.let('d', shl(usub(m1, m2), 2)), k.let('d', usub(m3, m4))];
  const four = k.let('n', shl(near, 2));
  return named(k, [
    uadd(uadd(uadd(shl(m0, 2), shl(m0, 1)), four), far),
    uadd(left, shl(right, 1)),
    uadd(four, shl(far, 2)),
    uadd(uadd(left, shl(right, 3)), uadd(shl(m5, 4), shl(m5, 3))),
  ]);
};

/** Lines of a square of so many columns, one below the other; row i of the result is computed when `visit` has seen row i − 1. */
function transform(
  k: BlockBuilder,
  line: Line,
  size: number,
  read: Read,
  visit: (i: number, row: () => readonly Expression[]) => void,
): void {
  const indices = Array.from({ length: size }, (_, i) => i);
  const columns = indices.map((j) =>
    line(
      k,
      indices.map((i) => k.let('v', read(i, j))),
    ),
  );
  columns[0]!.forEach((_, i) =>
    visit(i, () =>
      line(
        k,
        columns.map((column) => column[i]!),
      ),
    ),
  );
}

/** Bᵀ d B of 6 × 6 pixels, words. */
export function transformCodes(
  k: BlockBuilder,
  read: Read,
  write: (i: number, j: number, value: Expression) => void,
): void {
  transform(k, inputLine, side, read, (i, row) => row().forEach((value, j) => write(i, j, value)));
}

/** G g Gᵀ of 3 × 3 taps, words. */
export function transformTaps(
  k: BlockBuilder,
  read: Read,
  write: (i: number, j: number, value: Expression) => void,
): void {
  transform(k, filterLine, 3, read, (i, row) => row().forEach((value, j) => write(i, j, value)));
}

/** Row by row, from 6 × 6 sums of products, the sums of the convolution: u32x4 that are read as signed. */
export function transformProducts(
  k: BlockBuilder,
  read: Read,
  visit: (i: number, row: () => readonly Expression[]) => void,
): void {
  transform(k, outputLine, side, read, (i, row) => visit(i, () => row().map((value) => k.let('y', quotient(value)))));
}

/** A 576th of what is 576 times a number that is less than 2^25: 64 times it, whose sign a shift by six bits keeps when 2^31 is added. */
const quotient = (value: Expression): Expression =>
  usub(shr(uadd(umul(value, u32Lanes(ninth)), u32Lanes(2 ** 31)), 6), u32Lanes(2 ** 25));

type Six = readonly [Expression, Expression, Expression, Expression, Expression, Expression];
