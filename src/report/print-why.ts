// The arithmetic of one layer in plain words, with its numbers filled in.

import { escapeControls } from '../../grammar/terminal.ts';
import type { Window } from '../../compiler/ir/operator.ts';
import { operators } from '../../compiler/ops/index.ts';
import { formatShape, sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { bytesText, extentText, grouped, shapeText, wrap } from '../text/format.ts';
import { place, share, sharedText, square } from './print-layer.ts';
import { painter } from '../text/table.ts';
import type { FieldStep, Why } from './why.ts';

export interface PrintWhyOptions {
  /** ANSI colours. */
  readonly color?: boolean;
  /** Columns of the terminal. Default 100. */
  readonly width?: number;
}

/** Lines joined by line breaks, one at the end. */
export function printWhy(why: Why, { color = false, width = 100 }: PrintWhyOptions = {}): string {
  const paint = painter(color);
  const { layer } = why;
  const section = (title: string, lines: readonly string[]): readonly string[] => [
    '',
    paint('bold', title),
    ...lines.flatMap((line) => wrap(line, width - 2).map((part, at) => `  ${at === 0 ? part : `  ${part}`}`)),
  ];
  const lines = [
    `${paint('bold', layer.name)}  ${layer.description}  ${place(layer)}`.trimEnd(),
    ...section(`output  ${(layer.outputShapes ?? [layer.outputShape]).map(formatShape).join(', ')}`, outputLines(why)),
    ...section(`parameters  ${grouped(layer.parameters)}`, parameterLines(why)),
    ...section(`MACs  ${grouped(why.macs.total)}`, macLines(why)),
    ...section('memory', memoryLines(why)),
    '',
    paint('bold', `receptive field  ${square(layer.receptiveField.size)} pixels of the input`),
    ...fieldLines(why),
  ];
  return `${lines.join('\n')}\n`;
}

function outputLines({ layer, window }: Why): readonly string[] {
  const { inputShapes, reads, arithmetic, outputShape } = layer;
  const takes = inputShapes.map((shape, at) => `${formatShape(shape)} from ${reads[at] ?? 'a constant'}`).join(', ');
  const [first] = inputShapes;
  const slides = window && first?.length === 3 && outputShape.length === 3 && hasExtent(window);
  return [
    `it takes ${takes}`,
    ...(slides ? [windowWords(window, first)] : []),
    ...(arithmetic === undefined ? [] : [arithmetic]),
    ...channelWords(layer.op, first, outputShape),
  ];
}

function hasExtent({ kernel, stride }: Window): boolean {
  return [...kernel, ...stride].some((extent) => extent > 1);
}

/** `a window of 5×5 moves over 28×28 pixels and 2 rows of padding on each side, 1 pixel at a time` */
function windowWords({ kernel, stride, padding, dilation }: Window, [, height, width]: Shape): string {
  const [top, left, bottom, right] = padding;
  const same = top === bottom && left === right && top === left;
  const around = same
    ? top === 0
      ? 'no padding'
      : `${top} of padding on each side`
    : `padding of ${top} above, ${left} left, ${bottom} below, ${right} right`;
  const spread = dilation.some((extent) => extent > 1) ? `, its taps ${extentText(dilation)} apart` : '';
  const steps = square(stride[0] === stride[1] ? stride[0] : stride);
  const pace = stride.every((extent) => extent === 1) ? '1 pixel at a time' : `${steps} pixels at a time`;
  return `a window of ${kernel.join('×')}${spread} moves over ${height}×${width} pixels with ${around}, ${pace}`;
}

function channelWords(op: string, input: Shape | undefined, output: Shape): readonly string[] {
  const [channels = 0] = output;
  if (op === 'conv' || op === 'conv_transpose') return [`${grouped(channels)} channels: one for each of its filters`];
  if (op === 'dense')
    return [`${grouped(channels)} features: one for each weighted sum of all ${grouped(input?.[0] ?? 0)}`];
  return input?.length === 3 && output.length === 3 && input[0] === channels
    ? [`${grouped(channels)} channels, each by itself`]
    : [];
}

function parameterLines({ layer, parameters }: Why): readonly string[] {
  if (parameters.length === 0) return ['it learns nothing'];
  const lines = parameters.map(({ name, shape, count, learnt }) => {
    const part = name.slice(name.lastIndexOf('.') + 1);
    const product = shape.length > 1 ? `${shape.join(' · ')} = ${grouped(count)}` : grouped(count);
    const words = learnt ? weightWords(layer.op, part, shape) : 'a running statistic, not learnt and not counted';
    return `${part}: ${product}${words === '' ? '' : `, ${words}`}`;
  });
  return layer.shared ? [...lines, sharedText(layer.shared)] : lines;
}

function weightWords(op: string, part: string, shape: Shape): string {
  const [first = 0, second = 0, ...window] = shape;
  const isNorm = op === 'batch_norm' || operators.get(op)?.normalizes !== undefined;
  if (isNorm && shape.length > 1) return part === 'bias' ? 'added to each number' : 'a factor of each number';
  if (part === 'bias')
    return isNorm ? 'added to each channel' : `one for each output${op === 'dense' ? '' : ' channel'}`;
  if (op === 'dense') return `one for each of ${grouped(second)} inputs of each of ${grouped(first)} outputs`;
  if (isNorm) return 'a factor of each channel';
  if (op === 'conv' || op === 'depthwise_conv')
    return `each of ${grouped(first)} filters has ${shapeText(window)} weights for ${second === 1 ? 'its channel' : `each of ${grouped(second)} channels`}`;
  return '';
}

function macLines({ macs }: Why): readonly string[] {
  const { perValue, values, total, networkTotal } = macs;
  if (total === 0) return ['it multiplies no weights; additions, comparisons and the like are not counted'];
  const way = Number.isInteger(perValue)
    ? `${grouped(perValue)} products for each of ${grouped(values)} output values: ${grouped(perValue)} · ${grouped(values)} = ${grouped(total)}`
    : `${grouped(total)} products for ${grouped(values)} output values`;
  return [`${way}${share(total, networkTotal)}`, `1 MAC is a product and a sum, 2 FLOP: ${grouped(2 * total)} FLOP`];
}

function memoryLines({ layer, memory, parameters }: Why): readonly string[] {
  const values = (label: string, count: number, bytes: number): string =>
    `${label}: ${grouped(count)} values · 4 bytes = ${bytesText(bytes)}`;
  const weights = parameters.reduce((sum, { count }) => sum + count, 0);
  return [
    values(
      'input',
      layer.inputShapes.reduce((sum, shape) => sum + sizeOf(shape), 0),
      memory.inputBytes,
    ),
    values('output', memory.outputBytes / 4, memory.outputBytes),
    ...(weights > 0 ? [values('weights', weights, memory.weightBytes)] : []),
  ];
}

/** Where height and width agree all the way, one column says it for both. */
function fieldLines({ layer, receptiveField: { chain } }: Why): readonly string[] {
  const square = chain.every(
    ({ size, jump, start, window }) =>
      [size, jump, start].every(([height, width]) => height === width) &&
      (!window || (window.kernel[0] === window.kernel[1] && window.dilation[0] === window.dilation[1])),
  );
  const axes: readonly (0 | 1)[] = square ? [0] : [0, 1];
  const rows = chain.map((step, at) => [
    step.name,
    step.description,
    ...axes.map((axis) => growth(step, chain[at - 1], axis)),
    `step ${axes.map((axis) => pace(step, chain[at - 1], axis)).join(', ')}`,
  ]);
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]!.length))) ?? [];
  const { jump, start } = layer.receptiveField;
  return [
    ...rows.map((row) =>
      `  ${row.map((cell, column) => escapeControls(cell).padEnd(widths[column]!)).join('  ')}`.trimEnd(),
    ),
    jump === 0
      ? '  all see the same field'
      : `  neighbours see fields ${extentText(jump)} apart, the first begins at pixel ${typeof start === 'number' ? extentText(start) : `(${start.map((at) => extentText(at)).join(', ')})`}`,
  ];
}

/** `5 + (2 − 1)·1 = 6`: what it sees, from what the value before saw and the step between those. */
function growth({ window, size, joins }: FieldStep, before: FieldStep | undefined, axis: 0 | 1): string {
  if (!window || !before || (window.kernel[axis] === 1 && joins === undefined)) return `${size[axis]}`;
  if (joins !== undefined) return `${size[axis]}, the union of ${joins}`;
  const taps =
    window.dilation[axis] === 1
      ? `(${window.kernel[axis]} − 1)`
      : `${window.dilation[axis]}·(${window.kernel[axis]} − 1)`;
  return `${before.size[axis]} + ${taps}·${before.jump[axis]} = ${size[axis]}`;
}

function pace({ window, jump, joins }: FieldStep, before: FieldStep | undefined, axis: 0 | 1): string {
  if (!window || !before || joins !== undefined) return `${jump[axis]}`;
  return window.stride[axis] === 1 ? `${jump[axis]}` : `${before.jump[axis]}·${window.stride[axis]} = ${jump[axis]}`;
}
