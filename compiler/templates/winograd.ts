// Convolutions by Winograd's minimal filtering F(m × n, r × s): tiles of m × n results need
// (m + r − 1)(n + s − 1) instead of m n r s multiplications. Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A (A. Lavin and S. Gray, "Fast Algorithms for Convolutional Neural
// Networks", 2016). Tiles are gathered in blocks; each position of a tile is one matrix product over the channels. Tiles whose numbers
// differ too much for that are computed directly, with the sums of `conv` (winograd-range.ts).

import type { Operand } from '../kernel/builder.ts';
import { add, eq, f64, fmin, min, mul, numberOf, promote, sub, sum } from '../kernel/builder.ts';
import type { Expression, Kernel } from '../kernel/ir.ts';
import { sliceName } from './geometry.ts';
import type { Image } from './map-kernel.ts';
import { layerKernel } from './map-kernel.ts';
import { matrixProduct } from './matmul.ts';
import type { Target } from './target.ts';
import { sharesTiles } from './target.ts';
import { phaseChannels, positionsOf, tilesOf } from './winograd-geometry.ts';
import { isDirect, isTransformed, judgeTile, storeTransformed } from './winograd-input.ts';
import { directTile, transformedTile } from './winograd-output.ts';
import { largestRatio } from './winograd-range.ts';
import type { WinogradRun, WinogradSpec } from './winograd-run.ts';
import { layoutOf } from './winograd-run.ts';

/**
 * Parameters: input base, transformed filters, filters packed as for `conv`, [bias], output base, epilogues', images.
 * x [H·W, C] · U [position][O panels][C][panel] → y.
 */
export function winograd(name: string, spec: WinogradSpec, target: Target): Kernel {
  const { form, input, output, pool } = spec;
  const pooled = pool ? ` and ${pool} pool 2x2` : '';
  const kernel = `${form.down.filter}x${form.across.filter}`;
  const summary = `winograd conv ${kernel}${pooled} ${sliceName(input)} -> ${sliceName(output)}`;
  return layerKernel(
    name,
    summary,
    { ...spec, packed: ['u', 'w'], epilogues: [spec.epilogue, spec.then] },
    target,
    ({ k, v, arena, weights, packed: [filters, direct], bias, epilogues: [epilogue, then], eachImage }) => {
      const threads = sharesTiles(target);
      const work = k.memory(threads ? 'shared' : 'scratch', 'f32');
      const own = k.memory('scratch', 'f32');
      const layout = layoutOf(spec, v, target);
      const end = add(filters, positionsOf(spec) * layout.packed);
      const safe = k.let('safe', promote(k.load(weights, end)));
      const small = k.let('small', fmin(safe, f64(largestRatio)));
      const run = { k, v, spec, layout, arena, weights, work, own, filters, direct, bias, epilogue, then, safe };
      eachImage((image) => convolveImage(run, image, small, threads));
    },
  );
}

/** Block after block; threads share the tiles and positions of a block, or each takes blocks of its own. */
function convolveImage(run: WinogradRun, image: Image, small: Expression, threads: boolean): void {
  const { k, spec, layout, work } = run;
  const { block, states } = layout;
  const total = tilesOf(spec);
  const least = total % block || block;
  k.for(
    'b',
    0,
    total,
    (first) => {
      const count = total % block === 0 ? block : k.let('tiles', min(block, sub(total, first)));
      const eachTile = (body: (tile: Expression) => void): void => k.for('t', 0, count, body, { parallel: threads });
      const place = (tile: Expression): Expression => k.let('at', add(first, tile));
      eachTile((tile) => storeTransformed(run, image, place(tile), tile));
      if (threads) k.barrier();
      eachTile((tile) => judgeTile(run, image, place(tile), add(tile, states), small));
      k.for('xi', 0, positionsOf(spec), (xi) => multiply(run, xi, count, least), { parallel: threads });
      if (threads) k.barrier();
      for (const state of [isTransformed, isDirect]) {
        eachTile((tile) => {
          const found = k.load(work, add(tile, states));
          k.if(eq(found, numberOf('f32', state)), () =>
            state === isDirect ? directTile(run, image, place(tile)) : transformedTile(run, image, place(tile), tile),
          );
        });
      }
      if (threads) k.barrier();
    },
    { step: block, parallel: !threads },
  );
}

/** The products of `count` tiles at one position; `least` is how many there are in any block. */
function multiply(
  { k, v, spec, layout, work, weights, filters }: WinogradRun,
  xi: Expression,
  count: Operand,
  least: number,
): void {
  const [depth, columns] = [phaseChannels(spec), spec.map.channels];
  const to = k.let('to', add(mul(xi, layout.productStride), layout.products));
  matrixProduct(k, v, {
    depth,
    columns,
    a: work,
    aBase: k.let('from', mul(xi, layout.tileStride)),
    rowStride: depth,
    weights,
    wBase: k.let('ub', add(filters, mul(xi, layout.packed))),
    rows: count,
    result: work,
    ...(v.lanes > 1 && { prefetchRows: least }),
    placeOf: (row, column) => sum(to, mul(row, columns), column),
  });
}
