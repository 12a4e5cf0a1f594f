// Pools with a number of windows instead of their size, which ONNX has not: as pools where all windows are alike, otherwise as means by
// matrices, and as maxima of slices.

import { adaptiveSpan } from '../../../../compiler/ops/adaptive-windows.ts';
import { sizeAt } from '../../../../compiler/ops/attributes.ts';
import { int, ints } from '../attributes.ts';
import { refuse } from '../../../onnx/problem.ts';
import { blended } from '../matrices.ts';
import type { Blend } from '../matrices.ts';
import type { Exporter, ExportSite } from '../site.ts';

interface Extents {
  readonly input: readonly [number, number];
  readonly output: readonly [number, number];
}

const extentsOf = ({ inputs: [input], attributes }: ExportSite): Extents => {
  const [, height, width] = input!.shape as [number, number, number];
  return { input: [height, width], output: sizeAt(attributes, 'size') };
};

/** The pool of equal windows, where they are equal. */
function plain(site: ExportSite, global: string, sliding: string): string | undefined {
  const { input, output } = extentsOf(site);
  if (output.every((extent) => extent === 1)) return site.emit(global, [site.operand(0)]);
  if (!output.every((extent, axis) => input[axis]! % extent === 0)) return undefined;
  const kernel = ints(output.map((extent, axis) => input[axis]! / extent));
  return site.emit(sliding, [site.operand(0)], { kernel_shape: kernel, strides: kernel });
}

const average: Exporter = (site) => {
  const pool = plain(site, 'GlobalAveragePool', 'AveragePool');
  if (pool !== undefined) return pool;
  const { input, output } = extentsOf(site);
  const shares = (axis: 0 | 1): Blend => ({
    input: input[axis],
    output: output[axis],
    taps(window) {
      const { start, end } = adaptiveSpan(window, input[axis], output[axis]);
      return Array.from({ length: end - start }, (_, at) => ({ index: start + at, weight: 1 / (end - start) }));
    },
  });
  return blended(site, shares(0), shares(1));
};

/** More slices than these are no way to pool. */
const MAX_SLICES = 256;

const maximum: Exporter = (site) => {
  const pool = plain(site, 'GlobalMaxPool', 'MaxPool');
  if (pool !== undefined) return pool;
  const { input, output } = extentsOf(site);
  if (output[0] + output[1] > MAX_SLICES)
    return refuse(
      `ONNX has no such pool, and its ${output.join('×')} windows would be ${output[0] + output[1]} slices`,
      `write max_pool with a kernel, or at most ${MAX_SLICES} rows and columns`,
    );
  const along = (axis: 0 | 1, x: string): string => {
    const parts = Array.from({ length: output[axis] }, (_, window) => {
      const { start, end } = adaptiveSpan(window, input[axis], output[axis]);
      const places = [start, end, axis + 2].map((place) => site.ints('window', [place]));
      return site.emit('ReduceMax', [site.emit('Slice', [x, ...places]), site.ints('axes', [axis + 2])]);
    });
    return site.emit('Concat', parts, { axis: int(axis + 2) });
  };
  return along(1, along(0, site.operand(0)));
};

export const adaptivePools = {
  adaptive_avg_pool: average,
  adaptive_max_pool: maximum,
} satisfies Record<string, Exporter>;
