// The filters of a convolution by Winograd's algorithm, transformed and packed in f64 when a module loads or, as those of a
// training, in the pass: one kernel for each form, whatever the channels. What a module loads is packed as for `conv`, too, by the way.

import type { BlockBuilder, Cell } from '../kernel/builder.ts';
import {
  add,
  and,
  buildKernel,
  div,
  f64,
  fmax,
  fmul,
  i32,
  lt,
  min,
  mul,
  promote,
  select,
  sum,
  unary,
} from '../kernel/builder.ts';
import type { Condition, Expression, Kernel } from '../kernel/ir.ts';
import { packedLength, panelsOf } from './register-block.ts';
import type { Target } from './target.ts';
import { buildOptions } from './target.ts';
import { safeMagnitude } from './winograd-range.ts';
import type { Phased } from './winograd-transforms.ts';
import { areaOf, tileSides, transformFilter } from './winograd-transforms.ts';

export interface WinogradFilterSpec extends Phased {
  readonly type: 'f32' | 'f64';
  /** Whether the filters are packed as for `conv`, too, from the index on that is the last parameter. */
  readonly plain?: true;
  /** Of the factors of the filters, one for each output channel, where there are some. */
  readonly factors?: 'f32' | 'f64';
  /** Whether the first tap is so many elements behind the index given for it, as the last parameter. */
  readonly shifted?: true;
}

export interface WinogradFilters extends Phased {
  readonly columns: number;
  /** Input channels, each of which has stride² phases. */
  readonly depth: number;
  /** Strides in the source tensor: output channel, input channel, kernel row, kernel column. */
  readonly strides: readonly [number, number, number, number];
  /** Columns of a packed panel, and the lanes that the last one is filled up to. */
  readonly panel: number;
  readonly lanes: 1 | 4;
}

/** Elements of a cache line. */
const lineElements = 16;

/** On vectors rounded up to an odd number of cache lines, so that parts at this distance do not share a set of the cache. */
export function spreadLength(length: number, lanes: 1 | 4): number {
  if (lanes === 1) return length;
  const lines = Math.ceil(length / lineElements);
  return (lines % 2 === 0 ? lines + 1 : lines) * lineElements;
}

/** Elements of the filters at one position of a tile, with the distance to the next. */
export const positionLength = (depth: number, columns: number, panel: number, lanes: 1 | 4): number =>
  spreadLength(packedLength(depth, columns, panel, lanes), lanes);

/** Elements from the filters at one position of a tile to those at the next. */
const filterStride = ({ stride, columns, depth, panel, lanes }: Omit<WinogradFilters, 'strides'>): number =>
  positionLength(stride ** 2 * depth, columns, panel, lanes);

/** Elements of the transformed filters, and of the largest magnitude that is safe with them. */
export function winogradFilterLength(filters: Omit<WinogradFilters, 'strides'>): number {
  return areaOf(tileSides(filters.form)) * filterStride(filters) + 1;
}

/** The kernel's arguments behind the index of the first tap; `offset` is that of the transformed filters. */
export function winogradFilterArguments(filters: WinogradFilters, offset: number): readonly number[] {
  const { stride, columns, depth, strides, panel, lanes } = filters;
  const { width, full, lastWidth } = panelsOf(columns, panel, lanes);
  const rest = columns - full * width;
  const end = offset + winogradFilterLength(filters) - 1;
  return [offset, end, stride ** 2 * depth, full, width, rest, lastWidth, filterStride(filters), ...strides];
}

/** Elements of the filters as `conv` reads them. */
export const plainFilterLength = ({ kernel, columns, depth, panel, lanes }: Omit<WinogradFilters, 'strides'>): number =>
  packedLength(kernel[0] * kernel[1] * depth, columns, panel, lanes);

/** Elements of memory that threads share: the largest magnitude of a tap in each panel. */
export const winogradFilterShared = ({ columns, panel, lanes }: WinogradFilters, { threads }: Target): number =>
  threads ? panelsOf(columns, panel, lanes).full + 1 : 0;

/**
 * Parameters: index of the first tap, of the transformed filters, of the magnitude; channels of all phases, whole panels and their
 * width, output channels in the last panel and its width, elements per position of a tile, strides; where they are asked for, indices
 * of the first factor, of the first tap and of the filters as they are.
 * g [O, C, KH, KW] → U = G g Gᵀ of each phase as [position][O panels][phase][C][panel], and behind it the largest magnitude of
 * pixels that is safe.
 * Threads share the panels.
 */
