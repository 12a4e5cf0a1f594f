// The register-blocked product of rows of codes and panels of packed bytes: four products along K by one dot product of bytes, four rows
// and two vectors of columns in registers. On scalars it is the product of all other matrices, in other memories.

import type { BlockBuilder, Dot, Operand } from '../../kernel/builder.ts';
import {
  add,
  div,
  dotBytes,
  dotPairs,
  i32,
  joinedDots,
  joinsDots,
  lt,
  mul,
  u32Lanes,
  unary,
} from '../../kernel/builder.ts';
import type { Condition, Expression, LaneCount, Memory } from '../../kernel/ir.ts';
import { matrixProduct } from '../matmul.ts';
import type { Mover } from '../numbers.ts';
import { numbers } from '../numbers.ts';
import { packedLength, registerBlock } from '../register-block.ts';
import { eachRowBlock } from '../row-loops.ts';
import type { Target } from '../target.ts';
import { joinableLength, partSteps, partsOf } from './joinable.ts';
import type { Requantizer } from './requantize.ts';
import { scaledSum } from './requantize.ts';

/** Rows of sums that are kept in registers on vectors: a dot product without an instruction of its own needs registers, too. */
const blockRows = 4;
/** Columns of a panel on vectors, and of sums in registers; of products of bytes for 256-bit instructions there are two panels. */
const blockColumns = 8;
/** Columns of a panel for a single row, which takes all of it at once. */
const rowColumns = 32;

/** Columns of a packed panel. `single`: where most products have one row. */
export function bytesPanel(target: Target, single: boolean): number {
  if (target.lanes === 1) return registerBlock(target).columns;
  return single ? rowColumns : blockColumns;
}

/** Bytes of a packed matrix of `depth` × `columns`, and of one of its columns. */
export function packedBytes(depth: number, columns: number, panel: number, target: Target): number {
  if (target.lanes === 1) return packedLength(depth, columns, panel, 1);
  return Math.ceil(columns / blockColumns) * blockColumns * bytesOfColumn(depth);
}

/** Bytes behind a packed matrix of `depth` × `columns`, in one run and on vectors, that say which products may be joined. */
export const joinableBytes = (depth: number, columns: number, { lanes }: Target): number =>
  lanes === 1
    ? 0
    : joinableLength({ panels: Math.ceil(columns / blockColumns), runs: 1, steps: bytesOfColumn(depth) / 4 });

/** Bytes that a column of weights takes on vectors: K, filled up with zeros to a multiple of 4. */
export const bytesOfColumn = (depth: number): number => Math.ceil(depth / 4) * 4;

/** A product of rows of bytes and packed panels. */
interface BytesProduct {
  readonly depth: number;
  /** On vectors, rows that lie in several runs of `depth / count` codes, whose starts are so many apart. Default: one. */
  readonly runs?: { readonly count: number; readonly stride: number };
  readonly columns: number;
  readonly panel: number;
  /** Rows of codes, contiguous along K; on vectors up to three codes behind each are read, too. */
  readonly a: Memory;
  readonly aBase: Expression;
  readonly rowStride: number;
  /** Index of the packed matrix. */
  readonly matrix: Expression;
  readonly rows: Operand;
  /** Whether threads share the panels. */
  readonly parallel: boolean;
}

export interface CodesProduct extends BytesProduct {
  /** Indices of the biases and the multipliers. */
  readonly bias: Expression;
  readonly multipliers: Expression;
  /** Codes go to `codes`, f32 to `arena`. */
  readonly finish: Requantizer | undefined;
  readonly mover: Mover;
  readonly placeOf: (row: Expression, column: Expression) => Expression;
}

/** Of words of 16 bits, as pairs of bytes: `depth` counts these, and `panel` and the packed matrix are as for bytes. */
export interface WordsProduct extends BytesProduct {
  /** Keeps the sums of a row's columns from `column` on, four by four. */
  readonly keep: (row: Expression, column: Expression, sums: readonly Expression[]) => void;
}

/** Emits the product on vectors; sums start from 0. */
export function wordsProduct(k: BlockBuilder, p: WordsProduct): void {
  panelLoops({
    ...{ k, p, block: blockColumns, bytes: k.memory('bytes', 'i8') },
    dot: (left, right, sum) => dotPairs(words(left), words(right), sum),
    start: () => u32Lanes(0),
    finish: ({ column }, row, sums) => sums.forEach((cells, i) => p.keep(add(row, i), column, cells)),
  });
}

const words = (bytes: Expression): Expression => unary('u8x16_to_i16x8', bytes);

