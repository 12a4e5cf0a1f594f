// The columns of a report: what each row of a network says, with bars that give way where the terminal is narrow.

import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { bar, extentText, grouped, kibFormat, macsFormat, percent, shapeText } from '../text/format.ts';
import type { Report } from './network-report.ts';
import { numbersText, parametersText, rowText, storedBytes } from './rows.ts';
import type { Row } from './rows.ts';
import { layOut, widthOfTable } from '../text/table.ts';
import type { Column, Paint, TableRow } from '../text/table.ts';

export interface Share {
  /** Title of the column: `of network`. */
  readonly title: string;
  /** The MACs that are 100%. */
  readonly macs: number;
  /** The MACs that fill the bar. */
  readonly full: number;
}

/** Makes the rows of one table. */
export interface LayerTable {
  rows(rows: readonly Row[], names: readonly string[]): readonly TableRow[];
  /** The sums of a block beside its title. */
  block(title: string, rows: readonly Row[]): TableRow;
  total(rows: readonly Row[]): TableRow;
}

/** Lines of the table that `build` fills. */
export function layerTable(
  report: Report,
  share: Share,
  width: number,
  paint: Paint,
  build: (table: LayerTable) => readonly TableRow[],
): readonly string[] {
  const widest = formed(report, share, build, { bar: BAR, kib: true, gap: 2, share: true });
  const shorter = BAR - Math.max(0, widest.width - width);
  const { columns, rows, form } =
    width >= widest.width
      ? widest
      : (narrowForms(shorter)
          .map((one) => formed(report, share, build, one))
          .find((one) => one.width <= width) ?? formed(report, share, build, narrowForms(shorter).at(-1)!));
  return layOut(columns, rows, paint, width, form.gap);
}

/** What gives way on narrow terminals, in this order: bars, activation sizes, blanks, shares; operators last. */
interface Form {
  /** Length in characters; 0: percentages alone. */
  readonly bar: number;
  readonly kib: boolean;
  /** Blanks between columns. */
  readonly gap: number;
  /** Shares of the MACs. */
  readonly share: boolean;
}

const BAR = 10;
const SHORTEST_BAR = 4;

function narrowForms(shorterBar: number): readonly Form[] {
  return [
    ...(shorterBar >= SHORTEST_BAR ? [{ bar: shorterBar, kib: true, gap: 2, share: true }] : []),
    { bar: 0, kib: true, gap: 2, share: true },
    { bar: 0, kib: false, gap: 2, share: true },
    { bar: 0, kib: false, gap: 1, share: true },
    { bar: 0, kib: false, gap: 1, share: false },
  ];
}

function formed(report: Report, share: Share, build: (table: LayerTable) => readonly TableRow[], form: Form) {
  const columns = columnsOf(share.title, form, isQuantized(report));
  const rows = build(tableOf(report, share, form));
  return { columns, rows, form, width: widthOfTable(columns, rows, form.gap) };
}

const isQuantized = ({ totals }: Report): boolean => totals.quantizedWeightBytes !== undefined;

function columnsOf(title: string, { bar: cells, kib, share }: Form, quantized: boolean): readonly Column[] {
  return [
    { title: 'layer', align: 'left' },
    { title: 'operator', align: 'left' },
    { title: 'output', align: 'left' },
    ...(quantized ? [{ title: 'numbers', align: 'left' } as const] : []),
    ...(kib ? [{ title: 'KiB', align: 'right' } as const] : []),
    { title: 'parameters', align: 'right' },
    { title: 'MACs', align: 'right' },
    ...(share ? [{ title: cells === 0 ? 'share' : title, align: cells === 0 ? 'right' : 'left' } as const] : []),
    { title: 'field', align: 'right' },
  ];
}

function tableOf(report: Report, { macs: whole, full }: Share, form: Form): LayerTable {
  const cells = form.bar;
  /** Columns before the parameters; titles of blocks stand across them. */
  const skip = 3 + Number(form.kib) + Number(isQuantized(report));
  const macsText = macsFormat(report.totals.macs);
  const kib = kibFormat(report.layers.map(storedBytes));
  const shareText = (macs: number): string => {
    if (macs === 0) return '';
    const text = percent(macs, whole).padStart(5);
    return cells === 0 ? text : `${bar(macs / full, cells).padEnd(cells)} ${text}`;
  };
  const fieldText = ({ layers }: Row): string => extentText(layers.at(-1)!.receptiveField.size);
  const sums = (rows: readonly Row[]) => ({
    parameters: rows.reduce((sum, { parameters }) => sum + parameters, 0),
    macs: rows.reduce((sum, { macs }) => sum + macs, 0),
  });
  return {
    rows: (rows, names) =>
      rows.map((row, at) => {
        const [first] = row.layers;
        return {
          cells: [
            names[at]!,
            rowText(row),
            shapesText(first.outputShapes ?? [first.outputShape]),
            ...(isQuantized(report) ? [numbersText(row)] : []),
            ...(form.kib ? [kib(storedBytes(first))] : []),
            parametersText(row),
            macsText(row.macs),
            ...(form.share ? [first.free ? 'no copy' : shareText(row.macs)] : []),
            fieldText(row),
          ],
        };
      }),
    block(heading, rows) {
      const { parameters, macs } = sums(rows);
      const shares = form.share ? [shareText(macs)] : [];
      const cells = [grouped(parameters), macsText(macs), ...shares, fieldText(rows.at(-1)!)];
      return { heading, skip, cells };
    },
    total(rows) {
      const { parameters, macs } = sums(rows);
      return { heading: 'total', skip, cells: [grouped(parameters), macsText(macs), ...(form.share ? [''] : []), ''] };
    },
  };
}

/** `64×12×12`, `2 of 12×16×16` */
function shapesText(shapes: readonly Shape[]): string {
  const texts = shapes.map(shapeText);
  return texts.length > 1 && new Set(texts).size === 1 ? `${texts.length} of ${texts[0]}` : texts.join(', ');
}
