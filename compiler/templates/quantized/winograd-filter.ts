// The filters of a convolution of codes by Winograd's algorithm, transformed and packed when a module loads: one kernel for each size of
// filters. Those of more than 3×3 taps are cut into pieces of 3×3, with zeros beyond their ends, as if each were filters for channels of its own.

import type { BlockBuilder } from '../../kernel/builder.ts';
import { add, buildKernel, div, f64, mul, promote, rem, shr, sum, unary } from '../../kernel/builder.ts';
import type { Expression, Kernel } from '../../kernel/ir.ts';
import type { PackSpec } from '../pack.ts';
import { bytesOfColumn, bytesPanel, packedBytes } from './product.ts';
import { vectorTarget } from '../target.ts';
import { positions, side, transformTaps } from './winograd-transforms.ts';

/** Filters of a convolution. */
export interface CodesFilters {
  readonly kernel: readonly [number, number];
  /** Input and output channels. */
  readonly depth: number;
  readonly columns: number;
}

/** Pieces of 3×3 taps from top to bottom and from left to right. */
export const piecesOf = ([kh, kw]: readonly [number, number]): readonly [number, number] => [
  Math.ceil(kh / 3),
  Math.ceil(kw / 3),
];

/** Words that a piece takes of a row of the product: channels, filled up to whole vectors. */
export const pieceWords = (depth: number): number => Math.ceil(depth / 8) * 8;

/** Words along the product's depth: pieces follow one another. */
export function productDepth({ kernel, depth }: CodesFilters): number {
  const [down, across] = piecesOf(kernel);
  return (down * across - 1) * pieceWords(depth) + depth;
}

/** Bytes of the filters at one position of a tile: a matrix of words, twice as deep. */
const positionBytes = (filters: CodesFilters): number =>
  packedBytes(2 * productDepth(filters), filters.columns, bytesPanel(vectorTarget, false), vectorTarget);

/** Bytes of all transformed filters. */
export const codesFilterLength = (filters: CodesFilters): number => positions * positionBytes(filters);

/** Where the filters at a position begin. */
export const codesFilterAt = (first: Expression, position: Expression, filters: CodesFilters): Expression =>
  add(first, mul(position, positionBytes(filters)));

/** The kernel's arguments behind the indices of the first tap and of the transformed filters. */
export const codesFilterArguments = (filters: CodesFilters): readonly number[] => [
  filters.depth,
  filters.columns,
  bytesOfColumn(2 * productDepth(filters)),
  positionBytes(filters),
  pieceWords(filters.depth),
];

/**
 * Parameters: indices of the first tap and of the transformed filters; input channels, output channels, bytes of a column and of a position, words
 * of a piece. g [O, C, KH, KW] → U = G g Gᵀ of each piece as [36][O panels][pieces · C/2][panel][2] words, each its lower byte first.
 */
export function codesFilter(
  name: string,
  { source: type, kernel }: Pick<PackSpec, 'source'> & Pick<CodesFilters, 'kernel'>,
): Kernel {
  const [kh, kw] = kernel;
  const [down, across] = piecesOf(kernel);
  const panel = bytesPanel(vectorTarget, false);
  const write = (k: BlockBuilder): void => {
    const [source, bytes] = [k.memory('source', type), k.memory('bytes', 'i8')];
    const [g, u, depth, columns, columnBytes, length, words] = ['g', 'u', 'c', 'o', 'b', 'p', 'v'].map((hint) =>
      k.parameter(hint),
    ) as unknown as Parameters;
    /** Transforms the piece whose first tap is in row `top` and column `left`, to the word `at` along the depth. */
    const piece = (from: Expression, to: Expression, at: Expression, top: number, left: number): void => {
      const place = k.let('t', sum(to, mul(div(at, 2), 4 * panel), mul(rem(at, 2), 2)));
      transformTaps(
        k,
        (i, j) =>
          top + i < kh && left + j < kw ? promote(k.load(source, add(from, (top + i) * kw + left + j))) : f64(0),
        (i, j, value) => {
          const word = k.let('w', unary('truncate', value));
          const there = k.let('q', add(place, mul(length, side * i + j)));
          k.store(bytes, there, word);
          k.store(bytes, add(there, 1), shr(unary('i32_to_u32', word), 8));
        },
      );
    };
    k.for('o', 0, columns, (o) =>
      k.for('i', 0, depth, (c) => {
        const from = k.let('from', add(g, mul(add(mul(o, depth), c), kh * kw)));
        const to = k.let('to', sum(u, mul(mul(div(o, panel), panel), columnBytes), mul(rem(o, panel), 4)));
        for (let at = 0; at < down * across; at += 1) {
          const [row, column] = [Math.floor(at / across), at % across];
          piece(from, to, k.let('d', add(c, mul(words, at))), 3 * row, 3 * column);
        }
      }),
    );
  };
  return buildKernel(name, `winograd filters ${kh}x${kw} of whole numbers`, write);
}

type Parameters = readonly [
  ...[Expression, Expression, Expression, Expression],
  ...[Expression, Expression, Expression],
];
