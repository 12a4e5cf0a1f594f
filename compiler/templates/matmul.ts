// The register-blocked matrix product in convolutions and dense layers: rows of A, contiguous along K, times panels of packed columns.
// Blocking as in K. Goto and R. van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008), with register blocks that were
// measured in V8: 3 × 4 in f64; on vectors of four f32 6 × 8, or 5 × 8 where a product needs a register before it is added; 6 × 16 and
// 5 × 16 with 256-bit instructions, where V8 joins pairs of vectors.

import type { BlockBuilder, Operand } from '../kernel/builder.ts';
import { add, i32, mul } from '../kernel/builder.ts';
import type { Expression, LaneCount, Memory } from '../kernel/ir.ts';
import type { Numbers, Part } from './numbers.ts';
import type { Ahead, PackedMatrix } from './panel-ahead.ts';
import { throughPages, touchPages } from './pages-ahead.ts';
import { panelAhead } from './panel-ahead.ts';
import { panelsOf } from './register-block.ts';
import { eachRowBlock } from './row-loops.ts';
import { chainBlock, longestChain } from './sums.ts';

export interface MatrixProduct extends PackedMatrix {
  readonly a: Memory;
  /** Index of row 0, element 0; rows are `rowStride` elements apart. */
  readonly aBase: Expression;
  readonly rowStride: number;
  /** Elements from one number of a row of A to the next. Default: 1. */
  readonly depthStride?: number;
  /** A row of A may lie in several runs of equal length, whose starts are `stride` elements apart. Default: one. */
  readonly runs?: { readonly count: number; readonly stride: number };
  /** The memory and index of the bias vector, if there is one. */
  readonly bias?: Expression;
  readonly biases?: Memory;
  readonly rows: Operand;
  /**
   * The inner loop, whose operand is streamed while the other one stays in the L1 cache: over the rows of A for each panel (default), or over
   * the panels for each block of rows. Weights are stored in the order in which they are read, and so can be streamed from a larger cache.
   */
  readonly streams?: 'rows' | 'weights';
  /**
   * Whether the weights exceed the caches and the product is bound by memory bandwidth: the first row is then multiplied with each panel by
   * itself, page by page, which loads the panel for the others.
   */
  readonly readsOnce?: boolean;
  /** Whether threads share the panels. */
  readonly parallel?: boolean;
  readonly result: Memory;
  /** Index of a result; those of a row lie side by side. */
  readonly placeOf: (row: Expression, column: Expression) => Expression;
  /** The epilogue: applied to `count` results of a row before they are stored. */
  readonly apply?: (value: Expression, row: Expression, column: Expression, count: LaneCount) => Expression;
  /** After all rows of a panel were stored: its first column, and how many it has. */
  readonly finish?: (column: Expression, columns: number) => void;
}

/**
 * From so many weights on, and with more rows than a block, the first row is multiplied with a panel by itself, at the speed of memory: with
 * several rows there is more to compute between two loads than a core looks ahead. The other rows then find the panel in a cache.
 */
export const manyWeights = 2 ** 18;

/** From so many weights on, it pays to touch the pages of the next panel before it is read. */
const fartherWeights = 2 ** 17;

/** Emits the loops over panels and row blocks, in the order that `streams` asks for. */
export function matrixProduct(k: BlockBuilder, v: Numbers, product: MatrixProduct): void {
  const { rows, readsOnce = false, finish } = product;
  const { rows: most } = v.block;
  const heights = v.lanes === 1 ? ([most, 1] as const) : ([most, 3, 1] as const);
  const eachRow = (body: (row: Expression, height: number) => void, isFirstAlone: boolean): void =>
    eachRowBlock(k, rows, heights, v.lanes, body, isFirstAlone);
  if (product.streams === 'weights') {
    const count = product.depth * product.columns;
    const isFirstAlone = typeof rows === 'number' && rows > most && count >= manyWeights;
    eachRow((row, height) => {
      eachPanel(k, v, product, (panel) => {
        const length = product.depth * panel.columns;
        const comeFromFar = isFirstAlone ? height === 1 : count >= fartherWeights;
        if (comeFromFar) touchPages(k, product, add(panel.start, length), length);
        panelTiles(k, v, product, panel, row, height);
      });
    }, isFirstAlone);
    return;
  }
  eachPanel(k, v, product, (panel) => {
    const ahead = panelAhead(k, v, product, panel);
    eachRow((row, height) => panelTiles(k, v, product, panel, row, height, ahead), readsOnce);
    finish?.(panel.column, panel.columns);
  });
}

/** A panel, or the columns of one that are computed together. */
interface ColumnBlock {
  readonly column: Expression;
  readonly columns: number;
  /** Index of the first column's first weight. */
  readonly start: Expression;
  /** Elements from a row of the panel to the next. */
  readonly stride: number;
}

function eachPanel(k: BlockBuilder, v: Numbers, product: MatrixProduct, body: (panel: ColumnBlock) => void): void {
  const { columns, depth } = product;
  const { width, full, lastWidth } = panelsOf(columns, product.panel ?? v.block.panel, v.lanes);
  const parallel = product.parallel ?? false;
  const panel = (column: Expression, count: number, stride: number): void =>
    body({ column, columns: count, start: k.let('wb', add(product.wBase, mul(column, depth))), stride });
  const done = full * width;
  k.for('o', 0, done, (column) => panel(column, width, width), { step: width, parallel });
  if (done === columns) return;
  if (parallel)
    k.for('o', done, columns, (column) => panel(column, columns - done, lastWidth), { step: width, parallel });
  else panel(i32(done), columns - done, lastWidth);
}

