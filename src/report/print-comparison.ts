// Two networks side by side as text. Steps that differ say both: `64×48×48 → 32×48×48`.

import type { ComparedRow, ComparedStep, ComparedTotal, Comparison } from './compare.ts';
import { bytesText, grouped, macsFormat, percent, shapeText } from '../text/format.ts';
import { layOut, painter } from '../text/table.ts';
import type { Column } from '../text/table.ts';

const left = (title: string): Column => ({ title, align: 'left' });
const right = (title: string): Column => ({ title, align: 'right' });

/** Lines joined by line breaks, one at the end. */
export function printComparison(
  comparison: Comparison,
  { color, width }: { readonly color: boolean; readonly width: number },
): string {
  const paint = painter(color);
  const { networks, totals, rows } = comparison;
  const write = stepWriter(rows);
  return `${[
    ...layOut(
      [left(''), right(networks[0]), right(networks[1]), right('')],
      totals.map((total) => ({ cells: totalCells(total) })),
      paint,
      width,
    ),
    '',
    ...layOut(
      [left('  layer'), left('operator'), left('output'), left('parameters'), left('MACs')],
      rows.map((row) => ({
        cells: [`${markOf(row)} ${row.name}`, ...stepFields.map((field) => write(row, field))],
      })),
      paint,
      width,
    ),
    '',
    summaryOf(comparison),
  ].join('\n')}\n`;
}

export const stepFields = ['operator', 'output', 'parameters', 'macs'] as const;

/** `=` the same, `~` different, `−` only in the first, `+` only in the second. */
export function markOf({ a, b, differences }: ComparedRow): '=' | '~' | '−' | '+' {
  if (!a) return '+';
  if (!b) return '−';
  return differences.length > 0 ? '~' : '=';
}

/** Label, both values, change. */
export function totalCells({ what, values: [a, b] }: ComparedTotal): readonly [string, string, string, string] {
  const macs = macsFormat(Math.max(a, b));
  const [label, write] = (
    {
      layers: ['layers', grouped],
      parameters: ['parameters', grouped],
      macs: ['MACs', macs],
      peakActivationBytes: ['activations, step by step', bytesText],
      compiledArenaBytes: ['activations, compiled', bytesText],
    } as const
  )[what];
  const change = a === b ? '' : a === 0 ? 'new' : `${b < a ? '−' : '+'}${percent(Math.abs(b - a), a)}`;
  return [label, write(a), write(b), change];
}

/** Writes a field of both steps, in one form for all rows. */
export function stepWriter(rows: readonly ComparedRow[]): (row: ComparedRow, field: keyof ComparedStep) => string {
  const macs = macsFormat(Math.max(0, ...rows.flatMap(({ a, b }) => [a?.macs ?? 0, b?.macs ?? 0])));
  const text = (step: ComparedStep, field: keyof ComparedStep): string => {
    switch (field) {
      case 'operator':
        return step.operator;
      case 'output':
        return shapeText(step.output);
      case 'parameters':
        return grouped(step.parameters);
      case 'macs':
        return macs(step.macs);
      default:
        return field satisfies never;
    }
  };
  return ({ a, b, differences }, field) =>
    a && b && differences.includes(field) ? `${text(a, field)} → ${text(b, field)}` : text((a ?? b)!, field);
}

/** One sentence: how many steps are the same, differ, or are in one network only. */
export function summaryOf({ networks, rows }: Comparison): string {
  const count = (mark: string): number => rows.filter((row) => markOf(row) === mark).length;
  return `${count('=')} steps are the same (=), ${count('~')} differ (~), ${count('−')} only in ${networks[0]} (−), ${count('+')} only in ${networks[1]} (+)`;
}