/** Emits the product. Of u8 results and i8 weights; sums start from the bias. */
export function codesProduct(k: BlockBuilder, target: Target, p: CodesProduct): void {
  const [bytes, integers] = [k.memory('bytes', 'i8'), k.memory('integers', 'i32')];
  const weights = k.memory('weights', 'f32');
  const result = p.finish ? k.memory('codes', 'u8') : k.memory('arena', 'f32');
  const memories = { k, p, bytes, integers, weights, result };
  if (target.lanes === 1) return onScalars(memories, target);
  const { depth, columns, panel } = p;
  panelLoops({
    ...{ k, p, block: target.columns, bytes, dot: dotBytes },
    // Panels for single rows have more columns.
    ...(panel === blockColumns && { joinable: add(p.matrix, packedBytes(depth, columns, panel, target)) }),
    start: (column, size) => k.loadLanes(integers, add(p.bias, column), size),
    finish: (block, row, sums) => store(memories, block, row, sums),
  });
}

/** What is done with a product's panels on vectors. */
interface Run {
  readonly k: BlockBuilder;
  readonly p: BytesProduct;
  /** Columns that are kept in registers. */
  readonly block: number;
  readonly bytes: Memory;
  /** Index of what says which products may be joined; see joinable.ts. */
  readonly joinable?: Expression;
  readonly dot: (left: Expression, right: Expression, sum: Expression) => Expression;
  /** What the sums of so many columns start from. */
  readonly start: (column: Expression, size: LaneCount) => Expression;
  readonly finish: (block: ColumnBlock, row: Expression, sums: readonly (readonly Expression[])[]) => void;
}

function panelLoops(run: Run): void {
  const { k, p, block } = run;
  const { columns, depth } = p;
  const width = Math.max(p.panel, block);
  const size = bytesOfColumn(depth);
  const panelAt = (column: Expression, count: number): void => {
    const start = k.let('wb', add(p.matrix, mul(column, size)));
    const parts = mul(div(column, blockColumns), partsOfPanel(p));
    rowLoops(run, { column, columns: count, start, joinable: run.joinable && k.let('jb', add(run.joinable, parts)) });
  };
  const done = columns - (columns % width);
  k.for('o', 0, done, (column) => panelAt(column, width), { step: width, parallel: p.parallel });
  if (done === columns) return;
  if (p.parallel)
    k.for('o', done, columns, (column) => panelAt(column, columns - done), { step: width, parallel: true });
  else panelAt(i32(done), columns - done);
}

interface Memories {
  readonly k: BlockBuilder;
  readonly p: CodesProduct;
  readonly bytes: Memory;
  readonly integers: Memory;
  readonly weights: Memory;
  readonly result: Memory;
}

function onScalars({ k, p, bytes, integers, weights, result }: Memories, target: Target): void {
  const v = numbers(k, target);
  matrixProduct(k, v, {
    ...{ depth: p.depth, columns: p.columns, a: p.a, aBase: p.aBase, rowStride: p.rowStride, rows: p.rows },
    ...{ weights: bytes, wBase: p.matrix, bias: p.bias, biases: integers, result, placeOf: p.placeOf },
    apply(sum, _, column) {
      const units = scaledSum(sum, k.load(weights, add(p.multipliers, column)));
      return p.finish ? p.finish.codes([units]) : units;
    },
  });
}

/** A panel of `columns`, or two of them, of which the last vector may have fewer than four. */
function rowLoops(run: Run, { column, columns, start, joinable }: Omit<ColumnBlock, 'stride'>): void {
  const { k, p, block } = run;
  const { rows, panel } = p;
  const stride = Math.min(panel, Math.ceil(columns / blockColumns) * blockColumns);
  const tiles = (row: Expression, height: number): void => {
    const step = height === 1 ? rowColumns : block;
    for (let from = 0; from < columns; from += step) {
      const part = { column: add(column, from), columns: Math.min(step, columns - from), start: add(start, 4 * from) };
      tile(run, { ...part, stride: 4 * stride, joinable: height > 1 ? joinable : undefined }, row, height);
    }
  };
  eachRowBlock(k, rows, [blockRows, 1], 4, tiles);
}

interface ColumnBlock {
  readonly column: Expression;
  readonly columns: number;
  /** Index of the first column's first weight. */
  readonly start: Expression;
  /** Bytes from four rows of the panel to the next four. */
  readonly stride: number;
  /** Index of what says which of the products may be joined. */
  readonly joinable?: Expression | undefined;
}

const runsOf = ({ runs }: BytesProduct) => runs ?? { count: 1, stride: 0 };

/** Steps along K of each run. */
const stepsOf = (p: BytesProduct): number => Math.ceil(p.depth / runsOf(p).count / 4);

const partsOfPanel = (p: BytesProduct): number => runsOf(p).count * partsOf(stepsOf(p));

