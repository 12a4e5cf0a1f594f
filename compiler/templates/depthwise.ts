// Depthwise convolution: every channel has its own filter, so the loop over channels is innermost and contiguous.
// Pixels whose window lies inside the map take the unrolled path; the others clip the window.

import type { BlockBuilder, Operand } from '../kernel/builder.ts';
import { add, and, div, le, lt, max, min, mul, rem, select, sub, sum } from '../kernel/builder.ts';
import type { Condition, Expression, Kernel, LaneCount, Memory } from '../kernel/ir.ts';
import type { ApplyEpilogue, Epilogue } from './epilogue.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import type { Image } from './map-kernel.ts';
import { layerKernel } from './map-kernel.ts';
import type { Numbers } from './numbers.ts';
import type { Target } from './target.ts';

export interface DepthwiseSpec {
  readonly input: Slice;
  /** As many channels as the input. */
  readonly output: Slice;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  /** Top and left. */
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly bias: boolean;
  readonly epilogue: Epilogue;
}

/** Windows of more taps than this stay loops. */
const unrolledTaps = 25;

/** Parameters: input base, packed filters, [bias], output base, epilogue's, images. x [H·W, C] · w [KH·KW, C] → y [OH·OW, C]. */
export function depthwise(name: string, spec: DepthwiseSpec, target: Target): Kernel {
  const { input, output, kernel, stride } = spec;
  const summary = `depthwise ${kernel.join('x')} /${stride.join('x')} ${sliceName(input)} -> ${sliceName(output)}`;
  return layerKernel(
    name,
    summary,
    { ...spec, packed: ['w'], epilogues: [spec.epilogue] },
    target,
    ({ k, v, arena, weights, packed: [filters], bias, epilogues: [epilogue], eachImage }) => {
      const run = { k, v, spec, arena, weights, filters, bias, epilogue };
      const blocks = v.lanes > 1 ? insideColumns(spec) : undefined;
      eachImage((image) => {
        if (blocks) {
          k.for('oh', 0, output.height, (oh) => rowInBlocks(run, image, blocks, oh), { parallel: true });
        } else {
          k.for('p', 0, output.height * output.width, (pixel) => onePixel(run, image, pixel), { parallel: true });
        }
      });
    },
  );
}

interface DepthwiseRun {
  readonly k: BlockBuilder;
  readonly v: Numbers;
  readonly spec: DepthwiseSpec;
  readonly arena: Memory;
  readonly weights: Memory;
  readonly filters: Expression;
  readonly bias: Expression | undefined;
  readonly epilogue: ApplyEpilogue;
}

/** A window in the map: its first row and column, and the index of its first pixel's first channel. */
interface WindowPlace {
  readonly top: Expression;
  readonly left: Expression;
  readonly origin: Expression;
}

/** A row of results: where windows lie inside the map, several at a time. */
function rowInBlocks(run: DepthwiseRun, image: Image, blocks: Columns, oh: Expression): void {
  const { k, spec } = run;
  const { input, output, kernel, stride, padding, dilation } = spec;
  const top = k.let('top', sub(mul(oh, stride[0]), padding[0]));
  const inside = isInside(top, input.height, kernel[0], dilation[0]);
  const first = k.let('first', mul(oh, output.width));
  const done = k.let('done', select(inside, blocks.from, output.width));
  k.for('ow', 0, output.width, (ow) =>
    k.if(
      and(le(done, ow), lt(ow, blocks.to)),
      () => {},
      () => onePixel(run, image, k.let('p', add(first, ow))),
    ),
  );
  k.if(inside, () => {
    k.for('ow', blocks.from, blocks.to, (ow) => pixelBlock(run, image, k.let('p', add(first, ow)), top, ow), {
      step: blockPixels,
    });
  });
}

/** Neighbours in a row whose windows lie inside the map: what they share is read once. */
function pixelBlock(run: DepthwiseRun, image: Image, pixel: Expression, top: Expression, ow: Expression): void {
  const { k, v, spec, arena, epilogue } = run;
  const { input, output, kernel, stride, padding, dilation } = spec;
  const left = sub(mul(ow, stride[1]), padding[1]);
  const origin = k.let('from', originOf(run, image, top, left));
  const to = k.let('to', placeOf(run, image, pixel));
  v.each('c', input.channels, (c, count) => {
    const bias = k.let('b', start(run, c, count));
    const values = Array.from({ length: blockPixels }, () => bias);
    for (let i = 0; i < kernel[0]; i += 1) {
      const columns = new Map<number, Expression>();
      const column = (at: number): Expression => {
        const index = (i * dilation[0] * input.width + at) * input.pixelStride;
        if (!columns.has(at)) columns.set(at, k.let('x', v.load(arena, sum(origin, c, index), count)));
        return columns.get(at)!;
      };
      for (let j = 0; j < kernel[1]; j += 1) {
        const tap = k.let('t', tapAt(run, i, j, c, count));
        values.forEach((value, at) => {
          values[at] = k.let('s', v.multiplyAdd(value, column(at * stride[1] + j * dilation[1]), tap));
        });
      }
    }
    values.forEach((value, at) => {
      const place = { image: image.n, pixel: add(pixel, at), channel: c, count };
      v.store(arena, sum(to, c, at * output.pixelStride), epilogue(value, place), count);
    });
  });
}

