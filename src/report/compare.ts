// Two networks side by side: their totals, and their steps aligned by name. The JSON of `cnnc report A B --json` is this.

import type { Report } from './network-report.ts';
import { rowText, rowsOf } from './rows.ts';
import type { Row } from './rows.ts';

export interface Comparison {
  readonly schemaVersion: 1;
  readonly networks: readonly [string, string];
  readonly totals: readonly ComparedTotal[];
  /** In the order of the first; what only the second has stands behind what precedes it there. */
  readonly rows: readonly ComparedRow[];
}

export interface ComparedTotal {
  readonly what: 'layers' | 'parameters' | 'macs' | 'peakActivationBytes' | 'compiledArenaBytes';
  readonly values: readonly [number, number];
}

export interface ComparedRow {
  readonly name: string;
  /** Null where only the other network has it. */
  readonly a: ComparedStep | null;
  readonly b: ComparedStep | null;
  /** Fields of the steps that differ; empty where they are the same, or where one is missing. */
  readonly differences: readonly (keyof ComparedStep)[];
}

export interface ComparedStep {
  readonly operator: string;
  readonly output: readonly number[];
  readonly parameters: number;
  readonly macs: number;
}

/** Matches the layers of two reports and compares their figures. */
export function compareReports(a: Report, b: Report): Comparison {
  const [first, second] = [stepsOf(a), stepsOf(b)];
  /** Name → what only the second has behind it. */
  const added = new Map<string | undefined, string[]>();
  let anchor: string | undefined;
  for (const name of second.keys()) {
    if (first.has(name)) anchor = name;
    else added.set(anchor, [...(added.get(anchor) ?? []), name]);
  }
  const order = [...(added.get(undefined) ?? [])];
  for (const name of first.keys()) order.push(name, ...(added.get(name) ?? []));
  const total = (what: ComparedTotal['what'], of: (report: Report) => number | undefined): readonly ComparedTotal[] => {
    const values = [of(a), of(b)];
    return values.includes(undefined) ? [] : [{ what, values: values as [number, number] }];
  };
  return {
    schemaVersion: 1,
    networks: [a.network, b.network],
    totals: [
      ...total('layers', ({ layers }) => layers.length),
      ...total('parameters', ({ totals }) => totals.parameters),
      ...total('macs', ({ totals }) => totals.macs),
      ...total('peakActivationBytes', ({ totals }) => totals.peakActivationBytes),
      ...total('compiledArenaBytes', ({ totals }) => totals.compiledArenaBytes),
    ],
    rows: order.map((name) => compareRow(name, first.get(name) ?? null, second.get(name) ?? null)),
  };
}

function compareRow(name: string, a: ComparedStep | null, b: ComparedStep | null): ComparedRow {
  const fields = ['operator', 'output', 'parameters', 'macs'] as const;
  const differs = (field: keyof ComparedStep): boolean => JSON.stringify(a![field]) !== JSON.stringify(b![field]);
  return { name, a, b, differences: a && b ? fields.filter(differs) : [] };
}

function stepsOf(report: Report): ReadonlyMap<string, ComparedStep> {
  return new Map(rowsOf(report).map((row) => [row.layers[0].name, stepOf(row)]));
}

function stepOf(row: Row): ComparedStep {
  const { outputShape } = row.layers.at(-1)!;
  return { operator: rowText(row), output: outputShape, parameters: row.parameters, macs: row.macs };
}
