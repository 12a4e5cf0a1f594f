// Depthwise convolution: every channel has its own filter, so the loop over channels is innermost and contiguous. On vectors, pixels are
// computed in blocks; elsewhere one by one: those whose window lies inside the map take the unrolled path, the others clip the window.

import type { BlockBuilder, Cell, Operand } from '../kernel/builder.ts';
import { add, and, div, max, min, mul, rem, sub, sum } from '../kernel/builder.ts';
import type { Expression, Kernel, LaneCount } from '../kernel/ir.ts';
import { columnsInBlocks, rowInBlocks } from './depthwise-blocks.ts';
import type { DepthwiseRun, DepthwiseSpec } from './depthwise-run.ts';
import { clip, hasShortSums, isInside, placeOf, start, tapAt, unrolledTaps } from './depthwise-run.ts';
import { sliceName } from './geometry.ts';
import type { Image } from './map-kernel.ts';
import { layerKernel } from './map-kernel.ts';
import { chainBlock } from './sums.ts';
import type { Target } from './target.ts';

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
      const blocks = v.lanes > 1 && hasShortSums(run) ? columnsInBlocks(spec) : undefined;
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

/** A window in the map: its first row and column, and the index of its first pixel's first channel. */
interface WindowPlace {
  readonly top: Expression;
  readonly left: Expression;
  readonly origin: Expression;
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
  const { k, v, spec, arena } = run;
  const { input, kernel, dilation } = spec;
  const [i0, i1] = clip(top, input.height, kernel[0], dilation[0]);
  const [j0, j1] = clip(left, input.width, kernel[1], dilation[1]);
  const rowStart = k.let('i0', i0);
  const rowEnd = k.let('i1', i1);
  const columnStart = k.let('j0', j0);
  const columnEnd = k.let('j1', j1);
  v.each('c', input.channels, (c, count) => {
    const value = k.cell('s', start(run, c, count));
    const addTaps = (total: Cell, rows: Extent, columns: Extent): void =>
      k.for('i', rows[0], rows[1], (i) => {
        k.for('j', columns[0], columns[1], (j) => {
          const tap = tapAt(run, i, j, c, count);
          const pixelValue = v.load(arena, sum(origin, c, tapPixel(spec, i, j)), count);
          k.set(total, v.multiplyAdd(total.value, pixelValue, tap));
        });
      });
    if (hasShortSums(run)) addTaps(value, [rowStart, rowEnd], [columnStart, columnEnd]);
    else {
      eachBlock(k, kernel, (top, bottom, first, end) => {
        const part = k.cell('r', v.constant(0));
        addTaps(part, [max(rowStart, top), min(rowEnd, bottom)], [max(columnStart, first), min(columnEnd, end)]);
        k.accumulate(value, part.value);
      });
    }
    finish(value.value, c, count);
  });
}

/** From the first to below the second. */
type Extent = readonly [Operand, Operand];

/** Cuts a window into blocks of at most `chainBlock` taps, at the same taps wherever the window is clipped. */
function eachBlock(
  k: BlockBuilder,
  [rows, columns]: readonly [number, number],
  body: (top: Expression, bottom: Expression, first: Expression, end: Expression) => void,
): void {
  const height = Math.max(1, Math.floor(chainBlock / columns));
  k.for(
    'top',
    0,
    rows,
    (top) =>
      k.for('first', 0, columns, (first) => body(top, add(top, height), first, add(first, chainBlock)), {
        step: chainBlock,
      }),
    { step: height },
  );
}

/** Index of the first channel of the pixel in row `top` and column `left`. */
function originOf({ spec: { input } }: DepthwiseRun, { source }: Image, top: Expression, left: Expression): Expression {
  return add(source, mul(add(mul(top, input.width), left), input.pixelStride));
}

/** Elements from a window's first pixel to the one of a tap. */
function tapPixel({ input, dilation }: DepthwiseSpec, i: Operand, j: Operand): Expression {
  return mul(add(mul(i, dilation[0] * input.width), mul(j, dilation[1])), input.pixelStride);
}
