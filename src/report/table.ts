// Aligned columns of text, and the few styles of reports.

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

export const painter = (color: boolean): Paint =>
  color
    ? (style, text) => (text === '' ? text : `\u001b[${style === 'bold' ? 1 : 2}m${text}\u001b[0m`)
    : (_, text) => text;

const GAP = '  ';

/** Lines without trailing blanks, the titles first. Where they are wider than `width`, the second column is cut. */
export function layOut(
  columns: readonly Column[],
  rows: readonly TableRow[],
  paint: Paint,
  width: number,
): readonly string[] {
  const widths = columns.map(({ title }) => title.length);
  const widen = (cell: string, at: number): void => void (widths[at] = Math.max(widths[at]!, cell.length));
  for (const row of rows) {
    if (row === 'blank') continue;
    row.cells.forEach((cell, at) => widen(cell, 'heading' in row ? row.skip + at : at));
  }
  const lineWidth = (count: number): number =>
    widths.slice(0, count).reduce((a, b) => a + b, 0) + GAP.length * (count - 1);
  widths[1] = Math.max(MIN_CUT, widths[1]! - Math.max(0, lineWidth(columns.length) - width));
  for (const row of rows) {
    if (row === 'blank' || !('heading' in row)) continue;
    widths[1] += Math.max(0, row.heading.length - lineWidth(row.skip));
  }

  const align = (cell: string, at: number): string => {
    const room = widths[at]!;
    const text = cell.length > room ? `${cell.slice(0, room - 1)}…` : cell;
    return columns[at]!.align === 'left' ? text.padEnd(room) : text.padStart(room);
  };
  const line = (cells: readonly string[], from = 0): string =>
    cells.map((cell, at) => align(cell, from + at)).join(GAP);
  return [
    paint('dim', line(columns.map(({ title }) => title)).trimEnd()),
    ...rows.map((row) => {
      if (row === 'blank') return '';
      if (!('heading' in row)) return line(row.cells).trimEnd();
      return paint('bold', `${row.heading.padEnd(lineWidth(row.skip))}${GAP}${line(row.cells, row.skip)}`.trimEnd());
    }),
  ];
}

const MIN_CUT = 8;
