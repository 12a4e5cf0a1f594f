// Gradients of pooling: what comes from above goes to the first of the largest pixels of each window, or to the last that is no number,
// as in PyTorch; or to all of them, for a mean in equal parts. Windows that overlap add up.

import { add, eq, fadd, fdiv, fmax, mul, pmax, select, sum } from '../kernel/builder.ts';
import type { Cell } from '../kernel/builder.ts';
import type { Condition, Expression, Kernel, LaneCount } from '../kernel/ir.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import type { ImageOfOperands } from './map-kernel.ts';
import { eachImageKernel } from './map-kernel.ts';
import type { AxisWindow, PoolGeometry, Windows } from './pool.ts';
import { axisWindow, divisor, eachTap as loopOverTaps } from './pool.ts';
import type { Target } from './target.ts';

export interface PoolGradientSpec {
  readonly operation: 'max' | 'avg' | 'sum';
  /** ∂loss/∂y. */
  readonly upstream: Slice;
  /** What was pooled: of a maximum only. */
  readonly input?: Slice;
  /** ∂loss/∂x. */
  readonly output: Slice;
  readonly windows: Windows | { readonly kind: 'global' };
}

/** Parameters: upstream base, [input base], output base, images. dy [OH·OW, C], [x [H·W, C]] → dx [H·W, C]. */
export function poolGradient(name: string, spec: PoolGradientSpec, target: Target): Kernel {
  const { operation, upstream, input, output } = spec;
  const windows = windowsOf(spec);
  const geometry: PoolGeometry = { operation, input: output, output: upstream, windows };
  const operands = operation === 'max' ? [upstream, input!] : [upstream];
  const summary = `gradient of ${operation} pool ${sliceName(output)} -> ${sliceName(upstream)}`;
  return eachImageKernel(name, summary, { operands, output }, target, (image) => {
    const {
      k,
      v,
      arena,
      operands: [dy, x],
      result,
    } = image;
    const { channels } = output;
    const stores = isPartition(windows, spec);
    if (!stores) {
      k.for('p', 0, output.height * output.width, (p) => {
        const to = k.let('to', add(result, mul(p, output.pixelStride)));
        v.each('c', channels, (c, count) => v.store(arena, add(to, c), v.constant(0), count));
      });
    }
    k.for('oh', 0, upstream.height, (oh) => {
      const rows = axisWindow(k, geometry, 0, oh);
      k.for('ow', 0, upstream.width, (ow) => {
        const columns = axisWindow(k, geometry, 1, ow);
        const from = k.let('from', add(dy!, mul(add(mul(oh, upstream.width), ow), upstream.pixelStride)));
        const window = { rows, columns, from, width: output.width };
        if (operation === 'max') routeToLargest(image, spec, window, x!, stores);
        else spreadEvenly(image, spec, window, stores);
      });
    });
  });
}

function windowsOf({ windows, output }: PoolGradientSpec): Windows {
  if (windows.kind !== 'global') return windows;
  const kernel = [output.height, output.width] as const;
  return { kind: 'sliding', kernel, stride: [1, 1], padding: [0, 0, 0, 0], countPadding: true };
}

/** Whether each pixel belongs to exactly one window, all of which lie inside the map: then nothing is added up. */
function isPartition(windows: Windows, { output, upstream }: PoolGradientSpec): boolean {
  if (windows.kind === 'adaptive') return output.height % upstream.height === 0 && output.width % upstream.width === 0;
  const along = (axis: 0 | 1, extent: number, outputs: number): boolean => {
    const [before, after] = [windows.padding[axis], windows.padding[axis + 2]];
    if ((windows.dilation?.[axis] ?? 1) > 1) return false;
    const steps = outputs === 1 ? windows.kernel[axis] : windows.stride[axis];
    return before === 0 && after === 0 && windows.kernel[axis] === steps && outputs * windows.kernel[axis] === extent;
  };
  return along(0, output.height, upstream.height) && along(1, output.width, upstream.width);
}

interface WindowAt {
  readonly rows: AxisWindow;
  readonly columns: AxisWindow;
  /** Index of the window's ∂loss/∂y. */
  readonly from: Expression;
  /** Of the map. */
  readonly width: number;
}