function onePixel(run: DepthwiseRun, image: Image, pixel: Expression): void {
  const { k, v, arena, epilogue } = run;
  const { input, output, kernel, stride, padding, dilation } = run.spec;
  const top = k.let('top', sub(mul(div(pixel, output.width), stride[0]), padding[0]));
  const left = k.let('left', sub(mul(rem(pixel, output.width), stride[1]), padding[1]));
  const to = k.let('to', placeOf(run, image, pixel));
  const origin = k.let('from', originOf(run, image, top, left));
  const finish: Finish = (value, channel, count) =>
    v.store(arena, add(to, channel), epilogue(value, { image: image.n, pixel, channel, count }), count);
  const place = { top, left, origin };
  if (kernel[0] * kernel[1] > unrolledTaps) return clipped(run, place, finish);
  const insideRows = isInside(top, input.height, kernel[0], dilation[0]);
  const insideWidth = isInside(left, input.width, kernel[1], dilation[1]);
  k.if(
    and(insideRows, insideWidth),
    () => unrolled(run, place, finish),
    () => clipped(run, place, finish),
  );
}

type Finish = (value: Expression, channel: Expression, count: LaneCount) => void;

/** All taps of a window inside the map, one after the other. */
function unrolled(run: DepthwiseRun, { origin }: WindowPlace, finish: Finish): void {
  const { v, spec, arena } = run;
  v.each('c', spec.input.channels, (c, count) => {
    let value = start(run, c, count);
    for (let i = 0; i < spec.kernel[0]; i++) {
      for (let j = 0; j < spec.kernel[1]; j++) {
        const pixelValue = v.load(arena, sum(origin, c, tapPixel(spec, i, j)), count);
        value = v.multiplyAdd(value, pixelValue, tapAt(run, i, j, c, count));
      }
    }
    finish(value, c, count);
  });
}

/** The taps of a window that lie inside the map. */
function clipped(run: DepthwiseRun, { top, left, origin }: WindowPlace, finish: Finish): void {
  const { k, v, spec, arena, weights, filters } = run;
  const { input, kernel, dilation } = spec;
  const [i0, i1] = clip(top, input.height, kernel[0], dilation[0]);
  const [j0, j1] = clip(left, input.width, kernel[1], dilation[1]);
  const rowStart = k.let('i0', i0);
  const rowEnd = k.let('i1', i1);
  const columnStart = k.let('j0', j0);
  const columnEnd = k.let('j1', j1);
  v.each('c', input.channels, (c, count) => {
    const value = k.cell('s', start(run, c, count));
    k.for('i', rowStart, rowEnd, (i) => {
      k.for('j', columnStart, columnEnd, (j) => {
        const tap = v.load(weights, sum(filters, c, mul(add(mul(i, kernel[1]), j), input.channels)), count);
        const pixelValue = v.load(arena, sum(origin, c, tapPixel(spec, i, j)), count);
        k.set(value, v.multiplyAdd(value.value, pixelValue, tap));
      });
    });
    finish(value.value, c, count);
  });
}

/** Index of a result's first channel. */
function placeOf({ spec }: DepthwiseRun, { result }: Image, pixel: Expression): Expression {
  return add(result, mul(pixel, spec.output.pixelStride));
}

/** Index of the first channel of the pixel in row `top` and column `left`. */
function originOf({ spec: { input } }: DepthwiseRun, { source }: Image, top: Expression, left: Expression): Expression {
  return add(source, mul(add(mul(top, input.width), left), input.pixelStride));
}

/** What the sums of some channels start from. */
function start({ v, weights, bias }: DepthwiseRun, channel: Expression, count: LaneCount): Expression {
  return bias ? v.load(weights, add(bias, channel), count) : v.constant(0);
}

function tapAt(run: DepthwiseRun, i: number, j: number, c: Expression, count: LaneCount): Expression {
  const { kernel, input } = run.spec;
  return run.v.load(run.weights, sum(run.filters, c, (i * kernel[1] + j) * input.channels), count);
}

/** Elements from a window's first pixel to the one of a tap. */
function tapPixel({ input, dilation }: DepthwiseSpec, i: Operand, j: Operand): Expression {
  return mul(add(mul(i, dilation[0] * input.width), mul(j, dilation[1])), input.pixelStride);
}

/** Whether all taps from `first` on lie in 0 … extent − 1. */
const isInside = (first: Expression, extent: number, taps: number, dilation: number): Condition =>
  and(le(0, first), le(first, extent - 1 - (taps - 1) * dilation));

/** Neighbours in a row that are computed together. */
const blockPixels = 4;

interface Columns {
  readonly from: number;
  readonly to: number;
}

/** Columns of results that are computed in blocks: their windows lie inside the map. Undefined where there are none. */
function insideColumns({ input, output, kernel, stride, padding, dilation }: DepthwiseSpec): Columns | undefined {
  const from = Math.ceil(Math.max(padding[1], 0) / stride[1]);
  const last = Math.floor((input.width - 1 - (kernel[1] - 1) * dilation[1] + padding[1]) / stride[1]);
  const blocks = Math.floor((Math.min(last + 1, output.width) - from) / blockPixels);
  if (blocks < 1 || kernel[0] * kernel[1] > unrolledTaps) return undefined;
  return { from, to: from + blocks * blockPixels };
}

/** First and end tap whose position first + tap · dilation lies in 0 … extent − 1. */
function clip(first: Expression, extent: number, taps: number, dilation: number): [Expression, Expression] {
  const from = select(lt(first, 0), div(max(0, sub(add(sub(0, first), dilation), 1)), dilation), 0);
  const to = min(taps, div(add(max(0, sub(extent, first)), dilation - 1), dilation));
  return [from, max(0, to)];
}
