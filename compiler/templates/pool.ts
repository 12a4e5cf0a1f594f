// Maximum and average pooling, and sums and maxima of a function of each pixel: over sliding windows, adaptive ones, or the whole map.
// Maxima whose window reaches into the padding read the nearest pixels again instead, which changes nothing; averages clip the window, and
// count its pixels as PyTorch does.

import type { ScalarExpression } from '../ir/scalar.ts';
import type { BlockBuilder } from '../kernel/builder.ts';
import { add, div, fadd, fdiv, fmax, i32, max, min, mul, sub, sum, unary } from '../kernel/builder.ts';
import type { Expression, Kernel, LaneCount } from '../kernel/ir.ts';
import type { Epilogue } from './epilogue.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import { layerKernel } from './map-kernel.ts';
import type { Numbers } from './numbers.ts';
import { lowerScalar } from './scalar.ts';
import { blockedSum } from './sums.ts';
import type { Target } from './target.ts';
import { imageLoop } from './target.ts';

export type Windows =
  | {
      readonly kind: 'sliding';
      readonly kernel: readonly [number, number];
      readonly stride: readonly [number, number];
      /** Top, left, bottom, right. */
      readonly padding: readonly [number, number, number, number];
      /** Averages divide by the taps inside input and padding (true) or inside the input (false). */
      readonly countPadding: boolean;
      /** Of a maximum only: steps between the taps of a window; absent: 1. */
      readonly dilation?: readonly [number, number];
    }
  /** Output i covers ⌊i·H/OH⌋ … ⌈(i+1)·H/OH⌉ − 1. */
  | { readonly kind: 'adaptive' };

export interface PoolGeometry {
  readonly operation: 'max' | 'avg' | 'sum';
  readonly input: Pick<Slice, 'channels' | 'height' | 'width'>;
  readonly output: Pick<Slice, 'channels' | 'height' | 'width'>;
  readonly windows: Windows;
}

export interface PoolSpec extends PoolGeometry {
  readonly input: Slice;
  readonly output: Slice;
  /** The function of a pixel, `x`, whose sum or maximum is taken; absent: the pixel itself. */
  readonly term?: ScalarExpression;
  /** For maxima: whether no element of the input is negative or −0; NaN is possible. */
  readonly positive?: boolean;
  readonly epilogue: Epilogue;
}

const unrolledTaps = 25;

/** Parameters: input base, output base, epilogue's, images. x [H·W, C] → y [OH·OW, C]. */
export function pool(name: string, spec: PoolSpec, target: Target): Kernel {
  const { input, output, windows } = spec;
  const shape = windows.kind === 'sliding' ? `${windows.kernel.join('x')} /${windows.stride.join('x')} ` : '';
  const summary = `${spec.operation} pool ${shape}${sliceName(input)} -> ${sliceName(output)}`;
  return layerKernel(
    name,
    summary,
    { ...spec, packed: [], bias: false, epilogues: [spec.epilogue] },
    target,
    ({ k, v, arena, epilogues: [epilogue], eachImage }) => {
      eachImage(({ n, source, result }) => {
        k.for(
          'oh',
          0,
          output.height,
          (oh) => {
            const rows = axisWindow(k, spec, 0, oh);
            k.for('ow', 0, output.width, (ow) => {
              const columns = axisWindow(k, spec, 1, ow);
              const pixel = k.let('q', add(mul(oh, output.width), ow));
              const to = k.let('to', add(result, mul(pixel, output.pixelStride)));
              const finish = (value: Expression, channel: Expression, count: LaneCount): void =>
                v.store(arena, add(to, channel), epilogue(value, { image: n, pixel, channel, count }), count);
              const term = (place: Expression, count: LaneCount): Expression => {
                const value = v.load(arena, place, count);
                return spec.term ? lowerScalar(k, v, spec.term, k.let('v', value)) : value;
              };
              const read = (h: Expression, w: Expression, c: Expression, count: LaneCount): Expression =>
                term(sum(source, mul(add(mul(h, input.width), w), input.pixelStride), c), count);
              if (rows.taps && columns.taps) {
                // The offsets of the taps are the same for every channel.
                const places = rows.taps.flatMap((h) =>
                  columns.taps!.map((w) =>
                    k.let('t', add(source, mul(add(mul(h, input.width), w), input.pixelStride))),
                  ),
                );
                const scale = spec.operation === 'avg' ? k.let('d', divisor(v, rows, columns)) : undefined;
                v.each('c', input.channels, (c, count) => {
                  const values = places.map((place) => term(add(place, c), count));
                  const reduced = spec.operation === 'max' ? v.largest(values, spec.positive) : values.reduce(fadd);
                  finish(scale ? fdiv(reduced, scale) : reduced, c, count);
                });
                return;
              }
              const scale = spec.operation === 'avg' ? k.let('d', divisor(v, rows, columns)) : undefined;
              v.each('c', input.channels, (c, count) => {
                if (spec.operation !== 'max') {
                  const total = windowSum(k, v, rows, columns, (h, w) => read(h, w, c, count));
                  return finish(scale ? fdiv(total, scale) : total, c, count);
                }
                const value = k.cell('s', v.constant(-Infinity));
                eachTap(k, rows, columns, (h, w) => k.set(value, fmax(value.value, read(h, w, c, count))));
                finish(value.value, c, count);
              });
            });
          },
          { parallel: true },
        );
      });
    },
  );
}

/** Of few taps in the order in which windows without padding are unrolled, of many in blocks. */
function windowSum(
  k: BlockBuilder,
  v: Numbers,
  rows: AxisWindow,
  columns: AxisWindow,
  term: (h: Expression, w: Expression) => Expression,
): Expression {
  if (rows.most * columns.most > unrolledTaps)
    return blockedSum(k, v, rows, (h) => blockedSum(k, v, columns, (w) => term(h, w)));
  const total = k.cell('s', v.constant(0));
  eachTap(k, rows, columns, (h, w) => k.accumulate(total, term(h, w)));
  return total.value;
}

