// Depthwise convolutions on vectors: neighbours in a row are computed together, so that what their windows share is read once, and a cache
// line of channels of each, so that a line is used up at once: pixels of many channels lie a power of two apart, where a cache keeps few.
// Blocks whose windows reach beyond the sides of the map leave the taps out that lie outside, which is known when the kernel is made.

import type { Operand } from '../kernel/builder.ts';
import { add, i32, mul, sub, sum } from '../kernel/builder.ts';
import type { Expression, LaneCount } from '../kernel/ir.ts';
import type { DepthwiseRun, DepthwiseSpec } from './depthwise-run.ts';
import { clip, isInside, placeOf, start, tapAt, unrolledTaps } from './depthwise-run.ts';
import type { Image } from './map-kernel.ts';

/** Neighbours that are computed together, … */
const blockPixels = 3;
/** … and channels of them: twelve vectors of sums stay in registers. */
const blockChannels = 16;
/** Windows with more columns are loops, pixel by pixel. */
const widest = 11;
/** Rows with more blocks at the sides are computed pixel by pixel. */
const mostAtSides = 4;

export interface Columns {
  /** First columns of the blocks of `blockPixels` whose windows lie inside the map: from … to − 1. */
  readonly from: number;
  readonly to: number;
  /** First columns of the others, the last of which may be shorter. */
  readonly sides: readonly number[];
}

/** How the columns of results are computed; undefined where blocks do not pay. */
export function columnsInBlocks({
  input,
  output,
  kernel,
  stride,
  padding,
  dilation,
}: DepthwiseSpec): Columns | undefined {
  const starts = Array.from({ length: Math.ceil(output.width / blockPixels) }, (_, block) => block * blockPixels);
  const reach = (kernel[1] - 1) * dilation[1];
  const isWithin = (first: number): boolean =>
    first * stride[1] >= padding[1] &&
    first + blockPixels <= output.width &&
    (first + blockPixels - 1) * stride[1] - padding[1] + reach < input.width;
  const within = starts.filter(isWithin);
  const sides = starts.filter((first) => !isWithin(first));
  if (sides.length > mostAtSides || kernel[1] > widest) return undefined;
  const from = within[0] ?? 0;
  return { from, to: from + within.length * blockPixels, sides };
}

/** A row of results. */
export function rowInBlocks(run: DepthwiseRun, image: Image, { from, to, sides }: Columns, oh: Expression): void {
  const { k, spec } = run;
  const { input, output, kernel, stride, padding, dilation } = spec;
  const top = k.let('top', sub(mul(oh, stride[0]), padding[0]));
  const first = k.let('first', mul(oh, output.width));
  const [i0, i1] = clip(top, input.height, kernel[0], dilation[0]);
  const clipped = { top, first, rows: { from: k.let('i0', i0), to: k.let('i1', i1) } };
  const blocks = (row: Row) => (): void => {
    for (const ow of sides) pixelBlock(run, image, row, i32(ow), Math.min(blockPixels, output.width - ow), ow);
    k.for('ow', from, to, (ow) => pixelBlock(run, image, row, ow, blockPixels), { step: blockPixels });
  };
  if (kernel[0] * kernel[1] > unrolledTaps) return blocks(clipped)();
  k.if(isInside(top, input.height, kernel[0], dilation[0]), blocks({ top, first }), blocks(clipped));
}

interface Row {
  /** The first row of its windows. */
  readonly top: Expression;
  /** Its first pixel. */
  readonly first: Expression;
  /** The rows of a window that lie inside the map, which then are a loop; absent: all, one after the other. */
  readonly rows?: { readonly from: Expression; readonly to: Expression };
}

