// Means and norms of windows with gaps, which the language has as sums: a depthwise convolution whose weights are all 1.

import type { ValueId } from '../../../compiler/ir/graph.ts';
import { constantOf } from '../constant.ts';
import type { Flow } from '../flow.ts';
import { refuse } from '../problem.ts';
import type { Site } from '../site.ts';
import type { Windows } from './windows.ts';

/** An axis of the image with the windows on it, in pixels. */
interface Axis {
  readonly input: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
  readonly count: number;
}

/** y [C,OH,OW] of the node's x [C,H,W] */
export function dilatedPool(site: Site, windows: Windows, op: 'avg_pool' | 'lp_pool'): Flow {
  const { dims, value } = site.flow(0);
  const axes = [0, 1].map((at) => axisOf(site, windows, at)) as [Axis, Axis];
  const image = site.shaped(value, windows.image);
  const result = op === 'avg_pool' ? mean(site, image, windows, axes) : norm(site, image, windows, axes);
  return site.result(result, [dims[0]!, ...windows.spatial(axes[0].count, axes[1].count)]);
}

/** A last window that would begin in the padding at the end is left out. */
function axisOf({ attributes }: Site, { image, kernel, stride, dilation, padding }: Windows, at: 0 | 1 | number): Axis {
  const side = at as 0 | 1;
  const input = image[at + 1]!;
  const [before, after] = [padding[side], padding[(side + 2) as 2 | 3]];
  const own = { input, kernel: kernel[side], stride: stride[side], dilation: dilation[side], before, after };
  const room = (input + before + after - reach(own)) / own.stride;
  if (room < 0) refuse('no window fits into the image', 'see whether the model runs elsewhere');
  const round = attributes.flag('ceil_mode', false) ? Math.ceil : Math.floor;
  const count = round(room) + 1;
  return { ...own, count: (count - 1) * own.stride >= input + before ? count - 1 : count };
}

const reach = ({ kernel, dilation }: Pick<Axis, 'kernel' | 'dilation'>): number => (kernel - 1) * dilation + 1;

/** Σ over each window; what overhangs the padded image is 0. */
function sums(
  site: Site,
  value: ValueId,
  { image, kernel, stride, dilation }: Windows,
  axes: readonly [Axis, Axis],
): ValueId {
  const channels = image[0]!;
  const taps = kernel[0] * kernel[1];
  const ones = constantOf('', [channels, 1, ...kernel], 'float', () => new Float32Array(channels * taps).fill(1));
  const ends = axes.map((axis) =>
    Math.max(axis.after, (axis.count - 1) * axis.stride + reach(axis) - axis.input - axis.before),
  ) as [number, number];
  const padding = [axes[0].before, axes[1].before, ...ends];
  return site.helper('depthwise_conv', [value], { kernel, stride, dilation, padding, multiplier: 1, bias: false }, [
    ones,
  ]);
}

/** Divided by the pixels of the image in each window, or with those of its padding. */
function mean(site: Site, value: ValueId, windows: Windows, axes: readonly [Axis, Axis]): ValueId {
  const countsPadding = site.attributes.flag('count_include_pad', false);
  const [rows, columns] = axes.map((axis) => tapCounts(axis, countsPadding)) as [readonly number[], readonly number[]];
  const sum = sums(site, value, windows, axes);
  const counts = constantOf('', [1, rows.length, columns.length], 'float', () =>
    Float32Array.from(rows.flatMap((row) => columns.map((column) => row * column))),
  );
  return site.apply('div', [sum, site.learned(counts, counts.dims)]);
}

function tapCounts(
  { input, kernel, stride, dilation, before, after, count }: Axis,
  countsPadding: boolean,
): readonly number[] {
  const [least, most] = countsPadding ? [-before, input + after] : [0, input];
  return Array.from({ length: count }, (_, at) => {
    const taps = Array.from({ length: kernel }, (__, tap) => at * stride - before + tap * dilation);
    return taps.filter((place) => place >= least && place < most).length;
  });
}

/** (Σ |x|^p)^(1/p) */
function norm(site: Site, value: ValueId, windows: Windows, axes: readonly [Axis, Axis]): ValueId {
  const p = site.attributes.int('p', 2);
  const powers = site.helper('pow', [site.helper('abs', [value])], { exponent: p });
  const sum = sums(site, powers, windows, axes);
  return p === 2 ? site.apply('sqrt', [sum]) : site.apply('pow', [sum], { exponent: 1 / p });
}
