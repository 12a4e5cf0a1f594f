// The story of a compilation as text: the totals, what was done and what nearly was, block by block, and what is left.

import type { Scope } from '../../compiler/ir/graph.ts';
import type { Rewrite } from '../../compiler/ir/record.ts';
import { lineOf } from '../../grammar/source.ts';
import { bar, bytesText, grouped, macsFormat, percent, shapeText, wrap } from '../text/format.ts';
import type { Column, Paint, TableRow } from '../text/table.ts';
import { layOut, painter } from '../text/table.ts';
import type { Explained, ModuleTotals } from './story.ts';
import type { Chapter, Story } from './fold.ts';
import { foldStories } from './fold.ts';

export interface Style {
  readonly color: boolean;
  /** Columns. */
  readonly width: number;
}

/** Ends with a line break. */
export function printExplanation(name: string, explained: Explained, { color, width }: Style): string {
  const paint = painter(color);
  const section = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : ['', paint('bold', title), ...lines];
  const lines = [
    ...totals(name, explained.before, explained.after, paint, width),
    ...section('What was done', rewriteLines(explained.rewrites, paint, width)),
    ...section('What was nearly done', missLines(explained, paint, width)),
    ...section('The most expensive kernels left', kernelLines(explained, paint, width)),
  ];
  return `${lines.join('\n')}\n`;
}

const left = (title: string): Column => ({ title, align: 'left' });
const right = (title: string): Column => ({ title, align: 'right' });

function totals(
  name: string,
  before: ModuleTotals,
  after: ModuleTotals,
  paint: Paint,
  width: number,
): readonly string[] {
  const macs = macsFormat(before.macs);
  const row = (label: string, of: (all: ModuleTotals) => number, format: (value: number) => string): TableRow => ({
    cells: [label, format(of(before)), format(of(after)), change(of(before), of(after))],
  });
  return layOut(
    [left(name), right('at -O0'), right('now'), right('')],
    [
      row('MACs', (all) => all.macs, macs),
      row('kernel calls', (all) => all.kernelCalls, grouped),
      row('activations written', (all) => all.activationBytesWritten, bytesText),
      row('peak memory', (all) => all.peakMemoryBytes, bytesText),
      row('module', (all) => all.moduleBytes, bytesText),
    ],
    paint,
    width,
  );
}

function change(before: number, after: number): string {
  if (before === after) return '';
  return `${after < before ? '−' : '+'}${percent(Math.abs(after - before), before)}`;
}

function rewriteLines(rewrites: readonly Rewrite[], paint: Paint, width: number): readonly string[] {
  const macs = macsFormat(Math.max(0, ...rewrites.map(({ macsSaved }) => Math.abs(macsSaved))));
  const saved = (stories: readonly Story<Rewrite>[]): string => {
    const records = stories.flatMap((story) => story.records);
    const sum = (of: (record: Rewrite) => number): number => records.reduce((total, record) => total + of(record), 0);
    const [calls, bytes, all] = [sum((r) => r.callsSaved), sum((r) => r.bytesSaved), sum((r) => r.macsSaved)];
    return [
      ...(calls === 0 ? [] : [`${grouped(calls)} ${calls === 1 ? 'call' : 'calls'}`]),
      ...(all === 0 ? [] : [`${macs(all)} MACs`]),
      ...(bytes === 0 ? [] : [`${bytesText(bytes)} moved`]),
    ].join(', ');
  };
  const chapters = foldStories(rewrites);
  const indent = 2 + Math.max(0, ...rewrites.map(({ pass }) => pass.length)) + 2;
  return chapters.flatMap((chapter) => [
    heading(chapter, paint),
    ...[...Map.groupBy(chapter.stories, ({ pass }) => pass)].flatMap(([pass, stories]) => {
      const text = `${lineText(stories)}${listed(stories.map(({ nodes }) => together(nodes)))}`;
      const saving = saved(stories);
      return hanging(`  ${pass}`.padEnd(indent), `${text}${saving === '' ? '' : `; saves ${saving}`}`, width);
    }),
  ]);
}