export function winogradFilter(name: string, spec: WinogradFilterSpec, target: Target): Kernel {
  const { form, kernel, stride, type, shifted, plain, factors: kind } = spec;
  const [rows, columns] = tileSides(form);
  const write = (k: BlockBuilder): void => {
    const source = k.memory('source', type);
    const factors = kind && k.memory('factors', kind);
    const weights = k.memory('weights', 'f32');
    const parameters = ['g', 'u', 'm', 'd', 'n', 'w', 'r', 'v', 'p', 's', 's', 's', 's'].map((hint) =>
      k.parameter(hint),
    );
    const [start, u, magnitude, depth, panels, width, rest, lastWidth, length, perOutput, perInput, perRow, perColumn] =
      parameters as unknown as Parameters;
    const z = factors && k.parameter('z');
    const inputs = k.let('inputs', div(depth, stride ** 2));
    const g = shifted ? k.let('g', add(start, k.parameter('first'))) : start;
    const y = plain && k.parameter('y');
    /** A panel whose first output channel is `first`: what is written together lies together. */
    const panel = (first: Expression, count: Expression, lanes: Expression, largest: Cell): void => {
      const start = k.let('start', add(u, mul(first, depth)));
      const untouched = y && k.let('plain', add(y, mul(mul(first, inputs), kernel[0] * kernel[1])));
      const step = untouched && k.let('step', mul(inputs, lanes));
      eachPhase(k, stride, (row, column) =>
        k.for('c', 0, inputs, (c) =>
          k.for('l', 0, count, (lane) => {
            const from = k.let('from', sum(g, mul(add(first, lane), perOutput), mul(c, perInput)));
            const place = k.let('place', add(mul(c, lanes), lane));
            const phase = mul(add(mul(row, stride), column), inputs);
            const to = k.let('to', sum(start, mul(phase, lanes), place));
            const factor = factors && k.let('factor', promote(k.load(factors, sum(z!, first, lane))));
            const read = (i: number, j: number): Expression => {
              const [down, across] = [tapOf(kernel[0], stride, row, i), tapOf(kernel[1], stride, column, j)];
              const given = promote(k.load(source, sum(from, mul(perRow, down.at), mul(perColumn, across.at))));
              const scaled = factor ? fmul(given, factor) : given;
              const exists = bothOf(down.exists, across.exists);
              const tap = k.let('tap', exists ? select(exists, scaled, f64(0)) : scaled);
              k.set(largest, fmax(largest.value, unary('abs', tap)));
              if (untouched) {
                const at = sum(untouched, place, mul(step!, add(mul(down.at, kernel[1]), across.at)));
                const store = (): void => k.store(weights, at, tap);
                if (exists) k.if(exists, store);
                else store();
              }
              return tap;
            };
            transformFilter(k, form, read, (i, j, value) =>
              k.store(weights, add(to, mul(length, i * columns + j)), value),
            );
          }),
        ),
      );
    };
    const full = (i: Expression, largest: Cell): void => panel(k.let('first', mul(i, width)), width, width, largest);
    const last = (largest: Cell): void => panel(k.let('first', mul(panels, width)), rest, lastWidth, largest);
    const finish = (largest: Expression): void => k.store(weights, magnitude, safeMagnitude(form, largest, depth));
    if (!target.threads) {
      const largest = k.cell('largest', f64(0));
      k.for('i', 0, panels, (i) => full(i, largest));
      last(largest);
      return finish(largest.value);
    }
    const shared = k.memory('shared', 'f32');
    const inPanel = (i: Expression, transform: (largest: Cell) => void): void => {
      const largest = k.cell('largest', f64(0));
      transform(largest);
      k.store(shared, i, largest.value);
    };
    k.for('i', 0, panels, (i) => inPanel(i, (largest) => full(i, largest)), { parallel: true });
    k.for('i', panels, add(panels, 1), (i) => inPanel(i, last), { parallel: true });
    k.barrier();
    const reduce = (): void => {
      const largest = k.cell('largest', f64(0));
      k.for('i', 0, add(panels, 1), (i) => k.set(largest, fmax(largest.value, promote(k.load(shared, i)))));
      finish(largest.value);
    };
    k.for('i', 0, 1, reduce, { parallel: true });
  };
  const summary = `winograd filters ${form.down.filter}x${form.across.filter} in tiles of ${rows}x${columns}`;
  return buildKernel(name, summary, write, buildOptions(target));
}

/** `body` for the row and column of each phase of a convolution with this stride. */
function eachPhase(k: BlockBuilder, stride: number, body: (row: Expression, column: Expression) => void): void {
  if (stride === 1) return body(i32(0), i32(0));
  k.for('row', 0, stride, (row) => k.for('column', 0, stride, (column) => body(row, column)));
}

/** The row or column of tap `i` of a phase; the last phases may have one tap less, and `exists` says whether this one is there. */
function tapOf(kernel: number, stride: number, phase: Expression, i: number): Tap {
  const at = add(phase, i * stride);
  return i * stride + stride <= kernel ? { at } : { at: min(at, kernel - 1), exists: lt(at, kernel) };
}

interface Tap {
  readonly at: Expression;
  readonly exists?: Condition;
}

const bothOf = (first: Condition | undefined, second: Condition | undefined): Condition | undefined =>
  first && second ? and(first, second) : (first ?? second);

type Thirteen<T> = readonly [T, T, T, T, T, T, T, T, T, T, T, T, T];
type Parameters = Thirteen<Expression>;
