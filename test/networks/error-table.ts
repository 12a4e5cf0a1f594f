// Writes the table of docs/exactness.md that shows the numerical error of the WebAssembly target: for every network that PyTorch computed in
// f64 (test/fixtures/oracle), the largest difference as a part of the largest output, for each mathematics. A test checks that the
// table is up to date, except for `fast`, which is not the same on every host.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Mathematics } from '../../compiler/pipeline.ts';
import { oracleNetworks } from './catalog.ts';
import { wasmErrors } from './wasm-errors.ts';
import type { OracleName } from '../support/oracle.ts';
import { oracleNames } from '../support/oracle.ts';

const opening = '<!-- table: errors -->';
const closing = '<!-- end -->';

export const ways = ['default', 'strict', 'fast'] as const satisfies readonly Mathematics[];

export interface ErrorRow {
  readonly name: string;
  /** In the order of `ways`. */
  readonly errors: readonly number[];
}

/** Compiles and runs the network of an oracle for each mathematics. */
export async function errorRow(name: OracleName): Promise<ErrorRow> {
  return { name: oracleNetworks[name].network, errors: await wasmErrors(name, ways) };
}

/** The page with its table written anew; undefined where it has no marks. */
export function withErrorTable(page: string, rows: readonly ErrorRow[]): string | undefined {
  const from = page.indexOf(opening);
  const to = page.indexOf(closing, from);
  if (from < 0 || to < 0) return undefined;
  return `${page.slice(0, from + opening.length)}\n\n${errorTable(rows)}\n${page.slice(to)}`;
}

export function errorTable(rows: readonly ErrorRow[]): string {
  const cells = rows.map(({ name, errors }) => [name, ...errors.map((error) => error.toExponential(1))]);
  const titles = ['network', ...ways];
  const widths = titles.map((title, at) => Math.max(title.length, ...cells.map((row) => row[at]!.length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join(' | ')} |\n`;
  const rule = widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [titles, rule, ...cells].map(line).join('');
}

/** Writes the page's table; to stdout where the page has no place for it. */
async function main(): Promise<void> {
  const rows: ErrorRow[] = [];
  for (const name of oracleNames) rows.push(await errorRow(name));
  const path = new URL('../../docs/exactness.md', import.meta.url);
  const page = withErrorTable(readFileSync(path, 'utf8'), rows);
  if (page === undefined) process.stdout.write(errorTable(rows));
  else writeFileSync(path, page);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
