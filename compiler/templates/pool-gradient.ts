// Gradients of pooling: what comes from above goes to the first of the largest pixels of each window, or to all of them, for a mean
// in equal parts. Windows that overlap add up.

import { add, eq, fadd, fdiv, fmax, mul, numberOf, pmax, select, sum } from '../kernel/builder.ts';
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
  // Of vectors without regard for NaN, which does not equal itself, nor for the sign of zeros, which are equal.
  const larger = v.lanes > 1 ? pmax : fmax;
  const isWrittenOut = window.rows.taps !== undefined && window.columns.taps !== undefined;
  v.each('c', output.channels, (c, count) => {
    const read = (pixel: Expression): Expression => v.load(arena, sum(x, mul(pixel, input!.pixelStride), c), count);
    const rest = k.cell('d', v.load(arena, add(window.from, c), count));
    /** What is left goes to the pixel if it has the largest number. */
    const give = (pixel: Expression, value: Expression, largest: Expression): void => {
      const place = k.let('to', sum(result, mul(pixel, output.pixelStride), c));
      const isLargest: Condition = eq(value, largest);
      const zero = numberOf(value.type, 0);
      const given = select(isLargest, rest.value, zero);
      v.store(arena, place, stores ? given : fadd(v.load(arena, place, count), given), count);
      k.set(rest, select(isLargest, zero, rest.value));
    };
    if (isWrittenOut) {
      const taps: { readonly pixel: Expression; readonly value: Expression }[] = [];
      eachTap(k, window, (pixel) => taps.push({ pixel, value: k.let('v', read(pixel)) }));
      const largest = k.let('m', taps.map(({ value }) => value).reduce(larger));
      for (const { pixel, value } of taps) give(pixel, value, largest);
      return;
    }
    const largest = k.cell('m', v.constant(-Infinity));
    eachTap(k, window, (pixel) => k.set(largest, larger(largest.value, read(pixel))));
    eachTap(k, window, (pixel) => give(pixel, k.let('v', read(pixel)), largest.value));
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
