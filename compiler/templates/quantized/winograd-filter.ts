// The filters of a convolution of codes by Winograd's algorithm, transformed and packed when a module loads: one kernel for each size of
// filters, eight of them at a time in words. Those of more than 3×3 taps are cut into pieces of 3×3, with zeros beyond their ends, as if
// each were filters for channels of its own.

import type { BlockBuilder } from '../../kernel/builder.ts';
import { add, buildKernel, div, min, mul, numberOf, promote, shr, sub, sum, unary } from '../../kernel/builder.ts';
import type { Expression, Kernel, Memory } from '../../kernel/ir.ts';
import type { PackSpec } from '../pack.ts';
import { bytesOfColumn, bytesPanel, packedBytes } from './product.ts';
import { vectorTarget } from '../target.ts';
import { positions, side, taps, transformTaps } from './winograd-transforms.ts';

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

/** Bytes in which the taps of eight pieces are gathered: a vector of words for each tap. */
const gatheredBytes = 16 * taps ** 2;

/** Bytes of all transformed filters, and behind them those in which taps are gathered. */
export const codesFilterLength = (filters: CodesFilters): number => positions * positionBytes(filters) + gatheredBytes;

/** Where the filters at a position begin. */
export const codesFilterAt = (first: Expression, position: Expression, filters: CodesFilters): Expression =>
  add(first, mul(position, positionBytes(filters)));

/** The arguments of the kernel's calls, one for whole panels and one for the last columns; `to`: index of the transformed filters. */
export function codesFilterCalls(filters: CodesFilters, to: number): readonly (readonly number[])[] {
  const { kernel, depth, columns } = filters;
  const panel = bytesPanel(vectorTarget, false);
  const [whole, rest] = [Math.floor(columns / panel), columns % panel];
  const [read, write] = [panel * depth * kernel[0] * kernel[1], panel * bytesOfColumn(2 * productDepth(filters))];
  const others = [depth, positionBytes(filters), pieceWords(depth), to + codesFilterLength(filters) - gatheredBytes];
  return [
    ...(whole > 0 ? [[0, to, whole, read, write, panel, ...others]] : []),
    ...(rest > 0 ? [[whole * read, to + whole * write, 1, rest * (read / panel), write, rest, ...others]] : []),
  ];
}

/**
 * Parameters: indices of the first tap and of the transformed filters; panels of columns: count, stride in source and target; columns of a
 * panel, input channels, bytes of a position, words of a piece, index of the gathered taps. g [O, C, KH, KW] → U = G g Gᵀ of each piece as
 * [36][O panels][pieces · C/2][panel][2] words, each its lower byte first.
 */
export function codesFilter(
  name: string,
  { source: type, kernel }: Pick<PackSpec, 'source'> & Pick<CodesFilters, 'kernel'>,
): Kernel {
  return buildKernel(name, `winograd filters ${kernel.join('x')} of whole numbers`, (k) => {
    const [source, bytes] = [k.memory('source', type), k.memory('bytes', 'i8')];
    const [g, u] = [k.parameter('g'), k.parameter('u')];
    const panels = { count: k.parameter('n'), read: k.parameter('s'), write: k.parameter('t') };
    const [columns, depth] = [k.parameter('o'), k.parameter('c')];
    const [length, words, gathered] = [k.parameter('p'), k.parameter('v'), k.parameter('x')];
    const pieces = piecesIn(kernel);
    k.for('panel', 0, panels.count, (at) => {
      const from = k.let('from', add(g, mul(at, panels.read)));
      const to = k.let('to', add(u, mul(at, panels.write)));
      k.for(
        'o',
        0,
        columns,
        (o) => {
          const vector = k.let('q', add(to, mul(o, 4)));
          k.for(
            'i',
            0,
            depth,
            (c) => {
              const first = k.let('first', add(from, mul(add(mul(o, depth), c), kernel[0] * kernel[1])));
              const own = { columns: k.let('w', min(4, sub(columns, o))), channels: k.let('d', min(2, sub(depth, c))) };
              pieces.forEach((piece, number) => {
                gather(k, { source, bytes, first, depth, gathered, kernel, piece }, own);
                const place = k.let(
                  't',
                  add(vector, mul(add(div(c, 2), mul(number, div(words, 2))), 4 * bytesPanel(vectorTarget, false))),
                );
                transformTaps(
                  k,
                  (i, j) => unary('u8x16_to_i16x8', k.loadBytes(bytes, add(gathered, 16 * (taps * i + j)))),
                  (i, j, value) =>
                    k.storeBytes(bytes, add(place, mul(length, side * i + j)), unary('i16x8_to_u8x16', value), 16),
                );
              });
            },
            { step: 2 },
          );
        },
        { step: 4 },
      );
    });
  });
}

/** The first row and column of each piece. */
function piecesIn(kernel: CodesFilters['kernel']): readonly Corner[] {
  const [down, across] = piecesOf(kernel);
  return Array.from({ length: down * across }, (_, at) => [taps * Math.floor(at / across), taps * (at % across)]);
}

type Corner = readonly [top: number, left: number];

interface Gathering {
  readonly source: Memory;
  readonly bytes: Memory;
  /** Index of the first tap of the first filter. */
  readonly first: Expression;
  /** Input channels. */
  readonly depth: Expression;
  readonly gathered: Expression;
  readonly kernel: CodesFilters['kernel'];
  readonly piece: Corner;
}

/** Writes each tap of a piece of up to four columns and two channels as a vector of words, two for each column; zeros where there is none. */
function gather(
  k: BlockBuilder,
  { source, bytes, first, depth, gathered, kernel, piece: [top, left] }: Gathering,
  own: { readonly columns: Expression; readonly channels: Expression },
): void {
  const [kh, kw] = kernel;
  const zeros = numberOf('u8x16', 0);
  for (let tap = 0; tap < taps ** 2; tap += 1) k.storeBytes(bytes, add(gathered, 16 * tap), zeros, 16);
  k.for('l', 0, own.columns, (column) =>
    k.for('h', 0, own.channels, (channel) => {
      const from = k.let('f', add(first, mul(add(mul(column, depth), channel), kh * kw)));
      const to = k.let('b', sum(gathered, mul(column, 4), mul(channel, 2)));
      for (let i = 0; i < taps && top + i < kh; i += 1)
        for (let j = 0; j < taps && left + j < kw; j += 1) {
          const word = k.let('w', unary('truncate', promote(k.load(source, add(from, (top + i) * kw + left + j)))));
          const place = 16 * (taps * i + j);
          k.store(bytes, add(to, place), word);
          k.store(bytes, add(to, place + 1), shr(unary('i32_to_u32', word), 8));
        }
    }),
  );
}
