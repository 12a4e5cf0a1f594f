// A comparison of two runs as text.

import { shapeText } from '../text/format.ts';
import { layOut, painter, widthOfTable } from '../text/table.ts';
import type { Column } from '../text/table.ts';
import type { ComparedValue, Comparison } from './compare.ts';

export interface PrintOptions {
  /** What the two runs are called. */
  readonly sides: readonly [string, string];
  readonly tolerance: number;
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

const left = (title: string): Column => ({ title, align: 'left' });
const right = (title: string): Column => ({ title, align: 'right' });

/** Lines joined by line breaks, one at the end. */
export function printDifferences(comparison: Comparison, options: PrintOptions): string {
  const { sides, tolerance, color, width } = options;
  const { values, first, unmatched } = comparison;
  const paint = painter(color);
  const columns = [left('value'), left('output'), right('max |y|'), right('difference'), right('of max |y|'), left('')];
  const rowsOf = (called: (value: ComparedValue) => string) =>
    values.map((value) => ({ cells: [called(value), ...cellsOf(value), markOf(value, first, tolerance)] }));
  const full = rowsOf(({ name, other }) => (other === undefined ? name : `${name} (${other})`));
  const rows = widthOfTable(columns, full) <= width ? full : rowsOf(({ name }) => name);
  return `${[
    `${sides[0]}  against  ${sides[1]}`,
    '',
    ...layOut(columns, rows, paint, width),
    '',
    ...unmatched.flatMap((names, at) => (names.length > 0 ? [`only in ${sides[at]}: ${listOf(names)}`] : [])),
    summaryOf(comparison, tolerance),
  ].join('\n')}\n`;
}

function cellsOf({ shape, largest, difference, relative }: ComparedValue): readonly string[] {
  return [shapeText(shape), numberText(largest), numberText(difference), numberText(relative)];
}

function markOf({ name, relative }: ComparedValue, first: string | undefined, tolerance: number): string {
  if (name === first) return '◀ first';
  return relative > tolerance ? '◀' : '';
}

function summaryOf({ values, first, beyond }: Comparison, tolerance: number): string {
  const count = values.length;
  if (first !== undefined)
    return `${beyond} of ${count} ${beyond === 1 ? 'differs' : 'differ'} by more than ${tolerance} of max |y|; the first is ${first}`;
  const widest = values.reduce((a, b) => (b.relative > a.relative ? b : a));
  if (widest.relative === 0) return count === 1 ? 'the value is equal' : `all ${count} values are equal`;
  const what = count === 1 ? '1 value differs' : `${count} values differ`;
  return `${what} by ${numberText(widest.relative)} of max |y| at most, at ${widest.name}; ${tolerance} is allowed`;
}

/** Names that are still listed. */
const LISTED = 6;

function listOf(names: readonly string[]): string {
  return `${names.slice(0, LISTED).join(', ')}${names.length > LISTED ? `, … (${names.length})` : ''}`;
}

/** `0`, `12.5`, `3.1e-7` */
function numberText(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return value === 0 ? '0' : '∞';
  return value >= 1e-3 && value < 1e6 ? String(Number(value.toPrecision(4))) : value.toExponential(1);
}