/** `count` pixels of a row, from column `ow` on; `column` is that where windows may reach beyond the sides. */
function pixelBlock(run: DepthwiseRun, image: Image, row: Row, ow: Expression, count: number, column?: number): void {
  const { k, v, spec, arena, epilogue } = run;
  const { input, output, kernel, stride, padding, dilation } = spec;
  const pixel = k.let('p', add(row.first, ow));
  const to = k.let('to', placeOf(run, image, pixel));
  /** Of the column that tap j of pixel `at` sees: its distance from what the block is read from. */
  const columnOf = (at: number, j: number): number => at * stride[1] + j * dilation[1];
  const left = column === undefined ? sub(mul(ow, stride[1]), padding[1]) : i32(0);
  const shift = column === undefined ? 0 : column * stride[1] - padding[1];
  const isOutside = (at: number): boolean => column !== undefined && (at + shift < 0 || at + shift >= input.width);
  const rowAt = (i: Operand): Expression =>
    add(image.source, mul(add(mul(add(row.top, mul(i, dilation[0])), input.width), left), input.pixelStride));
  const origin = row.rows ? undefined : k.let('from', rowAt(0));
  eachChannelBlock(run, (vectors) => {
    /** The products of row i of the windows, added one after the other to the sums of each vector. */
    const addRow = (i: Operand, from: Expression, offset: number, sums: Expression[][]): void => {
      const columns = vectors.map(() => new Map<number, Expression>());
      const load = (part: number, at: number): Expression => {
        const { channel, lanes } = vectors[part]!;
        const index = sum(from, channel, offset + (at + shift) * input.pixelStride);
        if (!columns[part]!.has(at)) columns[part]!.set(at, k.let('x', v.load(arena, index, lanes)));
        return columns[part]!.get(at)!;
      };
      for (const [part, { channel, lanes }] of vectors.entries()) {
        for (let j = 0; j < kernel[1]; j += 1) {
          const seen = sums[part]!.flatMap((_, at) => (isOutside(columnOf(at, j)) ? [] : [at]));
          if (seen.length === 0) continue;
          const tap = k.let('t', tapAt(run, i, j, channel, lanes));
          for (const at of seen)
            sums[part]![at] = k.let('s', v.multiplyAdd(sums[part]![at]!, load(part, columnOf(at, j)), tap));
        }
      }
    };
    const store = (sums: readonly (readonly Expression[])[]): void => {
      const parts = Array.from({ length: count }, (_, at) =>
        vectors.map((vector, part) => ({ ...vector, at, part })),
      ).flat();
      const results = parts.map(({ channel, lanes, at, part }) => {
        const place = { image: image.n, pixel: add(pixel, at), channel, count: lanes };
        return k.let('r', epilogue(sums[part]![at]!, place));
      });
      parts.forEach(({ channel, lanes, at }, i) =>
        v.store(arena, sum(to, channel, at * output.pixelStride), results[i]!, lanes),
      );
    };
    const sums = vectors.map(({ channel, lanes }) => {
      const bias = k.let('b', start(run, channel, lanes));
      return Array.from({ length: count }, () => bias);
    });
    if (origin) {
      for (let i = 0; i < kernel[0]; i += 1) addRow(i, origin, i * dilation[0] * input.width * input.pixelStride, sums);
      return store(sums);
    }
    const cells = sums.map((values) => values.map((value) => k.cell('s', value)));
    const valuesOf = (): Expression[][] => cells.map((part) => part.map(({ value }) => value));
    k.for('i', row.rows!.from, row.rows!.to, (i) => {
      const values = valuesOf();
      addRow(i, k.let('from', rowAt(i)), 0, values);
      cells.forEach((part, at) => part.forEach((cell, pixelAt) => k.set(cell, values[at]![pixelAt]!)));
    });
    store(valuesOf());
  });
}

interface ChannelVector {
  readonly channel: Expression;
  readonly lanes: LaneCount;
}

/** `body` for the vectors of every `blockChannels` channels, the last ones of which may be fewer. */
function eachChannelBlock({ k, v, spec }: DepthwiseRun, body: (vectors: readonly ChannelVector[]) => void): void {
  const { channels } = spec.input;
  const rest = channels % blockChannels;
  const vectorsFrom = (first: Expression, count: number): readonly ChannelVector[] =>
    v.parts(count).map(({ at, count: lanes }) => ({ channel: at === 0 ? first : k.let('c', add(first, at)), lanes }));
  k.for('c', 0, channels - rest, (c) => body(vectorsFrom(c, blockChannels)), { step: blockChannels });
  if (rest > 0) body(vectorsFrom(i32(channels - rest), rest));
}
