// Depthwise convolution: every channel has its own filter, so the loop over channels is innermost and contiguous.
// Pixels whose window lies inside the map take the unrolled path; the others clip the window.

import { add, and, div, le, max, min, mul, rem, select, sub, sum, lt } from '../kernel/builder.ts';
import type { Expression, Kernel, LaneCount } from '../kernel/ir.ts';
import type { Epilogue } from './epilogue.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import { layerKernel } from './map-kernel.ts';
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
  const { input, output, kernel, stride, padding, dilation } = spec;
  const summary = `depthwise ${kernel.join('x')} /${stride.join('x')} ${sliceName(input)} -> ${sliceName(output)}`;
  return layerKernel(
    name,
    summary,
    { ...spec, packed: ['w'], epilogues: [spec.epilogue] },
    target,
    ({ k, v, arena, weights, packed: [w], bias, epilogues: [epilogue], eachImage }) => {
      eachImage(({ n, source, result }) => {
        const blocks = v.lanes > 1 ? insideColumns(spec) : undefined;
        if (!blocks) return k.for('p', 0, output.height * output.width, onePixel, { parallel: true });
        k.for(
          'oh',
          0,
          output.height,
          (oh) => {
            const top = k.let('top', sub(mul(oh, stride[0]), padding[0]));
            const inside = and(le(0, top), le(top, input.height - 1 - (kernel[0] - 1) * dilation[0]));
            const first = k.let('first', mul(oh, output.width));
            const done = k.let('done', select(inside, blocks.from, output.width));
            k.for('ow', 0, output.width, (ow) =>
              k.if(
                and(le(done, ow), lt(ow, blocks.to)),
                () => {},
                () => onePixel(k.let('p', add(first, ow))),
              ),
            );
            k.if(inside, () => {
              k.for('ow', blocks.from, blocks.to, (ow) => pixelBlock(k.let('p', add(first, ow)), top, ow), {
                step: blockPixels,
              });
            });
          },
          { parallel: true },
        );

        function placeOf(pixel: Expression): Expression {
          return add(result, mul(pixel, output.pixelStride));
        }
        function start(channel: Expression, count: LaneCount): Expression {
          return bias ? v.load(weights, add(bias, channel), count) : v.constant(0);
        }
        function tapAt(i: number, j: number, c: Expression, count: LaneCount): Expression {
          return v.load(weights, sum(w, c, (i * kernel[1] + j) * input.channels), count);
        }

        /** Neighbours in a row whose windows lie inside the map: what they share is read once. */
        function pixelBlock(pixel: Expression, top: Expression, ow: Expression): void {
          const left = sub(mul(ow, stride[1]), padding[1]);
          const origin = k.let('from', add(source, mul(add(mul(top, input.width), left), input.pixelStride)));
          const to = k.let('to', placeOf(pixel));
          v.each('c', input.channels, (c, count) => {
            const bias = k.let('b', start(c, count));
            const values = Array.from({ length: blockPixels }, () => bias);
            for (let i = 0; i < kernel[0]; i += 1) {
              const columns = new Map<number, Expression>();
              const column = (at: number): Expression => {
                const index = (i * dilation[0] * input.width + at) * input.pixelStride;
                if (!columns.has(at)) columns.set(at, k.let('x', v.load(arena, sum(origin, c, index), count)));
                return columns.get(at)!;
              };
              for (let j = 0; j < kernel[1]; j += 1) {
                const tap = k.let('t', tapAt(i, j, c, count));
                values.forEach((value, at) => {
                  values[at] = k.let('s', v.multiplyAdd(value, column(at * stride[1] + j * dilation[1]), tap));
                });
              }
            }
            values.forEach((value, at) => {
              const place = { image: n, pixel: add(pixel, at), channel: c, count };
              v.store(arena, sum(to, c, at * output.pixelStride), epilogue(value, place), count);
            });
          });
        }

        function onePixel(pixel: Expression): void {
          const top = k.let('top', sub(mul(div(pixel, output.width), stride[0]), padding[0]));
          const left = k.let('left', sub(mul(rem(pixel, output.width), stride[1]), padding[1]));
          const to = k.let('to', placeOf(pixel));
          const origin = k.let('from', add(source, mul(add(mul(top, input.width), left), input.pixelStride)));
          const finish = (value: Expression, channel: Expression, count: LaneCount): void =>
            v.store(arena, add(to, channel), epilogue(value, { image: n, pixel, channel, count }), count);
          const tapIndex = (i: Expression | number, j: Expression | number): Expression =>
            mul(add(mul(i, dilation[0] * input.width), mul(j, dilation[1])), input.pixelStride);

          const unrolled = (): void =>
            v.each('c', input.channels, (c, count) => {
              let value = start(c, count);
              for (let i = 0; i < kernel[0]; i++) {
                for (let j = 0; j < kernel[1]; j++) {
                  const pixelValue = v.load(arena, sum(origin, c, tapIndex(i, j)), count);
                  value = v.multiplyAdd(value, pixelValue, tapAt(i, j, c, count));
                }
              }
              finish(value, c, count);
            });
          const clipped = (): void => {
            const [i0, i1] = clip(top, input.height, kernel[0], dilation[0]);
            const [j0, j1] = clip(left, input.width, kernel[1], dilation[1]);
            const rowStart = k.let('i0', i0);
            const rowEnd = k.let('i1', i1);
            const columnStart = k.let('j0', j0);
            const columnEnd = k.let('j1', j1);
            v.each('c', input.channels, (c, count) => {
              const value = k.cell('s', start(c, count));
              k.for('i', rowStart, rowEnd, (i) => {
                k.for('j', columnStart, columnEnd, (j) => {
                  const tap = v.load(weights, sum(w, c, mul(add(mul(i, kernel[1]), j), input.channels)), count);
                  const pixelValue = v.load(arena, sum(origin, c, tapIndex(i, j)), count);
                  k.set(value, v.multiplyAdd(value.value, pixelValue, tap));
                });
              });
              finish(value.value, c, count);
            });
          };
          if (kernel[0] * kernel[1] > unrolledTaps) return clipped();
          const insideRows = and(le(0, top), le(top, input.height - 1 - (kernel[0] - 1) * dilation[0]));
          const insideWidth = and(le(0, left), le(left, input.width - 1 - (kernel[1] - 1) * dilation[1]));
          k.if(and(insideRows, insideWidth), unrolled, clipped);
        }
      });
    },
  );
}

/** Neighbours in a row that are computed together. */
const blockPixels = 4;

/** Columns of results that are computed in blocks: their windows lie inside the map. Undefined where there are none. */
function insideColumns({ input, output, kernel, stride, padding, dilation }: DepthwiseSpec) {
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
