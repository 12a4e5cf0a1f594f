// Sliding windows as ONNX describes them: kernel_shape, strides, pads, dilations, auto_pad, over one or two axes.

import { refuse } from '../problem.ts';
import { imageShape } from '../shapes.ts';
import type { Site } from '../site.ts';
import type { Shape } from '../../../compiler/ir/tensor-type.ts';

type Pair = readonly [number, number];

export interface Windows {
  /** The operand's shape as an image; [C, L] is [C, 1, L]. */
  readonly image: Shape;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  /** Top, left, bottom, right. */
  readonly padding: readonly [number, number, number, number];
  /** The result's axes besides the channels, from height and width. */
  spatial(height: number, width: number): readonly number[];
}

/** Reads them; `kernel` is that of the weights, where there are some. Refuses windows of three axes. */
export function windowsOf(site: Site, dims: readonly number[], kernel?: readonly number[]): Windows {
  const { attributes } = site;
  if (dims.length === 4 && !kernel) return flatWindowsOf(site, dims);
  const rank = dims.length - 1;
  if (rank !== 1 && rank !== 2)
    refuse(`its windows have ${rank} axes, and images have height and width`, 'networks of volumes cannot be imported');
  const list = (name: string, absent: number): readonly number[] => {
    const given = attributes.ints(name, undefined) ?? Array<number>(rank).fill(absent);
    return given.length === rank
      ? given
      : refuse(`${name} has ${given.length} numbers, expected ${rank}`, 'export the model again');
  };
  const extents = kernel ?? list('kernel_shape', 1);
  const said = list('kernel_shape', 0);
  if (kernel && attributes.ints('kernel_shape', undefined) && said.join() !== kernel.join())
    refuse(
      `kernel_shape is [${said.join(', ')}], and its weight is of [${kernel.join(', ')}]`,
      'export the model again',
    );
  const [stride, dilation] = [list('strides', 1), list('dilations', 1)];
  const pads = paddingOf(site, dims.slice(1), extents, stride, dilation);
  const pair = (values: readonly number[], fill: number): Pair =>
    rank === 1 ? [fill, values[0]!] : [values[0]!, values[1]!];
  const [top, left] = pair(pads.slice(0, rank), 0);
  const [bottom, right] = pair(pads.slice(rank), 0);
  return {
    image: imageShape(dims),
    kernel: pair(extents, 1),
    stride: pair(stride, 1),
    dilation: pair(dilation, 1),
    padding: [top, left, bottom, right],
    spatial: (height, width) => (rank === 1 ? [width] : [height, width]),
  };
}

/** Of a pool over three axes, of which the windows are one pixel long along the first, or along the last two. */
function flatWindowsOf(site: Site, dims: readonly number[]): Windows {
  const { attributes } = site;
  const list = (name: string, absent: number): readonly number[] =>
    attributes.ints(name, undefined) ?? Array<number>(3).fill(absent);
  const [kernel, stride, dilation] = [list('kernel_shape', 1), list('strides', 1), list('dilations', 1)];
  const pads = paddingOf(site, dims.slice(1), kernel, stride, dilation);
  const isFlat = (axis: number): boolean =>
    kernel[axis] === 1 && stride[axis] === 1 && pads[axis] === 0 && pads[axis + 3] === 0;
  const [channels, depth, height, width] = dims as readonly [number, number, number, number];
  const isDeep = isFlat(1) && isFlat(2);
  if (!isDeep && !isFlat(0))
    refuse(`its windows have 3 axes, and images have height and width`, 'networks of volumes cannot be imported');
  const pair = (values: readonly number[], fill: number): Pair =>
    isDeep ? [values[0]!, fill] : [values[1]!, values[2]!];
  const [[top, left], [bottom, right]] = [pair(pads.slice(0, 3), 0), pair(pads.slice(3), 0)];
  return {
    image: isDeep ? [channels, depth, height * width] : [channels * depth, height, width],
    kernel: pair(kernel, 1),
    stride: pair(stride, 1),
    dilation: pair(dilation, 1),
    padding: [top, left, bottom, right],
    spatial: (rows, columns) => (isDeep ? [rows, height, width] : [depth, rows, columns]),
  };
}

/** All begins, then all ends. SAME puts the odd pixel at the end, SAME_LOWER at the beginning. */
function paddingOf(
  { attributes }: Site,
  extents: readonly number[],
  kernel: readonly number[],
  stride: readonly number[],
  dilation: readonly number[],
): readonly number[] {
  const mode = attributes.text('auto_pad', 'NOTSET');
  const given = attributes.ints('pads', undefined);
  if (mode === 'VALID' || (mode === 'NOTSET' && !given)) return Array<number>(2 * kernel.length).fill(0);
  if (mode === 'NOTSET') {
    if (given!.length !== 2 * kernel.length)
      refuse(`pads has ${given!.length} numbers, expected ${2 * kernel.length}`, 'export the model again');
    return given!;
  }
  if (mode !== 'SAME_UPPER' && mode !== 'SAME_LOWER')
    refuse(`auto_pad is ${JSON.stringify(mode.slice(0, 40))}`, 'export the model again');
  const totals = extents.map((extent, axis) => {
    const reach = dilation[axis]! * (kernel[axis]! - 1) + 1;
    return Math.max(0, (Math.ceil(extent / stride[axis]!) - 1) * stride[axis]! + reach - extent);
  });
  const small = totals.map((total) => Math.floor(total / 2));
  const large = totals.map((total, axis) => total - small[axis]!);
  return mode === 'SAME_UPPER' ? [...small, ...large] : [...large, ...small];
}
