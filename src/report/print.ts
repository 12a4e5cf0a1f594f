// The shape report as text: a table of the network by blocks and paths, or of one block, or one step in full.

import { escapeControls } from '../../grammar/terminal.ts';
import { bytesText, percent, shapeText, wrap } from '../text/format.ts';
import { layerTable } from './layer-table.ts';
import type { LayerTable } from './layer-table.ts';
import { printLayer } from './print-layer.ts';
import type { Report, ScopeReport } from './network-report.ts';
import { branchNames, rowsOf, sectionsOf } from './rows.ts';
import type { Row, Section } from './rows.ts';
import { painter } from '../text/table.ts';
import type { Paint, TableRow } from '../text/table.ts';

export interface PrintOptions {
  /** ANSI colours. */
  readonly color?: boolean;
  /** Columns of the terminal: bars, activation sizes and shares give way. Default 100. */
  readonly width?: number;
  /** One step, block or path by its name. */
  readonly layer?: string;
  /** One line for each top-level block. */
  readonly fold?: boolean;
}

/** Lines joined by line breaks, one at the end; undefined when nothing is named `layer`. */
export function printReport(report: Report, options: PrintOptions = {}): string | undefined {
  const { color = false, width = 100, layer, fold = false } = options;
  const paint = painter(color);
  const lines = layer === undefined ? wholeNetwork(report, fold, width, paint) : partOf(report, layer, width, paint);
  return lines && `${lines.join('\n')}\n`;
}

/** What `layer` may be: the names of steps, and of the blocks and paths around them. */
export function partNames(report: Report): readonly string[] {
  return [...new Set(report.layers.flatMap(({ name, scopes }) => [...scopes.map((scope) => scope.name), name]))];
}

function wholeNetwork(report: Report, fold: boolean, width: number, paint: Paint): readonly string[] {
  const { macs } = report.totals;
  const rows = rowsOf(report);
  const sections = sectionsOf(rows);
  const largest = sections.map((section) =>
    Math.max(...section.rows.map((row) => row.macs), section.scope ? macsOf(section.rows) : 0),
  );
  const share = { title: 'of network', macs, full: Math.max(...largest, 1) };
  const table = layerTable(report, share, width, paint, (make) => [
    ...sections.flatMap((section, at) => sectionRows(section, fold, at === 0, make)),
    ...(sections.length > 1 ? ['blank' as const] : []),
    make.total(rows),
  ]);
  return [...title(report, width, paint), '', ...table, '', ...memory(report, width)];
}

function sectionRows({ scope, rows }: Section, fold: boolean, first: boolean, make: LayerTable): readonly TableRow[] {
  const gap = first || fold ? [] : ['blank' as const];
  if (!scope)
    return [
      ...gap,
      ...make.rows(
        rows,
        rows.map(({ layers }) => layers[0].name),
      ),
    ];
  const block = make.block(blockTitle(scope, rows), rows);
  return fold ? [block] : [...gap, block, ...make.rows(rows, branchNames(rows, scope.name))];
}

function partOf(report: Report, name: string, width: number, paint: Paint): readonly string[] | undefined {
  const inside = report.layers.filter(({ scopes }) => scopes.some((scope) => scope.name === name));
  const scope = inside[0]?.scopes.find((candidate) => candidate.name === name);
  if (!scope) {
    const layer = report.layers.find((candidate) => candidate.name === name);
    return layer && printLayer(layer, report, paint);
  }
  const rows = rowsOf(report, inside);
  const macs = macsOf(rows);
  const share = { title: `of ${scope.kind}`, macs, full: Math.max(macs, 1) };
  return [
    paint('bold', `${blockTitle(scope, rows)}  ${percent(macs, report.totals.macs)} of the network's MACs`),
    '',
    ...layerTable(report, share, width, paint, (make) => [
      ...make.rows(rows, branchNames(rows, scope.name)),
      make.total(rows),
    ]),
  ];
}

function title(
  { network, doc = '', inputs, outputs, auxiliary }: Report,
  width: number,
  paint: Paint,
): readonly string[] {
  const list = (values: Report['inputs']): string =>
    values.map(({ name, shape }) => `${name} ${shapeText(shape)}`).join(', ');
  return [
    `${paint('bold', network)}  ${list(inputs)} → ${list(outputs)}`,
    ...wrap(escapeControls(doc.replaceAll('\n', ' ')), width).map((line) => paint('dim', line)),
    ...(auxiliary ? wrap(auxiliaryText(auxiliary), width) : []),
  ];
}

/** `auxiliary outputs, for the training only: aux1, aux2` */
export const auxiliaryText = (names: readonly string[]): string =>
  `${names.length === 1 ? 'auxiliary output' : 'auxiliary outputs'}, for the training only: ${names.join(', ')}`;

/** `inception1  192×12×12 → 256×12×12  line 41` */
function blockTitle(scope: ScopeReport, rows: readonly Row[]): string {
  const from = rows[0]!.layers[0].inputShapes[0] ?? [];
  const to = rows.at(-1)!.layers.at(-1)!.outputShape;
  return `${scope.name}  ${shapeText(from)} → ${shapeText(to)}  line ${scope.line}`;
}

function memory({ totals, peak }: Report, width: number): readonly string[] {
  const alive = peak.alive.toSorted((a, b) => b.bytes - a.bytes);
  const shown = alive.slice(0, MAX_ALIVE).map(({ name, bytes }) => `${name} ${bytesText(bytes)}`);
  const more = alive.length > shown.length ? [`and ${alive.length - shown.length} more`] : [];
  const at = peak.at === null ? '' : ` at ${peak.at}`;
  const compiled = totals.compiledArenaBytes;
  return [
    `weights ${weightsText(totals)}`,
    ...wrap(
      `peak activation memory ${bytesText(totals.peakActivationBytes)} step by step,${at}: ${[...shown, ...more].join(', ')}`,
      width,
    ),
    ...(compiled === undefined ? [] : [`compiled, it takes ${bytesText(compiled)} per image`]),
  ];
}

/** `1.2 MiB in f32, 312 KiB quantised` */
export const weightsText = ({ weightBytes, quantizedWeightBytes: quantized }: Report['totals']): string =>
  `${bytesText(weightBytes)} in f32${quantized === undefined ? '' : `, ${bytesText(quantized)} quantised`}`;

const MAX_ALIVE = 6;

function macsOf(rows: readonly Row[]): number {
  return rows.reduce((sum, { macs }) => sum + macs, 0);
}
