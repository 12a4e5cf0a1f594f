// Aligned columns of text, and the few styles of reports.

import { widthOf } from '../../grammar/terminal.ts';
import { wrap } from './format.ts';

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** A row has a cell for each column, or a heading across the first `skip` columns and cells for the rest. */
export type TableRow =
  | { readonly cells: readonly string[] }
  | { readonly heading: string; readonly skip: number; readonly cells: readonly string[] }
  | 'blank';

export type Style = 'bold' | 'dim';
export type Paint = (style: Style, text: string) => string;

/** Bold and dim text, or text as it is where there is no colour. */
export const painter = (color: boolean): Paint =>
  color
    ? (style, text) => (text === '' ? text : `\u001b[${style === 'bold' ? 1 : 2}m${text}\u001b[0m`)
    : (_, text) => text;

/** Columns of blanks between two columns. */
const GAP = 2;

/** Columns of the terminal that the table takes uncut. */
export function widthOfTable(columns: readonly Column[], rows: readonly TableRow[], gap = GAP): number {
  const widths = widthsOf(columns, rows);
  return lineWidth(widths, gap) + headingExcess(rows, widths, gap);
}

/**
 * Lines without trailing blanks, the titles first. Where they are wider than `width`, texts in the second column go on
 * below one another; nothing is cut.
 */
export function layOut(
  columns: readonly Column[],
  rows: readonly TableRow[],
  paint: Paint,
  width: number,
  gap = GAP,
): readonly string[] {
  const widths = widthsOf(columns, rows);
  // Numbers are never broken.
  const excess = columns[1]!.align === 'right' ? 0 : Math.max(0, lineWidth(widths, gap) - width);
  widths[1]! -= Math.min(excess, Math.max(0, widths[1]! - LEAST));
  // Headings that are still too long for the columns below them stand on lines of their own.
  const own = lineWidth(widths, gap) + headingExcess(rows, widths, gap) > width;
  if (!own) widths[1]! += headingExcess(rows, widths, gap);

  const between = ' '.repeat(gap);
  const align = (cell: string, at: number): string => {
    const blanks = ' '.repeat(Math.max(0, widths[at]! - widthOf(cell)));
    return columns[at]!.align === 'left' ? `${cell}${blanks}` : `${blanks}${cell}`;
  };
  const line = (cells: readonly string[], from = 0): string =>
    cells.map((cell, at) => align(cell, from + at)).join(between);
  const headed = ({ heading, skip, cells }: Extract<TableRow, { heading: string }>): readonly string[] => {
    const room = lineWidth(widths.slice(0, skip), gap);
    const figures = `${between}${line(cells, skip)}`;
    return own && widthOf(heading) > room
      ? [heading, `${' '.repeat(room)}${figures}`]
      : [`${heading}${' '.repeat(room - widthOf(heading))}${figures}`];
  };
  return [
    paint('dim', line(columns.map(({ title }) => title)).trimEnd()),
    ...rows.flatMap((row) => {
      if (row === 'blank') return [''];
      if ('heading' in row) return headed(row).map((text) => paint('bold', text.trimEnd()));
      const [first = '', ...more] = broken(row.cells[1] ?? '', widths[1] ?? 0);
      return [
        line(row.cells.map((cell, at) => (at === 1 ? first : cell))).trimEnd(),
        ...more.map((text) => line(['', text]).trimEnd()),
      ];
    }),
  ];
}

/** The second column becomes no narrower. */
const LEAST = 12;

/** Lines of at most `room` columns; words that are longer are broken. */
function broken(text: string, room: number): readonly string[] {
  if (widthOf(text) <= room) return [text];
  return wrap(text, room).flatMap((part) => part.match(new RegExp(`.{1,${room}}`, 'gsu')) ?? []);
}

function widthsOf(columns: readonly Column[], rows: readonly TableRow[]): number[] {
  const widths = columns.map(({ title }) => widthOf(title));
  for (const row of rows) {
    if (row === 'blank') continue;
    const from = 'heading' in row ? row.skip : 0;
    for (const [at, cell] of row.cells.entries()) widths[from + at] = Math.max(widths[from + at]!, widthOf(cell));
  }
  return widths;
}

/** By how much the longest heading is wider than the columns that it stands across. */
function headingExcess(rows: readonly TableRow[], widths: readonly number[], gap: number): number {
  const excesses = rows.map((row) =>
    row === 'blank' || !('heading' in row) ? 0 : widthOf(row.heading) - lineWidth(widths.slice(0, row.skip), gap),
  );
  return Math.max(0, ...excesses);
}

function lineWidth(widths: readonly number[], gap: number): number {
  return widths.reduce((sum, width) => sum + width, 0) + gap * Math.max(0, widths.length - 1);
}
