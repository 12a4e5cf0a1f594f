// The shape report as text: a table of the network by blocks and paths, or of one block, or one step in full.

import { escapeControls } from '../../grammar/terminal.ts';
import { bar, bytesText, extentText, kibFormat, macsFormat, grouped, percent, shapeText } from './format.ts';
import { printLayer } from './print-layer.ts';
import type { Layer, Report, ScopeReport } from './report.ts';
import { branchNames, rowText, rowsOf, sectionsOf } from './rows.ts';
import type { Row } from './rows.ts';
import { layOut, painter } from './table.ts';
import type { Column, Paint, TableRow } from './table.ts';

export interface PrintOptions {
  /** ANSI colours. */
  readonly color?: boolean;
  /** Columns of the terminal; the bars and then the operators give way. Default 100. */
  readonly width?: number;
  /** One step, block or path by its name. */
  readonly layer?: string;
  /** One line for each top-level block. */
  readonly fold?: boolean;
}

/** Lines joined by line breaks, one at the end; undefined when nothing is named `layer`. */
export function printReport(report: Report, options: PrintOptions = {}): string | undefined {
  const paint = painter(options.color ?? false);
  const lines =
    options.layer === undefined ? wholeNetwork(report, options, paint) : part(report, options.layer, options, paint);
  return lines && `${lines.join('\n')}\n`;
}

/** What `layer` may be: the names of steps, and of the blocks and paths around them. */
export function partNames(report: Report): readonly string[] {
  return [...new Set(report.layers.flatMap(({ name, scopes }) => [...scopes.map((scope) => scope.name), name]))];
}

function wholeNetwork(report: Report, options: PrintOptions, paint: Paint): readonly string[] {
  const { totals } = report;
  const sections = sectionsOf(rowsOf(report));
  const largest = Math.max(
    ...sections.map(({ scope, rows }) => (scope ? sum(rows, 'macs') : Math.max(...rows.map(({ macs }) => macs)))),
    1,
  );
  const table = tableOf(report, 'of network', totals.macs, largest / (totals.macs || 1), options);
  const rows = sections.flatMap(({ scope, rows: inside }, at): TableRow[] => {
    if (!scope)
      return [
        ...(at > 0 && !options.fold ? ['blank' as const] : []),
        ...table.rows(
          inside,
          inside.map(({ layers }) => layers[0].name),
        ),
      ];
    const heading = table.heading(blockTitle(scope, inside), inside);
    return options.fold ? [heading] : ['blank', heading, ...table.rows(inside, branchNames(inside, scope.name))];
  });
  return [
    ...title(report, paint),
    '',
    ...table.print(
      [...rows, ...(sections.some(({ scope }) => scope) ? ['blank' as const] : []), table.total(totals)],
      paint,
    ),
    '',
    ...memory(report),
  ];
}

function title({ network, doc, inputs, outputs }: Report, paint: Paint): readonly string[] {
  const list = (values: Report['inputs']): string =>
    values.map(({ name, shape }) => `${name} ${shapeText(shape)}`).join(', ');
  return [
    `${paint('bold', network)}  ${list(inputs)} → ${list(outputs)}`,
    ...(doc === undefined ? [] : doc.split('\n').map((line) => paint('dim', escapeControls(line)))),
  ];
}

function part(report: Report, name: string, options: PrintOptions, paint: Paint): readonly string[] | undefined {
  const inside = report.layers.filter(({ scopes }) => scopes.some((scope) => scope.name === name));
  const scope = inside[0]?.scopes.find((candidate) => candidate.name === name);
  if (!scope) {
    const layer = report.layers.find((candidate) => candidate.name === name);
    return layer && printLayer(layer, report, paint);
  }
  const rows = rowsOf(report, inside);
  const totals = { parameters: sum(inside, 'parameters'), macs: sum(inside, 'macs') };
  const table = tableOf(report, scope.kind === 'path' ? 'of path' : 'of block', totals.macs, 1, options);
  const share = `${percent(totals.macs, report.totals.macs)} of the network's MACs`;
  return [
    `${paint('bold', scope.name)}  ${blockTitle(scope, rows).slice(scope.name.length + 2)}  ${share}`,
    '',
    ...table.print([...table.rows(rows, branchNames(rows, scope.name)), table.total(totals)], paint),
  ];
}

