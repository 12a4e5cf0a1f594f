// The last step of Winograd's algorithm on a tile: its results from the products of its positions, or directly from its pixels,
// with what becomes of them before they are stored.

import { add, and, div, fadd, fmul, lt, mul, sum } from '../kernel/builder.ts';
import type { Condition, Expression, LaneCount } from '../kernel/ir.ts';
import type { Image } from './map-kernel.ts';
import { matrixProduct } from './matmul.ts';
import { copyPatch } from './winograd-patch.ts';
import type { WinogradRun } from './winograd-run.ts';
import { originOf, patchOf } from './winograd-run.ts';
import type { Write } from './winograd-transforms.ts';
import { patchSides, resultSides, tileSides, transformOutput } from './winograd-transforms.ts';

/** Gives the sums of a tile for some channels, one after the other. */
type Sums = (channel: Expression, count: LaneCount, write: Write) => void;

/** Tile `at` of the map, from the products of tile `place` of its block. */
export function transformedTile(run: WinogradRun, image: Image, at: Expression, place: Expression): void {
  const { k, v, spec, work, layout } = run;
  const [, across] = tileSides(spec.form);
  const from = k.let('from', add(mul(place, spec.map.channels), layout.products));
  finishTile(run, image, at, run.bias, (o, size, write) => {
    const position = (i: number, j: number): Expression =>
      v.load(work, sum(from, o, (i * across + j) * layout.productStride), size);
    transformOutput(k, spec.form, position, write);
  });
}

/** Tile `at` of the map, with the sums of `conv`. */
export function directTile(run: WinogradRun, image: Image, at: Expression): void {
  const { k, v, spec, weights, own, bias, direct } = run;
  const { patch, results } = run.layout;
  const { form, kernel, stride, input, dilation } = spec;
  const [down, across] = resultSides(form);
  const columns = spec.map.channels;
  const sides = patchSides(spec);
  copyPatch(k, v, { sides, input, ...(dilation && { dilation }) }, patchOf(run, image, at));
  const line = sides[1] * input.channels;
  k.for('i', 0, down, (i) => {
    const to = k.let('to', add(mul(i, across * columns), results));
    matrixProduct(k, v, {
      depth: kernel[0] * kernel[1] * input.channels,
      columns,
      a: own,
      aBase: k.let('from', add(mul(i, stride * line), patch)),
      rowStride: stride * input.channels,
      runs: { count: kernel[0], stride: line },
      weights,
      wBase: direct,
      ...(bias ? { bias } : {}),
      rows: across,
      result: own,
      placeOf: (row, column) => sum(to, mul(row, columns), column),
    });
  });
  finishTile(run, image, at, undefined, (o, size, write) => {
    for (let i = 0; i < down; i += 1)
      for (let j = 0; j < across; j += 1) write(i, j, v.load(own, add(o, results + (i * across + j) * columns), size));
  });
}

/** What becomes of the sums of a tile, for some channels. */
interface Finish {
  /** Row and column of the tile's first result. */
  readonly h: Expression;
  readonly w: Expression;
  readonly channel: Expression;
  readonly count: LaneCount;
  readonly sums: Sums;
  /** The result in row `i` and column `j` of the tile. */
  readonly finished: (value: Expression, i: number, j: number) => Expression;
  readonly put: (pixel: Expression, value: Expression) => void;
}

/** Stores what becomes of the sums of a tile, with the bias where it is still to be added. */
function finishTile(run: WinogradRun, image: Image, at: Expression, bias: Expression | undefined, sums: Sums): void {
  const { k, v, spec, arena, weights, epilogue } = run;
  const { map, output } = spec;
  const [row, column] = originOf(spec, at);
  const h = k.let('h', row);
  const w = k.let('w', column);
  v.each('o', map.channels, (channel, count) => {
    const start = bias && k.let('s', v.load(weights, add(bias, channel), count));
    const put = (pixel: Expression, value: Expression): void =>
      v.store(arena, sum(image.result, mul(pixel, output.pixelStride), channel), value, count);
    const finished = (value: Expression, i: number, j: number): Expression => {
      const pixel = k.let('q', pixelOf(spec, h, w, i, j));
      return epilogue(start ? fadd(value, start) : value, { image: image.n, pixel, channel, count });
    };
    const finish = { h, w, channel, count, sums, finished, put };
    if (spec.pool) storePooled(run, image, finish);
    else storeResults(run, finish);
  });
}

