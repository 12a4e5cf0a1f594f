// Sliding windows: the only place with the formula of the output extent. Floor and ceil rules as in PyTorch 2
// (aten/src/ATen/native/Pool.h); `same` is ONNX's SAME_UPPER.

import type { Attributes } from '../ir/graph.ts';
import type { Violation, Window } from '../ir/operator.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';
import { paddingOf, sizeAt } from './attributes.ts';

/** One spatial axis of an input and the window that slides along it. */
export interface Axis {
  readonly input: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Padding at the start and at the end. */
  readonly before: number;
  readonly after: number;
  /** Whether a last window that overhangs the padded input counts, if it starts inside the input or the padding before it. */
  readonly ceil: boolean;
}

/** Windows along the axis; less than 1 when none fits. */
export function outputExtent(axis: Axis): number {
  const room = axis.input + axis.before + axis.after - reach(axis);
  if (!axis.ceil) return Math.floor(room / axis.stride) + 1;
  const extent = Math.ceil(room / axis.stride) + 1;
  return lastWindowDropped(axis, extent) ? extent - 1 : extent;
}

/** Inputs from the first tap of a window to its last: d·(k − 1) + 1. */
export function reach(axis: Pick<Axis, 'kernel' | 'dilation'>): number {
  return axis.dilation * (axis.kernel - 1) + 1;
}

/** The arithmetic in one line: `28 + 2·2 − 5 + 1 = 28`, `⌊(224 + 2·3 − 7) / 2⌋ + 1 = 112`, `24 / 2 = 12`. */
export function explainExtent(axis: Axis): string {
  const { input, kernel, stride, dilation, before, after, ceil } = axis;
  const extent = outputExtent(axis);
  if (kernel === stride && stride > 1 && dilation === 1 && before + after === 0) {
    if (input % stride === 0) return `${input} / ${stride} = ${extent}`;
    return ceil ? `⌈${input} / ${stride}⌉ = ${extent}` : `⌊${input} / ${stride}⌋ = ${extent}`;
  }
  const padded = `${input} + ${before === after ? `2·${before}` : `${before} + ${after}`}`;
  const taps = dilation === 1 ? `${kernel}` : `${dilation}·(${kernel} − 1)`;
  if (stride === 1) return `${padded} − ${taps}${dilation === 1 ? ' + 1' : ''} = ${extent}`;
  const room = `(${padded} − ${taps}${dilation === 1 ? '' : ' − 1'}) / ${stride}`;
  if (!ceil) return `⌊${room}⌋ + 1 = ${extent}`;
  const dropped = lastWindowDropped(axis, Math.ceil((input + before + after - reach(axis)) / stride) + 1);
  return `⌈${room}⌉ + 1${dropped ? ' − 1' : ''} = ${extent}${dropped ? ' (the last window would start in the padding)' : ''}`;
}

/** The window that `kernel`, `stride`, `padding` and `dilation` describe; absent dilation is 1. */
export function windowOf(attributes: Attributes): Window {
  return {
    kernel: sizeAt(attributes, 'kernel'),
    stride: sizeAt(attributes, 'stride'),
    padding: paddingOf(attributes),
    dilation: 'dilation' in attributes ? sizeAt(attributes, 'dilation') : [1, 1],
  };
}

/** Height and width of an image [C, H, W] with the window on them. */
export function axesOf(window: Window, [, height, width]: Shape, ceil = false): readonly [Axis, Axis] {
  const { kernel, stride, dilation } = window;
  const [top, left, bottom, right] = window.padding;
  return [
    { input: height!, kernel: kernel[0], stride: stride[0], dilation: dilation[0], before: top, after: bottom, ceil },
    { input: width!, kernel: kernel[1], stride: stride[1], dilation: dilation[1], before: left, after: right, ceil },
  ];
}

/** Replaces `padding: same` by the rows and columns that make the output ⌈input / stride⌉, the odd one at the end. */
export function resolveSame(attributes: Attributes, inputs: readonly TensorType[]): Attributes {
  const shape = inputs[0]?.shape;
  if (attributes['padding'] !== 'same' || shape?.length !== 3) return attributes;
  const [height, width] = axesOf(windowOf({ ...attributes, padding: [0, 0, 0, 0] }), shape);
  const [top, bottom] = sameSides(height);
  const [left, right] = sameSides(width);
  return { ...attributes, padding: [top, left, bottom, right] };
}

/** The arithmetic of an image [C, H, W] under the window. */
export function explainAxes([height, width]: readonly [Axis, Axis]): string {
  return eachAxis(explainExtent(height), explainExtent(width));
}

/** `height …, width …`, or the arithmetic once where both axes share it. */
export function eachAxis(height: string, width: string): string {
  return height === width ? height : `height ${height}, width ${width}`;
}

/** The image [C, H, W] with its padding, in which all windows lie: whatever indexes one stays below its number of elements. */
export const paddedShape = ([channels]: Shape, axes: readonly [Axis, Axis]): Shape => [
  channels!,
  ...axes.map((axis) => axis.input + axis.before + axis.after),
];

/** What to say when no window fits: the sizes, the arithmetic, and a padding that makes room. */
export function noWindowFits(axes: readonly [Axis, Axis]): Violation {
  const padded = axes.map((axis) => axis.input + axis.before + axis.after);
  const sides = axes.map((axis) => {
    const half = Math.floor(reach(axis) / 2);
    return outputExtent(axis) >= 1 ? [axis.before, axis.after] : [half, half];
  });
  return {
    found: `${padded.join('×')} with its padding`,
    expected: `at least ${axes.map(reach).join('×')}`,
    notes: [explainAxes(axes)],
    attribute: 'padding',
    suggestion: { attribute: 'padding', value: [sides[0]![0]!, sides[1]![0]!, sides[0]![1]!, sides[1]![1]!] },
  };
}

/** `conv 3×3 /2` */
export function describeWindow(name: string, attributes: Attributes): string {
  const kernel = sizeAt(attributes, 'kernel').join('×');
  const [down, across] = sizeAt(attributes, 'stride');
  if (down === 1 && across === 1) return `${name} ${kernel}`;
  return `${name} ${kernel} /${down === across ? down : `${down}×${across}`}`;
}

function lastWindowDropped(axis: Axis, extent: number): boolean {
  return (extent - 1) * axis.stride >= axis.input + axis.before;
}

function sameSides(axis: Axis): readonly [number, number] {
  const extent = Math.ceil(axis.input / axis.stride);
  const total = Math.max(0, (extent - 1) * axis.stride + reach(axis) - axis.input);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** The window of what reads the whole map, or all tokens, for each of its results. */
export const wholeMap = (_: Attributes, [input]: readonly TensorType[]): Window => ({
  kernel: input!.shape.length === 2 ? [1, input!.shape[0]!] : [input!.shape[1] ?? 1, input!.shape[2] ?? 1],
  stride: [1, 1],
  padding: [0, 0, 0, 0],
  dilation: [1, 1],
});

/** The window of what sees all pixels, or all tokens, from every place of its result: it does not slide. */
export const everything = (attributes: Attributes, inputs: readonly TensorType[]): Window => ({
  ...wholeMap(attributes, inputs),
  stride: [0, 0],
});
