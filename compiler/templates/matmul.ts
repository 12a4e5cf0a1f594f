// The register-blocked matrix product in convolutions and dense layers: rows of A, contiguous along K, times panels of packed columns.
// Blocking as in K. Goto and R. van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008), with register blocks that were
// measured in V8: 3 × 4 in f64; on vectors of four f32 6 × 8, or 5 × 8 where a product needs a register before it is added; 6 × 16 and
// 5 × 16 with 256-bit instructions, where V8 joins pairs of vectors.

import type { BlockBuilder, Operand } from '../kernel/builder.ts';
import { add, i32, mul } from '../kernel/builder.ts';
import type { Expression, LaneCount, Memory } from '../kernel/ir.ts';
import type { Numbers, Part } from './numbers.ts';
import type { Ahead, PackedMatrix } from './panel-ahead.ts';
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
  /** Whether the rows are few, and often one: a single row is then multiplied with several panels at once. */
  readonly fewRows?: boolean;
  /**
   * Whether the weights exceed the caches, so that reading them takes longer than computing: the first row then goes over the panels by
   * itself, which loads them for the others.
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
 * From so many weights on, the first of several rows is multiplied by itself, at the speed of memory: with more rows there is more to compute
 * between two loads than a core looks ahead. The other rows then find the panels in a cache.
 */
export const manyWeights = 2 ** 18;

/**
 * Columns that a single row is multiplied with at once, in vectors: as many as it has sums for in registers. Their panels stream from memory
 * side by side, of which a core's own prefetching fetches more than of a single one.
 */
const rowColumns = 32;

/** Emits the loops over panels and blocks of rows. */
export function matrixProduct(k: BlockBuilder, v: Numbers, product: MatrixProduct): void {
  const { rows, fewRows = false, readsOnce = false, finish } = product;
  const { rows: most } = v.block;
  const heights = v.lanes === 1 ? ([most, 1] as const) : ([most, 3, 1] as const);
  const panels = fewRows && v.lanes > 1 ? Math.max(1, rowColumns / panelWidth(v, product)) : 1;
  eachBlock(k, v, product, panels, (block) => {
    const ahead = panelAhead(k, v, product, block);
    const body = (row: Expression, height: number): void => tiles(k, v, product, block, row, height, ahead);
    eachRowBlock(k, rows, heights, v.lanes, body, readsOnce);
    finish?.(block.column, block.columns);
  });
}

const panelWidth = (v: Numbers, { panel = v.block.panel }: MatrixProduct): number => panel;

/** Panels side by side, or the columns of one that are computed together. */
interface ColumnBlock {
  readonly column: Expression;
  readonly columns: number;
  /** Index of the first column's first weight. */
  readonly start: Expression;
  /** Elements from a row of each panel to its next. */
  readonly strides: readonly number[];
}

/** Loops over blocks of so many panels; the last block may have fewer, and its last panel may be narrower. */
function eachBlock(
  k: BlockBuilder,
  v: Numbers,
  product: MatrixProduct,
  panels: number,
  body: (block: ColumnBlock) => void,
): void {
  const { columns, depth } = product;
  const { width, full, lastWidth } = panelsOf(columns, panelWidth(v, product), v.lanes);
  const parallel = product.parallel ?? false;
  const block = (column: Expression, count: number, strides: readonly number[]): void =>
    body({ column, columns: count, start: k.let('wb', add(product.wBase, mul(column, depth))), strides });
  const rest = full % panels;
  const step = panels * width;
  const done = (full - rest) * width;
  k.for('o', 0, done, (column) => block(column, step, Array<number>(panels).fill(width)), { step, parallel });
  if (done === columns) return;
  const last = [...Array<number>(rest).fill(width), ...(lastWidth > 0 ? [lastWidth] : [])];
  if (parallel) k.for('o', done, columns, (column) => block(column, columns - done, last), { step, parallel });
  else block(i32(done), columns - done, last);
}

/** The tiles of some rows and a block of panels. A single row takes all of it at once, so that several panels stream from memory. */
function tiles(
  k: BlockBuilder,
  v: Numbers,
  p: MatrixProduct,
  block: ColumnBlock,
  row: Expression,
  height: number,
  ahead?: Ahead,
): void {
  if (height === 1) return tile(k, v, p, block, row, height, ahead);
  const { columns: step } = v.block;
  const width = block.strides[0]!;
  const panel = (from: Operand, columns: number, stride: number): void => {
    const start = block.strides.length > 1 ? k.let('wp', add(block.start, mul(from, p.depth))) : block.start;
    const part = (at: Operand, count: number): void => {
      const column = add(add(block.column, from), at);
      tile(k, v, p, { column, columns: count, start: add(start, at), strides: [stride] }, row, height, ahead);
    };
    const whole = columns - (columns % step);
    if (whole > step) k.for('from', 0, whole, (at) => part(at, step), { step });
    else if (whole > 0) part(0, step);
    if (whole < columns) part(whole, columns - whole);
  };
  const full = block.columns - (block.columns % width);
  if (full > width) k.for('panel', 0, full, (from) => panel(from, width, width), { step: width });
  else if (full > 0) panel(0, width, width);
  if (full < block.columns) panel(full, block.columns - full, block.strides.at(-1)!);
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
  { column, columns, start, strides }: ColumnBlock,
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
  const width = strides[0]!;
  const w = strides.map((_, at) => k.cell('w', add(start, at * width * p.depth)));
  const { depthStride = 1 } = p;
  ahead?.begin();
  const steps = (count: number): void => {
    if (count === v.block.unroll) ahead?.step();
    for (let step = 0; step < count; step += 1) {
      const weight = ({ at }: Part): Expression => {
        const panel = strides.length > 1 ? Math.floor(at / width) : 0;
        return v.load(p.weights, add(w[panel]!.value, step * strides[panel]! + at - panel * width), v.lanes);
      };
      // A single row has one use for each vector of weights, which then needs a register for no longer than that.
      const right = height === 1 ? [] : parts.map((part) => k.let('y', weight(part)));
      sums.forEach((cells, i) => {
        const x = k.let('x', v.broadcast(p.a, add(left.of(i), step * depthStride)));
        cells.forEach((cell, j) => k.set(cell, v.multiplyAdd(cell.value, x, right[j] ?? weight(parts[j]!))));
      });
    }
    left.move(count * depthStride);
    strides.forEach((stride, at) => k.accumulate(w[at]!, count * stride));
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
  const blocks = totals.length > 0 ? Math.floor(whole / chainBlock) * chainBlock : 0;
  k.for('run', 0, runs, () => {
    k.for(
      'block',
      0,
      blocks,
      () => {
        k.for('k', 0, chainBlock, () => steps(unroll), { step: unroll });
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