/** Calls `body` with the pixel of each tap, in order; taps outside the map are left out, or are the nearest ones inside. */
function eachTap(k: ImageOfOperands['k'], { rows, columns, width }: WindowAt, body: (pixel: Expression) => void): void {
  const { taps: down } = rows;
  const { taps: across } = columns;
  if (down && across) {
    for (const h of down) for (const w of across) body(add(mul(h, width), w));
    return;
  }
  loopOverTaps(k, rows, columns, (h, w) => body(add(mul(h, width), w)));
}

function routeToLargest(
  { k, v, arena, result }: ImageOfOperands,
  { input, output }: PoolGradientSpec,
  window: WindowAt,
  x: Expression,
  stores: boolean,
): void {
  // The largest number, without regard for NaN; which pixel is the last NaN, if there is one, is found beside it.
  const larger = v.lanes > 1 ? pmax : fmax;
  const isWrittenOut = window.rows.taps !== undefined && window.columns.taps !== undefined;
  v.each('c', output.channels, (c, count) => {
    const read = (pixel: Expression): Expression => v.load(arena, sum(x, mul(pixel, input!.pixelStride), c), count);
    const upstream = k.let('u', v.load(arena, add(window.from, c), count));
    const zero = v.constant(0);
    const lastNaN = k.cell('n', v.constant(-1));
    const see = (value: Expression, tap: Expression): void =>
      k.set(lastNaN, select(eq(value, value), lastNaN.value, tap));
    /** What is left goes to the pixel if it has the largest number, all to it if it is the last NaN. */
    const give = (pixel: Expression, value: Expression, largest: Expression, tap: Expression, rest: Cell): void => {
      const place = k.let('to', sum(result, mul(pixel, output.pixelStride), c));
      const isLargest: Condition = eq(value, largest);
      const given = select(eq(lastNaN.value, tap), upstream, select(isLargest, rest.value, zero));
      v.store(arena, place, stores ? given : fadd(v.load(arena, place, count), given), count);
      k.set(rest, select(isLargest, zero, rest.value));
    };
    /** Nothing where there is a NaN. */
    const restOf = (): Cell => k.cell('d', select(eq(lastNaN.value, v.constant(-1)), upstream, zero));
    if (isWrittenOut) {
      const taps: { readonly pixel: Expression; readonly value: Expression }[] = [];
      eachTap(k, window, (pixel) => taps.push({ pixel, value: k.let('v', read(pixel)) }));
      for (const [tap, { value }] of taps.entries()) see(value, v.constant(tap));
      const largest = k.let('m', taps.map(({ value }) => value).reduce(larger));
      const rest = restOf();
      for (const [tap, { pixel, value }] of taps.entries()) give(pixel, value, largest, v.constant(tap), rest);
      return;
    }
    const largest = k.cell('m', v.constant(-Infinity));
    const counted = (body: (pixel: Expression, tap: Expression) => void): void => {
      const tap = k.cell('t', v.constant(0));
      eachTap(k, window, (pixel) => {
        body(pixel, tap.value);
        k.set(tap, fadd(tap.value, v.constant(1)));
      });
    };
    counted((pixel, tap) => {
      const value = k.let('v', read(pixel));
      see(value, tap);
      k.set(largest, larger(largest.value, value));
    });
    const rest = restOf();
    counted((pixel, tap) => give(pixel, k.let('v', read(pixel)), largest.value, tap, rest));
  });
}

function spreadEvenly(
  { k, v, arena, result }: ImageOfOperands,
  { operation, output }: PoolGradientSpec,
  window: WindowAt,
  stores: boolean,
): void {
  const scale = operation === 'avg' ? k.let('s', divisor(v, window.rows, window.columns)) : undefined;
  v.each('c', output.channels, (c: Expression, count: LaneCount) => {
    const given = v.load(arena, add(window.from, c), count);
    const part = k.let('d', scale ? fdiv(given, scale) : given);
    eachTap(k, window, (pixel) => {
      const place = k.let('to', sum(result, mul(pixel, output.pixelStride), c));
      v.store(arena, place, stores ? part : fadd(v.load(arena, place, count), part), count);
    });
  });
}