/** `height` rows by the block's columns, over the whole depth. */
function tile(run: Run, block: ColumnBlock, row: Expression, height: number): void {
  const { k, p, bytes } = run;
  const { columns, start, stride, joinable } = block;
  const vectors = Math.ceil(columns / 4);
  const bias = Array.from({ length: vectors }, (_, j) => {
    const size = Math.min(4, columns - 4 * j) as LaneCount;
    return k.let('b', run.start(add(block.column, 4 * j), size));
  });
  const sums = Array.from({ length: height }, () => bias.map((value) => k.cell('s', value)));
  /** Bytes from the first column's weights to those of vector `j`, which may be in the next panel. */
  const placeOf = (j: number): number => {
    const panel = Math.floor((4 * j) / p.panel);
    return panel * p.panel * bytesOfColumn(p.depth) + 16 * j - 4 * p.panel * panel;
  };
  // A place for each row of A: see matmul.ts.
  const lefts = sums.map((_, i) => k.cell('a', add(p.aBase, add(mul(row, p.rowStride), i * p.rowStride))));
  const w = k.cell('w', add(start, 0));
  const weightsAt = (step: number): readonly Expression[] =>
    bias.map((_, j) => k.let('y', k.loadBytes(bytes, add(w.value, step * stride + placeOf(j)))));
  const codesAt = (row: number, step: number): Expression =>
    k.let('x', k.broadcastBytes(p.a, add(lefts[row]!.value, 4 * step)));
  const single = (step: number): void => {
    const right = weightsAt(step);
    sums.forEach((cells, i) => {
      const left = codesAt(i, step);
      cells.forEach((cell, j) => k.set(cell, run.dot(left, right[j]!, cell.value)));
    });
  };
  const joined = (step: number): void => {
    const right = [weightsAt(step), weightsAt(step + 1)] as const;
    sums.forEach((cells, i) => {
      const left = [codesAt(i, step), codesAt(i, step + 1)] as const;
      const dot = (at: 0 | 1, j: number): Dot => ({ codes: left[at], weights: right[at][j]! });
      cells.forEach((cell, j) => k.set(cell, joinedDots(dot(0, j), dot(1, j), cell.value)));
    });
  };
  const part = joinable && k.cell('j', joinable);
  /** Whether the products of a part may be joined, and gain by it. */
  const joins = (value: Expression): Condition => {
    const fits = Array.from({ length: Math.ceil(columns / blockColumns) }, (_, at) =>
      k.load(bytes, add(value, at * partsOfPanel(p))),
    );
    return lt(0, fits.reduce(mul, joinsDots));
  };
  const steps = (count: number): void => {
    const pairs = count - (count % 2);
    const oneByOne = (): void => range(0, pairs).forEach(single);
    if (part && pairs > 0) k.if(joins(part.value), () => range(0, pairs, 2).forEach(joined), oneByOne);
    else oneByOne();
    if (pairs < count) single(pairs);
    lefts.forEach((a) => k.accumulate(a, 4 * count));
    k.accumulate(w, count * stride);
    if (part) k.accumulate(part, 1);
  };
  const { count: runs, stride: runStride } = runsOf(p);
  const length = stepsOf(p);
  const whole = length - (length % partSteps);
  k.for('run', 0, runs, () => {
    k.for('k', 0, whole, () => steps(partSteps), { step: partSteps });
    if (whole < length) steps(length - whole);
    if (runs > 1) lefts.forEach((a) => k.accumulate(a, runStride - 4 * length));
  });
  run.finish(
    block,
    row,
    sums.map((cells) => cells.map(({ value }) => value)),
  );
}

/** Numbers from `from` on, below `to`. */
const range = (from: number, to: number, step = 1): readonly number[] =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, at) => from + at * step);

/** Rows of sums, finished and stored. */
function store(
  { k, p, weights, result }: Memories,
  block: ColumnBlock,
  row: Expression,
  sums: readonly (readonly Expression[])[],
): void {
  const { column, columns } = block;
  const sizeOf = (j: number): LaneCount => Math.min(4, columns - 4 * j) as LaneCount;
  const factors = (sums[0] ?? []).map((_, j) =>
    k.let('m', k.loadLanes(weights, add(add(p.multipliers, column), 4 * j), sizeOf(j))),
  );
  sums.forEach((cells, i) => {
    const place = k.let('at', p.placeOf(add(row, i), column));
    const units = cells.map((sum, j) => scaledSum(sum, factors[j]!));
    if (!p.finish) return units.forEach((value, j) => k.storeLanes(result, add(place, 4 * j), value, sizeOf(j)));
    for (let from = 0; from < columns; from += 16) {
      const codes = p.finish.codes(units.slice(from / 4, from / 4 + 4));
      p.mover.store(result, add(place, from), codes, Math.min(16, columns - from));
    }
  });
}
