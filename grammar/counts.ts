// How many diagnostics are shown, and the line that counts them all.

import type { Diagnostic } from './diagnostic.ts';

/** Diagnostics shown of one file; the others are counted. */
export const MOST_SHOWN = 100;

/** Errors come before warnings where not all can be shown; the order stays. */
export function capped(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  if (diagnostics.length <= MOST_SHOWN) return diagnostics;
  const rank = ({ severity }: Diagnostic): number => (severity === 'error' ? 0 : 1);
  const chosen = new Set(diagnostics.toSorted((a, b) => rank(a) - rank(b)).slice(0, MOST_SHOWN));
  return diagnostics.filter((diagnostic) => chosen.has(diagnostic));
}

export interface Counts {
  readonly errors: number;
  readonly warnings: number;
}

export function countsOf(diagnostics: readonly Diagnostic[]): Counts {
  const count = (severity: Diagnostic['severity']): number =>
    diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
  const more = diagnostics.reduce((sum, { more: others = 0 }) => sum + others, 0);
  return { errors: count('error') + more, warnings: count('warning') };
}

/** `12 errors and 1 warning in 2 of 5 files`, or that all are ok; undefined for a single file with at most one error. */
export function summaryOf(files: readonly (readonly Diagnostic[])[]): string | undefined {
  const counts = files.map(countsOf);
  const sum = (of: (counts: Counts) => number): number => counts.reduce((total, one) => total + of(one), 0);
  const [errors, warnings] = [sum((one) => one.errors), sum((one) => one.warnings)];
  if (files.length === 1 && errors < 2) return undefined;
  if (errors === 0)
    return `all ${files.length} files are ok${warnings > 0 ? `, with ${plural(warnings, 'warning')}` : ''}`;
  const wrong = counts.filter((one) => one.errors > 0).length;
  const also = warnings > 0 ? ` and ${plural(warnings, 'warning')}` : '';
  const of = wrong < files.length ? `${wrong} of ${plural(files.length, 'file')}` : plural(wrong, 'file');
  return `${plural(errors, 'error')}${also} in ${of}`;
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