function missLines({ misses }: Explained, paint: Paint, width: number): readonly string[] {
  const indent = 2 + Math.max(0, ...misses.map(({ pass }) => pass.length)) + 2;
  return foldStories(misses).flatMap((chapter) => [
    heading(chapter, paint),
    ...[...Map.groupBy(chapter.stories, ({ pass, reason }) => `${pass} ${reason}`).values()].flatMap((stories) => {
      const [{ pass, reason }] = stories as [Story<unknown>];
      const nodes = listed(stories.map(({ nodes: names }) => together(names)));
      return hanging(`  ${pass}`.padEnd(indent), `${lineText(stories)}${nodes}: ${reason}`, width);
    }),
  ]);
}

const MAX_LISTED = 6;

function listed(items: readonly string[]): string {
  if (items.length <= MAX_LISTED + 1) return items.join(', ');
  return `${items.slice(0, MAX_LISTED).join(', ')} and ${items.length - MAX_LISTED} more`;
}

/** `inception1 … inception9  9 × inception, lines 24–37` */
function heading({ blocks }: Chapter<unknown>, paint: Paint): string {
  const [first] = blocks;
  if (!first) return paint('dim', 'outside of blocks');
  const lines = blocks.map(({ span }) => lineOf(span));
  const times = blocks.length === 1 ? '' : `${blocks.length} × ${first.of}, `;
  return `${namesOf(blocks)}  ${paint('dim', `${times}${rangeText(lines)}`)}`;
}

function namesOf(blocks: readonly Scope[]): string {
  const names = blocks.map(({ name }) => name);
  if (names.length <= 3) return names.join(', ');
  const numbers = names.map((name) => /(?<!\d)\d+$/.exec(name)?.[0] ?? '');
  const prefixes = names.map((name, at) => name.slice(0, name.length - numbers[at]!.length));
  const start = Number(numbers[0]);
  const consecutive = numbers.every(
    (number, at) => number !== '' && prefixes[at] === prefixes[0] && Number(number) === start + at,
  );
  if (consecutive) return `${names[0]} … ${names.at(-1)}`;
  return `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}

function lineText(stories: readonly Story<unknown>[]): string {
  const lines = stories.flatMap(({ line }) => line ?? []);
  return lines.length === 0 ? '' : `${rangeText(lines)}: `;
}

function rangeText(lines: readonly number[]): string {
  const [from, to] = [Math.min(...lines), Math.max(...lines)];
  return from === to ? `line ${from}` : `lines ${from}–${to}`;
}

/** `label` stands before the text's first line; the others begin below its end. */
function hanging(label: string, text: string, width: number): readonly string[] {
  const lines = wrap(text, Math.max(20, width - label.length));
  return lines.map((line, at) => `${at === 0 ? label : ' '.repeat(label.length)}${line}`);
}

function kernelLines({ kernels, after }: Explained, paint: Paint, width: number): readonly string[] {
  const macs = macsFormat(Math.max(0, ...kernels.map((kernel) => kernel.macs)));
  const most = Math.max(1, ...kernels.map((kernel) => kernel.macs));
  const rows = kernels.map(({ nodes, shape, macs: own, bytesWritten, origin }): TableRow => {
    const line = origin ? `${lineOf(origin.span)}` : '';
    const share = `${bar(own / most, 10).padEnd(10)} ${percent(own, after.macs).padStart(5)}`;
    return {
      cells: [line, together(nodes), shapeText(shape), bytesText(bytesWritten), macs(own), share],
    };
  });
  if (rows.length === 0) return [];
  const columns = [
    right('line'),
    left('computes'),
    left('result'),
    right('written'),
    right('MACs'),
    left('of network'),
  ];
  return layOut(columns, rows, paint, width);
}

/** `path1.conv1 + relu1`: what stands in the same block or path as the name before leaves it out. */
function together(names: readonly string[]): string {
  const scope = (name = ''): string => name.slice(0, name.lastIndexOf('.') + 1);
  return names
    .map((name, at) => (at > 0 && scope(name) === scope(names[at - 1]) ? name.slice(scope(name).length) : name))
    .join(' + ');
}
