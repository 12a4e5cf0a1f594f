// Direct convolution whose vectors are four pixels of a channel, where the map has one channel, so that neighbouring pixels lie side by side: a
// matrix product of the filters, one row for each channel of the result, with the windows as columns. Vectors of channels have lanes to spare
// where the result has few: of LeNet's six, two in eight.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, interleave, mul } from '../kernel/builder.ts';
import type { Expression, LaneCount, Memory } from '../kernel/ir.ts';
import type { ConvSpec } from './conv.ts';
import { isUniform } from './epilogue.ts';
import type { Numbers } from './numbers.ts';
import { rowBlocks } from './register-block.ts';
import { longestChain } from './sums.ts';
import type { Target } from './target.ts';

type Window = Pick<ConvSpec, 'kernel' | 'stride' | 'dilation'>;

/** Channels and pixels of a map. */
interface Map {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Vectors of pixels that are computed together, by the channels of a block: their sums fit the registers. */
const vectorsOfBlock = [0, 8, 4, 3, 2, 2, 2] as const;

/** Taps of a row of a window that are written out; of more, some at a time. */
const mostTaps = 7;

/** Vectors of pixels are used where there are at most this part of them: they are turned into channels before they are stored. */
const leastGain = 0.8;

/** Whether the lanes of vectors are pixels: where that takes clearly fewer products, from `input` to a `map`. */
export function lanesArePixels(
  { kernel, stride, dilation }: Window,
  input: Pick<Map, 'channels'>,
  map: Map,
  target: Target,
): boolean {
  if (target.lanes === 1 || input.channels > 1 || stride[1] !== 1 || dilation[1] !== 1) return false;
  if (kernel[0] * kernel[1] > longestChain) return false;
  return map.channels * vectors(map.width) <= leastGain * map.width * vectors(map.channels);
}

const vectors = (elements: number): number => Math.ceil(elements / 4);

export interface PixelRun {
  readonly spec: ConvSpec;
  readonly weights: Memory;
  /** Index of the first filter; [O, KH, KW]. */
  readonly filters: Expression;
  readonly bias: Expression | undefined;
  readonly map: Memory;
  /** Index of the first window's first pixel, and pixels from a row of the map to the next. */
  readonly from: Expression;
  readonly rowStride: number;
  readonly result: Memory;
  /** Index of the row's first result. */
  readonly to: Expression;
  /** What becomes of `count` channels of a pixel before they are stored. */
  readonly apply?: (value: Expression, pixel: Expression, channel: Expression, count: LaneCount) => Expression;
}

/** Emits the results of a row of pixels. */
export function convolvePixels(k: BlockBuilder, v: Numbers, run: PixelRun): void {
  const { output } = run.spec;
  for (const channels of rowBlocks(output.channels, v.block.rows, v.lanes)) {
    const { from, count, height } = channels;
    k.for('c', from, from + count * height, (channel) => rowOfPixels(k, v, run, channel, height), { step: height });
  }
}

/** `height` channels from `channel` on. */
function rowOfPixels(k: BlockBuilder, v: Numbers, run: PixelRun, channel: Expression, height: number): void {
  const { width } = run.spec.output;
  for (const { from, count, height: together } of rowBlocks(vectors(width), vectorsOfBlock[height]!, v.lanes)) {
    const [first, step] = [from * v.lanes, together * v.lanes];
    const end = Math.min(width, first + count * step);
    const whole = first + Math.floor((end - first) / step) * step;
    k.for('p', first, whole, (pixel) => blockOfPixels(k, v, run, { channel, height, pixel, pixels: step }), { step });
    k.for('p', whole, end, (pixel) => blockOfPixels(k, v, run, { channel, height, pixel, pixels: end - whole }), {
      step,
    });
  }
}

interface Block {
  readonly channel: Expression;
  readonly height: number;
  readonly pixel: Expression;
  readonly pixels: number;
}

function blockOfPixels(k: BlockBuilder, v: Numbers, run: PixelRun, { channel, height, pixel, pixels }: Block): void {
  const { spec, weights, filters, bias, map, from, rowStride } = run;
  const [kh, kw] = spec.kernel;
  const parts = v.parts(pixels);
  const sums = Array.from({ length: height }, (_, i) => {
    const first = bias ? k.let('b', v.broadcast(weights, add(add(bias, channel), i))) : v.constant(0);
    return parts.map(() => k.cell('s', first));
  });
  const x = k.cell('x', add(from, pixel));
  // A place for each channel, as for the rows of a matrix product.
  const places = sums.map((_, i) => k.cell('w', add(add(filters, mul(channel, kh * kw)), i * kh * kw)));
  const taps = (count: number): void => {
    for (let tap = 0; tap < count; tap += 1) {
      const windows = parts.map(({ at, count: size }) => k.let('y', v.load(map, add(x.value, tap + at), size)));
      sums.forEach((cells, i) => {
        const weight = k.let('f', v.broadcast(weights, add(places[i]!.value, tap)));
        cells.forEach((cell, j) => k.set(cell, v.multiplyAdd(cell.value, weight, windows[j]!)));
      });
    }
    k.accumulate(x, count);
    places.forEach((place) => k.accumulate(place, count));
  };
  const together = kw <= mostTaps ? kw : v.block.unroll;
  const whole = kw - (kw % together);
  k.for('kh', 0, kh, () => {
    k.for('kw', 0, whole, () => taps(together), { step: together });
    if (whole < kw) taps(kw - whole);
    k.accumulate(x, spec.dilation[0] * rowStride - kw);
  });
  parts.forEach(({ at, count }, j) => {
    const values = sums.map((cells) => cells[j]!.value);
    storePixels(k, v, run, values, { channel, pixel: add(pixel, at), count });
  });
}

/** Stores `count` pixels of channels, each of which is a vector. */
function storePixels(
  k: BlockBuilder,
  v: Numbers,
  { spec, result, to, apply }: PixelRun,
  values: readonly Expression[],
  { channel, pixel, count }: { readonly channel: Expression; readonly pixel: Expression; readonly count: LaneCount },
): void {
  const { output } = spec;
  if (output.channels === 1 && output.pixelStride === 1 && isUniform(spec.epilogue)) {
    const value = values[0]!;
    v.store(result, add(to, pixel), apply ? apply(value, pixel, channel, count) : value, count);
    return;
  }
  for (const { at, count: size } of v.parts(values.length)) {
    const first = add(channel, at);
    const channels = transposed(k, values.slice(at, at + size), count);
    channels.forEach((value, i) => {
      const place = add(to, add(mul(add(pixel, i), output.pixelStride), first));
      v.store(result, place, apply ? apply(value, add(pixel, i), first, size) : value, size);
    });
  }
}

/** One to four vectors of four → the first lanes of all, the second ones, and so on, `count` times; further lanes have any value. */
function transposed(k: BlockBuilder, vectors: readonly Expression[], count: number): readonly Expression[] {
  const [a, b = a!, c, d = c!] = vectors as readonly [Expression, Expression?, Expression?, Expression?];
  const both = (of: 'lanes' | 'halves', left: Expression, right: Expression) => [
    k.let('t', interleave(`low_${of}`, left, right)),
    k.let('t', interleave(`high_${of}`, left, right)),
  ];
  const [low, high] = both('lanes', a, b) as [Expression, Expression];
  const [lowRest, highRest] = (c ? both('lanes', c, d) : [low, high]) as [Expression, Expression];
  const halves = (left: Expression, right: Expression) =>
    c ? both('halves', left, right) : [left, both('halves', left, right)[1]!];
  return [...halves(low, lowRest), ...halves(high, highRest)].slice(0, count);
}
