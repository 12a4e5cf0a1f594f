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

/** Columns that the table takes uncut, titles of blocks left out. */
export function widthOfTable(columns: readonly Column[], rows: readonly TableRow[]): number {
  return lineWidth(widthsOf(columns, rows));
}

/** Lines without trailing blanks, the titles first. Where they are wider than `width`, the second column is cut. */
export function layOut(
  columns: readonly Column[],
  rows: readonly TableRow[],
  paint: Paint,
  width: number,
): readonly string[] {
  const widths = widthsOf(columns, rows);
  const grow = (by: number): void => void (widths[1] = widths[1]! + by);
  const excess = Math.max(0, lineWidth(widths) - width);
  grow(-Math.min(excess, Math.max(0, widths[1]! - MIN_CUT)));
  for (const row of rows) {
    if (row !== 'blank' && 'heading' in row)
      grow(Math.max(0, row.heading.length - lineWidth(widths.slice(0, row.skip))));
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
      return paint(
        'bold',
        `${row.heading.padEnd(lineWidth(widths.slice(0, row.skip)))}${GAP}${line(row.cells, row.skip)}`.trimEnd(),
      );
    }),
  ];
}

const MIN_CUT = 8;

function widthsOf(columns: readonly Column[], rows: readonly TableRow[]): number[] {
  const widths = columns.map(({ title }) => title.length);
  for (const row of rows) {
    if (row === 'blank') continue;
    const from = 'heading' in row ? row.skip : 0;
    for (const [at, cell] of row.cells.entries()) widths[from + at] = Math.max(widths[from + at]!, cell.length);
  }
  return widths;
}

function lineWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP.length * Math.max(0, widths.length - 1);
}
