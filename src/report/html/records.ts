// What compiling did and nearly did, as HTML: the totals before and after, and the stories block by block.

import type { Explained, ModuleTotals } from '../../explain/story.ts';
import type { Chapter, Story } from '../../explain/fold.ts';
import { foldStories } from '../../explain/fold.ts';
import type { Miss, Rewrite } from '../../../compiler/ir/record.ts';
import { lineOf } from '../../../grammar/source.ts';
import { bytesText, grouped, macsFormat, percent } from '../../text/format.ts';
import { escapeMarkup } from '../svg/markup.ts';
import { breakable } from './layers.ts';

/** Totals as written and compiled, and what changed, as an HTML table. */
export function totalsTable({ before, after }: Pick<Explained, 'before' | 'after'>): string {
  const macs = macsFormat(before.macs);
  const row = (label: string, of: (all: ModuleTotals) => number, format: (value: number) => string): string => {
    const [old, now] = [of(before), of(after)];
    const change = old === now ? '' : `${now < old ? '−' : '+'}${percent(Math.abs(now - old), old)}`;
    return `<tr><th scope="row">${label}</th><td class="number">${format(old)}</td><td class="number">${format(now)}</td><td class="number">${change}</td></tr>`;
  };
  return [
    '<table class="totals"><thead><tr><td></td><th class="number">as written (-O0)</th><th class="number">compiled</th><th class="number">change</th></tr></thead><tbody>',
    row('MACs', (all) => all.macs, macs),
    row('kernel calls', (all) => all.kernelCalls, grouped),
    row('activations written', (all) => all.activationBytesWritten, bytesText),
    row('peak memory', (all) => all.peakMemoryBytes, bytesText),
    row('module', (all) => all.moduleBytes, bytesText),
    '</tbody></table>',
  ].join('\n');
}

/** What the passes did, by block, with what it saves, as HTML. */
export function rewriteStories(rewrites: readonly Rewrite[]): string {
  return chapters(foldStories(rewrites), ({ records }) => {
    const sum = (of: (record: Rewrite) => number): number => records.reduce((total, record) => total + of(record), 0);
    const [calls, macs, bytes] = [sum((r) => r.callsSaved), sum((r) => r.macsSaved), sum((r) => r.bytesSaved)];
    const saved = [
      ...(calls === 0 ? [] : [`${grouped(calls)} ${calls === 1 ? 'call' : 'calls'}`]),
      ...(macs === 0 ? [] : [`${grouped(macs)} MACs`]),
      ...(bytes === 0 ? [] : [`${bytesText(bytes)} moved`]),
    ];
    return saved.length === 0 ? '' : `saves ${saved.join(', ')}`;
  });
}

/** What the passes could not do and why, by block, as HTML. */
export function missStories(misses: readonly Miss[]): string {
  return chapters(foldStories(misses), ({ reason }) => reason ?? '');
}

function chapters<T extends Rewrite | Miss>(list: readonly Chapter<T>[], say: (story: Story<T>) => string): string {
  if (list.length === 0) return '<p class="soft">nothing</p>';
  return list
    .map((chapter, at) => {
      const [first] = chapter.blocks;
      const names = chapter.blocks.map(({ name }) => name);
      const shown = names.length > 4 ? `${names[0]}, ${names[1]} … ${names.at(-1)}` : names.join(', ');
      const title = first
        ? `${breakable(shown)} <span class="soft">${escapeMarkup(first.of)}, line ${lineOf(first.span)}</span>`
        : 'outside of blocks';
      const items = chapter.stories.map((story) => {
        const target = story.records[0]!.nodes;
        const line = story.line === undefined ? '' : ` <span class="soft">line ${story.line}</span>`;
        const text = escapeMarkup(say(story));
        return `<li><button type="button" class="pick" data-layers="${escapeMarkup(JSON.stringify(target))}">${story.nodes.map(breakable).join(' + ')}</button> <b>${escapeMarkup(story.pass)}</b>${line}${text === '' ? '' : `: ${text}`}</li>`;
      });
      return `<details${at === 0 ? ' open="open"' : ''}><summary>${title} <span class="soft">(${items.length})</span></summary><ul>${items.join('\n')}</ul></details>`;
    })
    .join('\n');
}
