// The filters of a convolution by Winograd's algorithm, transformed and packed in f64 when a module loads.

import type { Operand } from '../kernel/builder.ts';
import { add, buildKernel, i32, mul, promote, rem, sub, sum } from '../kernel/builder.ts';
import type { Kernel } from '../kernel/ir.ts';
import { packedLength, panelsOf } from './matmul.ts';
import type { Filtering } from './winograd-transforms.ts';
import { tileSide, transformFilter } from './winograd-transforms.ts';

export interface WinogradFilterSpec {
  readonly form: Filtering;
  readonly columns: number;
  readonly depth: number;
  /** Strides in the source tensor: output channel, input channel, kernel row, kernel column. */
  readonly strides: readonly [number, number, number, number];
  readonly type: 'f32' | 'f64';
  /** Columns of a packed panel, and the lanes that the last one is filled up to. */
  readonly panel: number;
  readonly lanes: 1 | 4;
}

/** Elements of the transformed filters. */
export function winogradFilterLength({
  form,
  columns,
  depth,
  panel,
  lanes,
}: Omit<WinogradFilterSpec, 'type' | 'strides'>): number {
  return tileSide(form) ** 2 * packedLength(depth, columns, panel, lanes);
}

/** Parameters: index of the first tap, of the transformed filters. g [O, C, r, r] → U = G g Gᵀ as [tile²][O panels][C][panel]. */
export function winogradFilter(name: string, spec: WinogradFilterSpec): Kernel {
  const { form, columns, depth, strides, panel, lanes } = spec;
  const { width, full, lastWidth } = panelsOf(columns, panel, lanes);
  const side = tileSide(form);
  const length = packedLength(depth, columns, panel, lanes);
  return buildKernel(name, `winograd filters ${columns}x${depth}`, (k) => {
    const source = k.memory('source', spec.type);
    const weights = k.memory('weights', 'f32');
    const g = k.parameter('g');
    const u = k.parameter('u');
    const filters = (first: Operand, end: Operand, stride: number): void =>
      k.for('o', first, end, (o) => {
        const lane = k.let('lane', rem(sub(o, first), stride));
        const block = k.let('block', mul(sub(o, lane), depth));
        k.for('c', 0, depth, (c) => {
          const from = k.let('from', sum(g, mul(o, strides[0]), mul(c, strides[1])));
          const to = k.let('to', sum(u, block, mul(c, stride), lane));
          transformFilter(
            k,
            form,
            (i, j) => promote(k.load(source, add(from, i * strides[2] + j * strides[3]))),
            (i, j, value) => k.store(weights, add(to, (i * side + j) * length), value),
          );
        });
      });
    filters(i32(0), full * width, width);
    if (full * width < columns) filters(i32(full * width), columns, lastWidth);
  });
}
