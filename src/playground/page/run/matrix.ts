// Small matrices of numbers as tables: the patch under a window, a kernel, their products.

import { fixedText } from '../../run/number-text.ts';
import { element } from '../dom.ts';

export interface MatrixCell {
  readonly value: number;
  /** Padding, which is no number of the map. */
  readonly isPadding?: boolean;
  /** The largest of a pool. */
  readonly isChosen?: boolean;
}

/** `scale` is the size that has the full colour. */
export function matrix(title: string, cells: readonly MatrixCell[], columns: number, scale: number): HTMLElement {
  const rows = Array.from({ length: Math.ceil(cells.length / columns) }, (_, row) =>
    element('tr', {}, ...cells.slice(row * columns, (row + 1) * columns).map((cell) => cellOf(cell, scale))),
  );
  return element('table', { class: 'run-matrix' }, element('caption', {}, title), element('tbody', {}, ...rows));
}

function cellOf({ value, isPadding, isChosen }: MatrixCell, scale: number): HTMLElement {
  const classes = [...(isPadding ? ['padding'] : []), ...(isChosen ? ['chosen'] : []), ...(value < 0 ? ['minus'] : [])];
  const cell = element('td', { class: classes.join(' ') }, fixedText(value, scale));
  if (isPadding) cell.title = 'padding';
  if (isChosen) cell.append(element('span', { class: 'unseen' }, ' (the largest)'));
  const share = scale > 0 && Number.isFinite(value) ? Math.min(1, Math.abs(value) / scale) : 0;
  cell.style.setProperty('--share', `${Math.round(100 * share)}%`);
  return cell;
}
