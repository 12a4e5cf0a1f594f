// What a report's page knows beside its text: the drawings, and what is said of every step when it is pointed at.

import type { Compilation } from '../../../compiler/index.ts';
import { positionOf } from '../../../grammar/source.ts';
import type { Miss, Rewrite } from '../../../compiler/ir/record.ts';
import { weightsNameOf } from '../../../compiler/ir/graph.ts';
import { formatShape } from '../../../compiler/ir/tensor-type.ts';
import { bytesText, grouped, percent } from '../../text/format.ts';
import type { Extent, Layer, Report } from '../network-report.ts';
import { sharedText } from '../print-layer.ts';
import { recordsByNode } from '../records-of.ts';
import type { Drawing, Item } from '../svg/drawing.ts';
import { compiledItems, writtenItems } from '../svg/items.ts';
import { isDrawable, layOut } from '../svg/layout.ts';

export interface PageData {
  /** Without boxes where the network is too large to be drawn. */
  readonly written: Drawing;
  readonly compiled: Drawing;
  readonly layers: readonly LayerFacts[];
  /** Height and width of the first input that is a picture. */
  readonly picture?: readonly [number, number];
}

export interface LayerFacts {
  readonly name: string;
  readonly op: string;
  /** Label and text; what runs over a line break belongs to the label above. */
  readonly facts: readonly (readonly [string, string])[];
  /** First pixel and extent of what one output in the middle sees, `[height, width]` each. */
  readonly field?: { readonly start: readonly [number, number]; readonly size: readonly [number, number] };
  readonly done: readonly string[];
  readonly missed: readonly string[];
}

const nothing: Drawing = { group: { width: 0, boxes: [], edges: [] }, folded: [] };
const drawn = (items: readonly Item[]): Drawing => (isDrawable(items) ? layOut(items) : nothing);

/** What the script of the page needs: both drawings and facts of every layer. */
export function pageData(report: Report, compilation: Compilation): PageData {
  const picture = pictureSize(report);
  return {
    written: drawn(writtenItems(report, compilation.records)),
    compiled: drawn(compiledItems(report, compilation)),
    layers: layerFacts(report, compilation.records),
    ...(picture && { picture }),
  };
}

/** What is said of every layer; `records` are what compiling did and nearly did. */
export function layerFacts(
  report: Report,
  records: Compilation['records'] = { rewrites: [], misses: [] },
): readonly LayerFacts[] {
  const picture = pictureSize(report);
  const [rewrites, misses] = [recordsByNode(records.rewrites), recordsByNode(records.misses)];
  return report.layers.map((layer) => {
    const field = picture && middleField(layer, picture);
    return {
      name: layer.name,
      op: layer.description,
      facts: factsOf(layer, report),
      ...(field && { field }),
      done: rewrites.get(layer.name)?.map(rewriteText) ?? [],
      missed: unique(misses.get(layer.name)?.map(missText) ?? []),
    };
  });
}

/** Height and width of the first input that is a picture. */
export function pictureSize({ inputs }: Report): readonly [number, number] | undefined {
  const shape = inputs.map((input) => input.shape).find(({ length }) => length === 3);
  return shape && [shape[1]!, shape[2]!];
}

/**
 * JSON inside a `script` element: no `<`, so that nothing in it ends the element or opens a comment, and nothing that controls a
 * terminal or turns the writing direction.
 */
export function embeddedJson(data: unknown): string {
  return JSON.stringify(data).replace(
    /[<\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function rewriteText({ pass, rule, nodes, macsSaved, bytesSaved, callsSaved }: Rewrite): string {
  const saved = [
    ...(callsSaved === 0 ? [] : [`${grouped(callsSaved)} ${callsSaved === 1 ? 'call' : 'calls'}`]),
    ...(macsSaved === 0 ? [] : [`${grouped(macsSaved)} MACs`]),
    ...(bytesSaved === 0 ? [] : [`${bytesText(bytesSaved)} moved`]),
  ];
  const saving = saved.length === 0 ? '' : `; saves ${saved.join(', ')}`;
  return `${pass}${rule === pass ? '' : ` (${rule})`}: ${namesText(nodes)}${saving}`;
}

export function missText({ pass, nodes, reason }: Miss): string {
  return `${pass}: ${namesText(nodes)}: ${reason}`;
}

/** Each of thousands of paths would name all. */
const mostNames = 12;

function namesText(nodes: readonly string[]): string {
  const more = nodes.length - mostNames;
  return nodes.slice(0, mostNames).join(' + ') + (more > 0 ? ` + ${grouped(more)} more` : '');
}

function factsOf(layer: Layer, report: Report): LayerFacts['facts'] {
  const { macs, parameters, line, file, receptiveField: field } = layer;
  const share = (part: number, whole: number): string =>
    part === 0 ? '0' : `${grouped(part)}, ${percent(part, whole)} of the network's`;
  return [
    ...layer.inputShapes.map((shape, at): readonly [string, string] => [
      at === 0 ? 'input' : '',
      `${formatShape(shape)} from ${layer.reads[at]}`,
    ]),
    ...(layer.outputShapes ?? [layer.outputShape]).map((shape, at): readonly [string, string] => [
      at === 0 ? 'output' : '',
      formatShape(shape),
    ]),
    ...(layer.arithmetic === undefined ? [] : [['', layer.arithmetic] as const]),
    ...layer.weights.map(({ name, shape }, at): readonly [string, string] => [
      at === 0 ? 'weights' : '',
      `${name.startsWith(`${weightsNameOf(layer)}.`) ? name.slice(weightsNameOf(layer).length + 1) : name} ${formatShape(shape)}`,
    ]),
    ['parameters', share(parameters, report.totals.parameters)],
    ...(layer.shared ? [['', sharedText(layer.shared)] as const] : []),
    ['MACs', share(macs, report.totals.macs)],
    ['activation', bytesText(layer.outputBytes)],
    ['field', `${pair(field.size).join('×')} pixels, ${spacing(field.jump)}`],
    ...(line === undefined ? [] : [['source', `${file}:${line}`] as const]),
  ];
}

/** Undefined for tokens that see a part of the picture: which part is not known of the one in the middle. */
function middleField(
  { receptiveField, outputShape }: Layer,
  picture: readonly [number, number],
): LayerFacts['field'] | undefined {
  const [size, jump, start] = [pair(receptiveField.size), pair(receptiveField.jump), pair(receptiveField.start)];
  if (outputShape.length === 2)
    return size.every((extent, axis) => extent >= picture[axis]!) ? { start, size } : undefined;
  const [, height = 1, width = 1] = outputShape;
  const first = (axis: 0 | 1, extent: number): number => start[axis] + jump[axis] * Math.floor((extent - 1) / 2);
  return { start: [first(0, height), first(1, width)], size };
}

const pair = (extent: Extent): readonly [number, number] => (typeof extent === 'number' ? [extent, extent] : extent);
/** How far apart the fields of neighbours are; those of what sees everything are one. */
const spacing = (jump: Extent): string =>
  pair(jump).every((step) => step === 0) ? 'the same for all' : `one every ${[...new Set(pair(jump))].join('×')}`;

const unique = <T>(list: readonly T[]): readonly T[] => [...new Set(list)];

/** `lenet.cnn:11` */
export function placeText({ origin }: Pick<Rewrite, 'origin'>): string {
  return origin ? `${origin.span.source.path}:${positionOf(origin.span.source, origin.span.start).line}` : '';
}
