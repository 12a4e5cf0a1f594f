// The filters of a convolution of codes by Winograd's algorithm, transformed and packed when a module loads: one kernel for all.

import type { BlockBuilder } from '../../kernel/builder.ts';
import { add, buildKernel, div, mul, promote, rem, shr, sum, unary } from '../../kernel/builder.ts';
import type { Expression, Kernel } from '../../kernel/ir.ts';
import type { PackSpec } from '../pack.ts';
import { bytesPanel, packedBytes } from './product.ts';
import { vectorTarget } from '../target.ts';
import { positions, side, transformTaps } from './winograd-transforms.ts';

/** Bytes of the filters at one position of a tile: a matrix of words, twice as deep. */
const positionBytes = (depth: number, columns: number): number =>
  packedBytes(2 * depth, columns, bytesPanel(vectorTarget, false), vectorTarget);

/** Bytes of all transformed filters. */
export const codesFilterLength = (depth: number, columns: number): number => positions * positionBytes(depth, columns);

/** Where the filters at a position begin. */
export const codesFilterAt = (filters: Expression, position: Expression, depth: number, columns: number): Expression =>
  add(filters, mul(position, positionBytes(depth, columns)));

/** The kernel's arguments behind the indices of the first tap and of the transformed filters. */
export const codesFilterArguments = (depth: number, columns: number): readonly number[] => [
  depth,
  columns,
  Math.ceil((2 * depth) / 4) * 4,
  positionBytes(depth, columns),
];

/**
 * Parameters: indices of the first tap and of the transformed filters; input channels, output channels, bytes of a column and of a position.
 * g [O, C, 3, 3] → U = G g Gᵀ as [36][O panels][C/2][panel][2] words, each its lower byte first.
 */
export function codesFilter(name: string, { source: type }: Pick<PackSpec, 'source'>): Kernel {
  const panel = bytesPanel(vectorTarget, false);
  const write = (k: BlockBuilder): void => {
    const [source, bytes] = [k.memory('source', type), k.memory('bytes', 'i8')];
    const [g, u, depth, columns, columnBytes, length] = ['g', 'u', 'c', 'o', 'b', 'p'].map((hint) =>
      k.parameter(hint),
    ) as unknown as Parameters;
    k.for('o', 0, columns, (o) =>
      k.for('i', 0, depth, (c) => {
        const from = k.let('from', add(g, mul(add(mul(o, depth), c), 9)));
        const inPanel = add(mul(rem(o, panel), 4), mul(rem(c, 2), 2));
        const to = k.let('to', sum(u, mul(mul(div(o, panel), panel), columnBytes), mul(div(c, 2), 4 * panel), inPanel));
        transformTaps(
          k,
          (i, j) => promote(k.load(source, add(from, 3 * i + j))),
          (i, j, value) => {
            const word = k.let('w', unary('truncate', value));
            const place = k.let('q', add(to, mul(length, side * i + j)));
            k.store(bytes, place, word);
            k.store(bytes, add(place, 1), shr(unary('i32_to_u32', word), 8));
          },
        );
      }),
    );
  };
  return buildKernel(name, 'winograd filters 3x3 of whole numbers', write);
}

type Parameters = readonly [Expression, Expression, Expression, Expression, Expression, Expression];
