// One step of a network in full, with the arithmetic of every figure.

import { escapeControls } from '../../grammar/terminal.ts';
import { formatShape, sizeOf } from '../../compiler/ir/tensor-type.ts';
import { bytesText, extentText, grouped, percent, shapeText } from '../text/format.ts';
import type { Extent, Layer, Report } from './network-report.ts';
import type { Paint } from '../text/table.ts';

/** Everything about one layer, a line for each fact. */
export function printLayer(layer: Layer, report: Report, paint: Paint): readonly string[] {
  const { name, description, op, weights, macs, quantized, receptiveField: field } = layer;
  const entries: (readonly [string, string])[] = [
    ...layer.inputShapes.map(
      (shape, at) => [at === 0 ? 'input' : '', `${formatShape(shape)}  from ${layer.reads[at]}`] as const,
    ),
    ...(layer.outputShapes ?? [layer.outputShape]).map(
      (shape, at) => [at === 0 ? 'output' : '', formatShape(shape)] as const,
    ),
    ...(layer.arithmetic === undefined ? [] : [['', layer.arithmetic] as const]),
    ['activation', `${grouped(layer.outputBytes / 4)} values, ${bytesText(layer.outputBytes)}`],
    ...(quantized
      ? [['', `computed in ${quantized.numbers}, and stored in ${bytesText(quantized.outputBytes)}`] as const]
      : []),
    ...weights.map(({ name: tensor, shape, role }, at): readonly [string, string] => [
      at === 0 ? 'weights' : '',
      `${tensor} ${formatShape(shape)} ${grouped(sizeOf(shape))}${role === 'buffer' ? ' (running statistic, not counted)' : ''}`,
    ]),
    ['parameters', `${grouped(layer.parameters)}${share(layer.parameters, report.totals.parameters)}`],
    ...(layer.shared ? [['', sharedText(layer.shared)] as const] : []),
    ['MACs', `${macsText(layer)}${share(macs, report.totals.macs)}`],
    [
      'field',
      field.jump === 0
        ? `${square(field.size)} pixels, the same for all`
        : `${square(field.size)} pixels, one every ${extentText(field.jump)}, the first from ${extentText(field.start)}`,
    ],
  ];
  return [
    `${paint('bold', name)}  ${description === op ? op : description}  ${place(layer)}`.trimEnd(),
    '',
    ...entries.map(([label, text]) => `${paint('dim', label.padEnd(10))}  ${text}`),
  ];
}

/** Weights per output pixel times pixels, where that is what the MACs are. */
function macsText({ weights, outputShape, macs }: Layer): string {
  const weight = weights.find(({ name }) => /(?:^|\.)weight$/.test(name));
  if (!weight || macs === 0) return grouped(macs);
  const [, ...pixels] = outputShape;
  if (macs !== sizeOf(weight.shape) * sizeOf(pixels)) return grouped(macs);
  const factors = [`${shapeText(weight.shape)} weights`, ...(pixels.length > 0 ? [`${shapeText(pixels)} places`] : [])];
  return `${factors.join(' · ')} = ${grouped(macs)}`;
}

/** Whose weights it reads, too. */
export function sharedText({ with: other, parameters }: NonNullable<Layer['shared']>): string {
  return `${grouped(parameters)} of them are those of ${other}, and counted there`;
}

/** `, 57.6% of the network's` */
export function share(part: number, whole: number): string {
  return part === 0 ? '' : `, ${percent(part, whole)} of the network's`;
}

/** `16×16` */
export function square(size: Extent): string {
  return extentText(typeof size === 'number' ? [size, size] : size);
}

/** Where the step is written, and the calls that lead to it: `lenet.cnn:11, called at line 4`. */
export function place({ line, file, scopes }: Layer): string {
  if (line === undefined) return '';
  const calls = scopes.filter(({ kind }) => kind === 'block').map((scope) => `line ${scope.line}`);
  const from = calls.length > 0 ? `, called at ${calls.toReversed().join(', ')}` : '';
  return escapeControls(`${file}:${line}${from}`);
}
