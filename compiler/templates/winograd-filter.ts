// The filters of a convolution by Winograd's algorithm, transformed and packed in f64 when a module loads: one kernel for each
// form, whatever the channels.

import type { Operand } from '../kernel/builder.ts';
import { add, buildKernel, mul, promote, rem, sub, sum } from '../kernel/builder.ts';
import type { Expression, Kernel } from '../kernel/ir.ts';
import { packedLength, panelsOf } from './matmul.ts';
import type { Filtering } from './winograd-transforms.ts';
import { tileSide, transformFilter } from './winograd-transforms.ts';

export interface WinogradFilterSpec {
  readonly form: Filtering;
  readonly type: 'f32' | 'f64';
}

export interface WinogradFilters {
  readonly form: Filtering;
  readonly columns: number;
  readonly depth: number;
  /** Strides in the source tensor: output channel, input channel, kernel row, kernel column. */
  readonly strides: readonly [number, number, number, number];
  /** Columns of a packed panel, and the lanes that the last one is filled up to. */
  readonly panel: number;
  readonly lanes: 1 | 4;
}

/** Elements of the transformed filters. */
export function winogradFilterLength({ form, columns, depth, panel, lanes }: Omit<WinogradFilters, 'strides'>): number {
  return tileSide(form) ** 2 * packedLength(depth, columns, panel, lanes);
}

/** The kernel's arguments behind the index of the first tap and that of the transformed filters. */
export function winogradFilterArguments({ columns, depth, strides, panel, lanes }: WinogradFilters): readonly number[] {
  const { width, full, lastWidth } = panelsOf(columns, panel, lanes);
  return [depth, columns, full * width, width, lastWidth, packedLength(depth, columns, panel, lanes), ...strides];
}

/**
 * Parameters: index of the first tap, of the transformed filters; input and output channels, columns in whole panels, width
 * of a panel and of the last one, elements per position of a tile, strides. g [O, C, r, r] → U = G g Gᵀ as [tile²][O panels][C][panel].
 */
export function winogradFilter(name: string, { form, type }: WinogradFilterSpec): Kernel {
  const side = tileSide(form);
  return buildKernel(name, `winograd filters ${form.filter}x${form.filter} in tiles of ${side}x${side}`, (k) => {
    const source = k.memory('source', type);
    const weights = k.memory('weights', 'f32');
    const [g, u, depth, columns, full, width, lastWidth, length] = ['g', 'u', 'd', 'o', 'n', 'w', 'v', 'p'].map(
      (hint) => k.parameter(hint),
    ) as [Expression, Expression, Expression, Expression, Expression, Expression, Expression, Expression];
    const [perOutput, perInput, perRow, perColumn] = [0, 1, 2, 3].map(() => k.parameter('s')) as [
      Expression,
      Expression,
      Expression,
      Expression,
    ];
    const filters = (first: Operand, end: Operand, stride: Expression): void =>
      k.for('j', first, end, (o) => {
        const lane = k.let('lane', rem(sub(o, first), stride));
        const block = k.let('block', mul(sub(o, lane), depth));
        k.for('c', 0, depth, (c) => {
          const from = k.let('from', sum(g, mul(o, perOutput), mul(c, perInput)));
          const to = k.let('to', sum(u, block, mul(c, stride), lane));
          transformFilter(
            k,
            form,
            (i, j) => promote(k.load(source, sum(from, mul(perRow, i), mul(perColumn, j)))),
            (i, j, value) => k.store(weights, add(to, mul(length, i * side + j)), value),
          );
        });
      });
    filters(0, full, width);
    filters(full, columns, lastWidth);
  });
}