/** Result (i, j) of the tile whose first one lies in row `h` and column `w` of the map. */
const pixelOf = (
  { map, dilation = [1, 1] }: WinogradRun['spec'],
  h: Expression,
  w: Expression,
  i: number,
  j: number,
): Expression => add(mul(add(h, i * dilation[0]), map.width), add(w, j * dilation[1]));

/** Row by row, what lies on the map in any case and what does not together, as functions of several vectors are computed at the same time. */
function storeResults(run: WinogradRun, { h, w, channel, count, sums, finished, put }: Finish): void {
  const { k } = run;
  const { map, form, dilation = [1, 1] } = run.spec;
  const [down, across] = resultSides(form);
  const isDilated = dilation[1] > 1;
  const rest = isDilated ? 0 : map.width % across;
  const leavesMap = isDilated && map.width % (across * dilation[1]) > 0;
  let row: Expression[] = [];
  sums(channel, count, (i, j, value) => {
    if (j === 0) row = [];
    row.push(k.let('m', value));
    if (j < across - 1) return;
    const store = (from: number, to: number): void => {
      const values = row.slice(from, to).map((one, at) => k.let('r', finished(one, i, from + at)));
      values.forEach((one, at) => put(pixelOf(run.spec, h, w, i, from + at), one));
    };
    guarded(run, cuts(h, i, map.height, down, dilation[0]), undefined, () => {
      const each = (): void => row.forEach((_, j) => k.if(lt(w, map.width - j * dilation[1]), () => store(j, j + 1)));
      if (leavesMap) return k.if(lt(w, map.width - (across - 1) * dilation[1]), () => store(0, across), each);
      store(0, rest || across);
      if (rest > 0) k.if(lt(w, map.width - rest), () => store(rest, across));
    });
  });
}

/** Windows whose result lies behind the map are left out. */
function storePooled(run: WinogradRun, { n }: Image, { h, w, channel, count, sums, finished, put }: Finish): void {
  const { k, v, spec, then } = run;
  const { map, output, pool, positive } = spec;
  const [down, across] = resultSides(spec.form);
  const windows = new Map<number, (() => Expression)[]>();
  sums(channel, count, (i, j, value) => {
    const window = (i >> 1) * across + (j >> 1);
    windows.set(window, [...(windows.get(window) ?? []), () => k.let('r', finished(value, i, j))]);
  });
  for (const [window, values] of windows) {
    const [i, j] = [Math.floor(window / across), window % across];
    const row = k.let('ph', add(div(h, 2), i));
    const column = k.let('pw', add(div(w, 2), j));
    const store = (): void => {
      const found = values.map((value) => value());
      const reduced = pool === 'max' ? v.largest(found, positive) : found.reduce(fadd);
      const value = pool === 'max' ? reduced : fmul(reduced, v.constant(0.25));
      const pixel = k.let('q', add(mul(row, output.width), column));
      put(pixel, then(value, { image: n, pixel, channel, count }));
    };
    const below = (place: Expression, extent: number, whole: number, m: number): Condition | undefined =>
      extent * 2 < Math.ceil(whole / m) * m ? lt(place, extent) : undefined;
    guarded(run, below(row, output.height, map.height, down), below(column, output.width, map.width, across), store);
  }
}

function guarded(
  { k }: WinogradRun,
  rows: Condition | undefined,
  columns: Condition | undefined,
  body: () => void,
): void {
  if (rows && columns) return k.if(and(rows, columns), body);
  const condition = rows ?? columns;
  if (condition) k.if(condition, body);
  else body();
}

/** Whether result `i` of a tile that starts at `first` lies on the map, where that is not always so. */
function cuts(first: Expression, i: number, extent: number, m: number, step: number): Condition | undefined {
  const rest = extent % (m * step);
  return rest !== 0 && (step > 1 || i >= rest) ? lt(first, extent - i * step) : undefined;
}
