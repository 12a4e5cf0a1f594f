// Writes the table of docs/passes.md that shows what the passes save: for every example network, MACs, kernel calls, bytes of
// activations written and peak memory at -O0 and -O2. Only compiles; a test checks that the table is up to date.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Network } from '../compiler/frontend/index.ts';
import { compileNetwork } from '../compiler/index.ts';
import { operators } from '../compiler/ops/index.ts';
import type { Totals } from '../compiler/totals.ts';
import { totalsOf } from '../compiler/totals.ts';
import { buildNetworks } from '../src/network/networks.ts';
import { bytesText, grouped } from '../src/text/format.ts';
import { variants } from './example-variants.ts';

const opening = '<!-- table: optimisation -->';
const closing = '<!-- end -->';

/** The page with its table written anew; the page itself where it has no marks. */
export function withOptimisationTable(page: string): string {
  const from = page.indexOf(opening);
  const to = page.indexOf(closing, from);
  if (from < 0 || to < 0) return page;
  return `${page.slice(0, from + opening.length)}\n\n${optimisationTable()}\n${page.slice(to)}`;
}

export interface Row {
  readonly name: string;
  readonly before: Totals;
  readonly after: Totals;
}

/** The networks of the examples whose parameters all have values, without those that are nearly another one. */
export function optimisationRows(): readonly Row[] {
  return readdirSync(new URL('../examples/', import.meta.url))
    .flatMap((name) => networksOf(`examples/${name}/${name}.cnn`))
    .filter(({ name }) => !variants.has(name))
    .map((network) => ({
      name: network.name,
      before: totalsOf(compileNetwork(network, { level: 0 }), operators),
      after: totalsOf(compileNetwork(network), operators),
    }));
}

function networksOf(path: string): readonly Network[] {
  const read = (inner: string): string | undefined => {
    try {
      return readFileSync(new URL(`../${inner}`, import.meta.url), 'utf8');
    } catch {
      return undefined;
    }
  };
  const text = read(path);
  return text === undefined ? [] : buildNetworks({ path, text }, { read }).networks;
}

function optimisationTable(): string {
  const cells = optimisationRows().map(({ name, before, after }) => [
    name,
    pair(before.macs / 1e6, after.macs / 1e6, millions),
    pair(before.kernelCalls, after.kernelCalls, grouped),
    pair(before.activationBytesWritten, after.activationBytesWritten, bytesText),
    pair(before.peakMemoryBytes, after.peakMemoryBytes, bytesText),
  ]);
  const titles = ['network', 'million MACs', 'kernel calls', 'activations written', 'peak memory'];
  const widths = titles.map((title, at) => Math.max(title.length, ...cells.map((row) => row[at]!.length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join(' | ')} |\n`;
  const rule = widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [titles, rule, ...cells].map(line).join('');
}

/** `167 → 73`; once where nothing changes. */
function pair(before: number, after: number, format: (value: number) => string): string {
  return format(before) === format(after) ? format(before) : `${format(before)} → ${format(after)}`;
}

function millions(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: value < 1000 ? 3 : 4 });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = new URL('../docs/passes.md', import.meta.url);
  writeFileSync(page, withOptimisationTable(readFileSync(page, 'utf8')));
}
