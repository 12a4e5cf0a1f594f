// The filters of a convolution by Winograd's algorithm, transformed and packed in f64 when a module loads or, as those of a
// training, in the pass: one kernel for each form, whatever the channels. What a module loads is packed as for `conv`, too, by the way.

import type { BlockBuilder, Cell } from '../kernel/builder.ts';
import { add, buildKernel, f64, fmax, fmul, mul, promote, sum, unary } from '../kernel/builder.ts';
import type { Expression, Kernel } from '../kernel/ir.ts';
import { packedLength, panelsOf } from './register-block.ts';
import type { Target } from './target.ts';
import { buildOptions } from './target.ts';
import { safeMagnitude } from './winograd-range.ts';
import type { Filtering } from './winograd-transforms.ts';
import { tileSide, transformFilter } from './winograd-transforms.ts';

export interface WinogradFilterSpec {
  readonly form: Filtering;
  readonly type: 'f32' | 'f64';
  /** Whether the filters are packed as for `conv`, too, from the index on that is the last parameter. */
  readonly plain?: true;
  /** Of the factors of the filters, one for each output channel, where there are some. */
  readonly factors?: 'f32' | 'f64';
  /** Whether the first tap is so many elements behind the index given for it, as the last parameter. */
  readonly shifted?: true;
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

/** Elements of the transformed filters, and of the largest magnitude that is safe with them. */
export function winogradFilterLength({ form, columns, depth, panel, lanes }: Omit<WinogradFilters, 'strides'>): number {
  return tileSide(form) ** 2 * positionLength(depth, columns, panel, lanes) + 1;
}

/** The kernel's arguments behind the index of the first tap; `offset` is that of the transformed filters. */
export function winogradFilterArguments(filters: WinogradFilters, offset: number): readonly number[] {
  const { columns, depth, strides, panel, lanes } = filters;
  const { width, full, lastWidth } = panelsOf(columns, panel, lanes);
  const rest = columns - full * width;
  const end = offset + winogradFilterLength(filters) - 1;
  return [offset, end, depth, full, width, rest, lastWidth, positionLength(depth, columns, panel, lanes), ...strides];
}

/** Elements of the filters as `conv` reads them. */
export const plainFilterLength = ({ form, columns, depth, panel, lanes }: Omit<WinogradFilters, 'strides'>): number =>
  packedLength(form.filter ** 2 * depth, columns, panel, lanes);

/** Elements of memory that threads share: the largest magnitude of a tap in each panel. */
export const winogradFilterShared = ({ columns, panel, lanes }: WinogradFilters, { threads }: Target): number =>
  threads ? panelsOf(columns, panel, lanes).full + 1 : 0;

/**
 * Parameters: index of the first tap, of the transformed filters, of the magnitude; input channels, whole panels and their width, output
 * channels in the last panel and its width, elements per position of a tile, strides; where they are asked for, indices of the first factor,
 * of the first tap and of the filters as they are.
 * g [O, C, r, r] → U = G g Gᵀ as [tile²][O panels][C][panel], and behind it the largest magnitude of pixels that is safe.
 * Threads share the panels.
 */
export function winogradFilter(
  name: string,
  { form, type, shifted, plain, factors: kind }: WinogradFilterSpec,
  target: Target,
): Kernel {
  const side = tileSide(form);
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
    const g = shifted ? k.let('g', add(start, k.parameter('first'))) : start;
    const y = plain && k.parameter('y');
    /** A panel whose first output channel is `first`: what is written together lies together. */
    const panel = (first: Expression, count: Expression, stride: Expression, largest: Cell): void => {
      const before = k.let('before', mul(first, depth));
      const start = k.let('start', add(u, before));
      const untouched = y && k.let('plain', add(y, mul(before, form.filter ** 2)));
      const step = untouched && k.let('step', mul(depth, stride));
      k.for('c', 0, depth, (c) => {
        k.for('l', 0, count, (lane) => {
          const from = k.let('from', sum(g, mul(add(first, lane), perOutput), mul(c, perInput)));
          const place = k.let('place', add(mul(c, stride), lane));
          const to = k.let('to', add(start, place));
          const factor = factors && k.let('factor', promote(k.load(factors, sum(z!, first, lane))));
          const read = (i: number, j: number): Expression => {
            const given = promote(k.load(source, sum(from, mul(perRow, i), mul(perColumn, j))));
            const tap = k.let('tap', factor ? fmul(given, factor) : given);
            k.set(largest, fmax(largest.value, unary('abs', tap)));
            if (untouched) k.store(weights, sum(untouched, place, mul(step!, i * form.filter + j)), tap);
            return tap;
          };
          transformFilter(k, form, read, (i, j, value) => k.store(weights, add(to, mul(length, i * side + j)), value));
        });
      });
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
  const summary = `winograd filters ${form.filter}x${form.filter} in tiles of ${side}x${side}`;
  return buildKernel(name, summary, write, buildOptions(target));
}

type Thirteen<T> = readonly [T, T, T, T, T, T, T, T, T, T, T, T, T];
type Parameters = Thirteen<Expression>;