/** The tiles of some rows and a panel. A single row takes the whole panel at once, so that its weights are read in order. */
function panelTiles(
  k: BlockBuilder,
  v: Numbers,
  p: MatrixProduct,
  panel: ColumnBlock,
  row: Expression,
  height: number,
  ahead?: Ahead,
): void {
  const step = height === 1 ? panel.columns : v.block.columns;
  const part = (from: Operand, columns: number): void => {
    const block = { ...panel, columns, column: add(panel.column, from), start: add(panel.start, from) };
    tile(k, v, p, block, row, height, ahead);
  };
  const whole = panel.columns - (panel.columns % step);
  if (whole > step) k.for('from', 0, whole, (from) => part(from, step), { step });
  else if (whole > 0) part(0, step);
  if (whole < panel.columns) part(whole, panel.columns - whole);
}

/**
 * Where the rows of A that a tile multiplies are read. In vectors each row has a place of its own: V8 keeps the sum of the memory's start and
 * a constant, one for each row and step, for other loops of the function, and writes it to the stack in every iteration where registers are few.
 */
function leftPlaces(k: BlockBuilder, v: Numbers, { aBase, rowStride }: MatrixProduct, row: Expression, height: number) {
  const own = v.lanes === 1 ? 1 : height;
  const cells = Array.from({ length: own }, (_, i) => k.cell('a', add(aBase, add(mul(row, rowStride), i * rowStride))));
  return {
    of: (i: number): Expression => add(cells[i % own]!.value, (i - (i % own)) * rowStride),
    move: (elements: number): void => cells.forEach((cell) => k.accumulate(cell, elements)),
  };
}

/** `height` rows by the block's columns, over the whole depth. */
function tile(
  k: BlockBuilder,
  v: Numbers,
  p: MatrixProduct,
  { column, columns, start, stride }: ColumnBlock,
  row: Expression,
  height: number,
  ahead?: Ahead,
): void {
  const parts = v.parts(columns);
  const biases = p.bias && k.let('bp', add(p.bias, column));
  const bias = parts.map(({ at, count }) =>
    biases ? v.load(p.biases ?? p.weights, add(biases, at), count) : v.constant(0),
  );
  const first = bias.map((value) => (height > 1 && p.bias ? k.let('b', value) : value));
  const sums = Array.from({ length: height }, () => first.map((value) => k.cell('s', value)));
  const left = leftPlaces(k, v, p, row, height);
  const w = k.cell('w', add(start, 0));
  const { depthStride = 1 } = p;
  ahead?.begin();
  const steps = (count: number): void => {
    if (count === v.block.unroll) ahead?.step();
    for (let step = 0; step < count; step += 1) {
      const weight = ({ at }: Part): Expression => v.load(p.weights, add(w.value, step * stride + at), v.lanes);
      // A single row has one use for each vector of weights, which then needs a register for no longer than that.
      const right = height === 1 ? [] : parts.map((part) => k.let('y', weight(part)));
      sums.forEach((cells, i) => {
        const x = k.let('x', v.broadcast(p.a, add(left.of(i), step * depthStride)));
        cells.forEach((cell, j) => k.set(cell, v.multiplyAdd(cell.value, x, right[j] ?? weight(parts[j]!))));
      });
    }
    left.move(count * depthStride);
    k.accumulate(w, count * stride);
  };
  const { unroll } = v.block;
  const { count: runs, stride: runStride } = p.runs ?? { count: 1, stride: 0 };
  const length = p.depth / runs;
  const whole = length - (length % unroll);
  const totals =
    v.lanes > 1 && p.depth > longestChain ? sums.map((row) => row.map(() => k.cell('t', v.constant(0)))) : [];
  const flush = (): void =>
    totals.forEach((row, i) =>
      row.forEach((total, j) => {
        k.accumulate(total, sums[i]![j]!.value);
        k.set(sums[i]![j]!, v.constant(0));
      }),
    );
  const part = (count: number): void => k.for('k', 0, count, () => steps(unroll), { step: unroll });
  const blocks = totals.length > 0 ? Math.floor(whole / chainBlock) * chainBlock : 0;
  k.for('run', 0, runs, () => {
    k.for(
      'block',
      0,
      blocks,
      () => {
        if (p.readsOnce && height === 1) throughPages(k, p, { at: w.value, rows: chainBlock, width: stride }, part);
        else part(chainBlock);
        flush();
      },
      { step: chainBlock },
    );
    k.for('k', blocks, whole, () => steps(unroll), { step: unroll });
    if (whole < length) steps(length - whole);
    if (runs > 1) left.move(runStride - length);
    if (runs > 1 || blocks < length) flush();
  });
  const results = totals.length > 0 ? totals : sums;
  results.forEach((cells, i) => {
    const at = add(row, i);
    const place = k.let('at', p.placeOf(at, column));
    const values = cells.map(({ value }, j) => {
      const { at: from, count } = parts[j]!;
      return p.apply ? k.let('r', p.apply(value, at, add(column, from), count)) : value;
    });
    values.forEach((value, j) => v.store(p.result, add(place, parts[j]!.at), value, parts[j]!.count));
  });
}