/** `inception1  192×12×12 → 256×12×12  line 41` */
function blockTitle(scope: ScopeReport, rows: readonly Row[]): string {
  const layers = rows.flatMap((row) => row.layers);
  const from = layers[0]!.inputShapes[0] ?? [];
  const to = layers.at(-1)!.outputShape;
  const place =
    layers[0]!.scopes[0] === scope || scope.file === layers[0]!.file
      ? `line ${scope.line}`
      : `${scope.file}:${scope.line}`;
  return `${scope.name}  ${shapeText(from)} → ${shapeText(to)}  ${escapeControls(place)}`;
}

interface Table {
  rows(rows: readonly Row[], names: readonly string[]): readonly TableRow[];
  heading(text: string, rows: readonly Row[]): TableRow;
  total(totals: { readonly parameters: number; readonly macs: number }): TableRow;
  print(rows: readonly TableRow[], paint: Paint): readonly string[];
}

/** `macs` is what 100% means; a full bar is the fraction `full` of it. */
function tableOf(report: Report, share: string, macs: number, full: number, { width = 100 }: PrintOptions): Table {
  const macsText = macsFormat(report.totals.macs);
  const kib = kibFormat(report.layers.map(({ outputBytes }) => outputBytes));
  const cells = width < 90 ? BAR / 2 : BAR;
  const shareText = (part: number): string =>
    part === 0 ? '' : `${bar(part / macs / full, cells).padEnd(cells)} ${percent(part, macs).padStart(5)}`;
  const cellsOf = (row: Row, name: string): string[] => {
    const [first] = row.layers;
    const last = row.layers.at(-1)!;
    return [
      name,
      rowText(row),
      (first.outputShapes ?? [first.outputShape]).map(shapeText).join(', '),
      kib(last.outputBytes),
      grouped(row.parameters),
      macsText(row.macs),
      first.free ? 'no copy' : shareText(row.macs),
      extentText(last.receptiveField.size),
    ];
  };
  const columns: readonly Column[] = [
    { title: 'layer', align: 'left' },
    { title: 'operator', align: 'left' },
    { title: 'output', align: 'left' },
    { title: 'KiB', align: 'right' },
    { title: 'parameters', align: 'right' },
    { title: 'MACs', align: 'right' },
    { title: share, align: 'left' },
    { title: 'field', align: 'right' },
  ];
  const totalOf = (rows: readonly Row[]) => ({ parameters: sum(rows, 'parameters'), macs: sum(rows, 'macs') });
  return {
    rows: (rows, names) => rows.map((row, at) => ({ cells: cellsOf(row, names[at]!) })),
    heading(text, rows) {
      const { parameters, macs: part } = totalOf(rows);
      const field = extentText(rows.at(-1)!.layers.at(-1)!.receptiveField.size);
      return { heading: text, skip: 4, cells: [grouped(parameters), macsText(part), shareText(part), field] };
    },
    total: ({ parameters, macs: part }) => ({
      heading: 'total',
      skip: 4,
      cells: [grouped(parameters), macsText(part), '', ''],
    }),
    print: (rows, paint) => layOut(columns, rows, paint, width),
  };
}

const BAR = 10;

function memory({ totals, peak }: Report): readonly string[] {
  const alive = [...peak.alive].sort((a, b) => b.bytes - a.bytes);
  const shown = alive.slice(0, 6).map(({ name, bytes }) => `${name} ${bytesText(bytes)}`);
  const more = alive.length > shown.length ? [`and ${alive.length - shown.length} more`] : [];
  const compiled = totals.compiledArenaBytes;
  return [
    `peak activation memory ${bytesText(totals.peakActivationBytes)}${peak.at === null ? '' : ` at ${peak.at}`}: ${[...shown, ...more].join(', ')}`,
    ...(compiled === undefined ? [] : [`compiled: an arena of ${bytesText(compiled)}`]),
  ];
}

function sum<Key extends 'parameters' | 'macs'>(items: readonly (Row | Layer)[], key: Key): number {
  return items.reduce((total, item) => total + item[key], 0);
}