/** Calls `body` in loops over the positions of a window. */
export function eachTap(
  k: BlockBuilder,
  rows: AxisWindow,
  columns: AxisWindow,
  body: (h: Expression, w: Expression) => void,
): void {
  const across = (h: Expression): void =>
    k.for('w', columns.from, columns.to, (w) => body(h, w), { step: columns.step });
  k.for('h', rows.from, rows.to, across, { step: rows.step });
}

export interface AxisWindow {
  /** Input positions from `from` to below `to`, `step` apart. */
  readonly from: Expression;
  readonly to: Expression;
  readonly step: number;
  /** The first position, which may lie outside the map; absent where that is `from`. */
  readonly start?: Expression;
  /** Positions that a window has at most. */
  readonly most: number;
  /** Number of taps an average divides by. */
  readonly count: Expression;
  /** The position of every tap where the window is unrolled. */
  readonly taps?: readonly Expression[];
}

/** What an average divides by, in every lane. */
export const divisor = (v: Numbers, rows: AxisWindow, columns: AxisWindow): Expression =>
  v.everywhere(unary('convert', mul(rows.count, columns.count)));

/** The window of output position `at` along an axis (0: rows, 1: columns). */
export function axisWindow(k: BlockBuilder, spec: PoolGeometry, axis: 0 | 1, at: Expression): AxisWindow {
  const extent = axis === 0 ? spec.input.height : spec.input.width;
  const outputs = axis === 0 ? spec.output.height : spec.output.width;
  const { windows } = spec;
  if (windows.kind === 'adaptive') {
    const from = k.let('from', div(mul(at, extent), outputs));
    const to = k.let('end', div(add(mul(add(at, 1), extent), outputs - 1), outputs));
    return { from, to, step: 1, most: Math.ceil(extent / outputs) + 1, count: sub(to, from) };
  }
  const [taps, stride] = [windows.kernel[axis], windows.stride[axis]];
  const [before, after] = [windows.padding[axis], windows.padding[axis + 2]!];
  const step = windows.dilation?.[axis] ?? 1;
  const reach = (taps - 1) * step + 1;
  const first = k.let('at', sub(mul(at, stride), before));
  const end = add(first, reach);
  const small = windows.kernel[0] * windows.kernel[1] <= unrolledTaps;
  const positions = Array.from({ length: small ? taps : 0 }, (_, tap) => add(first, tap * step));
  const lastEnd = (outputs - 1) * stride - before + reach;
  const common = { step, most: taps };
  if (before === 0 && lastEnd <= extent) {
    return { ...common, from: first, to: end, count: i32(taps), ...(small ? { taps: positions } : {}) };
  }
  const { from, to } =
    step === 1 ? { from: k.let('from', max(first, 0)), to: k.let('end', min(end, extent)) } : dilated();
  const count = k.let('count', windows.countPadding ? sub(min(end, extent + after), first) : sub(to, from));
  if (spec.operation !== 'max' || !small) return { ...common, start: first, from, to, count };
  return {
    ...common,
    from,
    to,
    count,
    taps: positions.map((position) => k.let('t', clampToTaps(position, from, to))),
  };

  /** From the first tap that is not before the map to the last one inside. */
  function dilated() {
    const skipped = div(add(max(sub(0, first), 0), step - 1), step);
    const last = min(div(sub(extent - 1, first), step), taps - 1);
    return {
      from: k.let('from', add(first, mul(skipped, step))),
      to: k.let('end', add(add(first, mul(last, step)), 1)),
    };
  }
}

/** The nearest tap inside the map: `to` is one past the last one. */
const clampToTaps = (position: Expression, from: Expression, to: Expression): Expression =>
  max(from, min(position, sub(to, 1)));

export interface GlobalPoolSpec {
  readonly operation: 'max' | 'avg';
  readonly input: Slice;
  readonly output: Slice;
  readonly epilogue: Epilogue;
}

/** Parameters: input base, output base, epilogue's, images. x [H·W, C] → y [C]. */
export function globalPool(name: string, spec: GlobalPoolSpec, target: Target): Kernel {
  const { input, output } = spec;
  const pixels = input.height * input.width;
  return layerKernel(
    name,
    `global ${spec.operation} pool ${sliceName(input)}`,
    { ...spec, packed: [], bias: false, epilogues: [spec.epilogue] },
    target,
    ({ k, v, arena, x, y, epilogues: [epilogue], images }) => {
      const mean = (read: (pixel: Expression) => Expression): Expression =>
        fdiv(blockedSum(k, v, { from: 0, to: pixels, most: pixels }, read), v.constant(pixels));
      const largest = (read: (pixel: Expression) => Expression): Expression => {
        const value = k.cell('s', v.constant(-Infinity));
        k.for('p', 0, pixels, (p) => k.set(value, fmax(value.value, read(p))));
        return value.value;
      };
      const reduce = { avg: mean, max: largest }[spec.operation];
      const channels = (n: Expression): void =>
        v.each(
          'c',
          input.channels,
          (c, count) => {
            const from = k.let('from', sum(x, mul(n, input.imageStride), c));
            const read = (p: Expression): Expression => v.load(arena, add(from, mul(p, input.pixelStride)), count);
            const result = epilogue(reduce(read), { image: n, pixel: i32(0), channel: c, count });
            v.store(arena, sum(y, mul(n, output.imageStride), c), result, count);
          },
          true,
        );
      k.for('n', 0, images, channels, imageLoop(target));
    },
  );
}
