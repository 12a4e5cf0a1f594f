// `cnnc report --html`: one page with everything there is to see of a network. It needs no network and no other file, and
// its security policy forbids it both; user text enters as escaped markup or as JSON.

import { sectionBytes } from '../../../compiler/program/program.ts';
import { explain } from '../../explain/story.ts';
import type { Compilation, CompiledNetwork } from '../../../compiler/index.ts';
import { bytesText, grouped, macsText, shapeText } from '../../text/format.ts';
import type { Report } from '../network-report.ts';
import { drawSvg } from '../svg/draw.ts';
import { notDrawn } from '../svg/layout.ts';
import { escapeMarkup } from '../svg/markup.ts';
import { embeddedJson, pageData } from './data.ts';
import { layerTable } from './layers.ts';
import { auxiliaryText } from '../print.ts';
import { memorySvg } from './memory.ts';
import { pageHash, pageText } from './page-text.ts';
import { missStories, rewriteStories, totalsTable } from './records.ts';
import { pageStyle } from './style.ts';

export interface HtmlOptions {
  /** Name of the `.cnn` file without its folder. */
  readonly sourceName: string;
  /** The file is written anew whenever the source changes. */
  readonly watched?: boolean;
}

/** `report` and `compilation` are those of `network`. */
export function reportHtml(
  network: CompiledNetwork,
  report: Report,
  compilation: Compilation,
  { sourceName, watched = false }: HtmlOptions,
): string {
  const explained = explain(network, compilation, sourceName);
  const data = pageData(report, compilation);
  const memory = memorySvg(compilation.program);
  return document(report.network, pageStyle, [
    head(report, watched),
    figures(report, compilation),
    tools,
    '<main>',
    ...(data.written.group.boxes.length === 0 ? [`<p class="soft">Not drawn: ${escapeMarkup(notDrawn)}.</p>`] : []),
    '<div id="network" data-shown="written">',
    pane(
      'written',
      `${report.network} as written`,
      drawSvg(data.written, new Set(data.written.folded), report.network),
    ),
    pane('compiled', `${report.network} compiled`, ''),
    '<div id="side">',
    `<div class="scroll">${layerTable(report)}</div>`,
    '<section id="details" aria-live="polite" aria-label="The chosen step"></section>',
    '</div></div>',
    ...(memory === ''
      ? []
      : [
          '<h2>Memory</h2>',
          '<p class="soft">Where the compiled network keeps its activations, of one image: kernel calls from left to right, addresses from the top down. What is alive at the peak is coloured.' +
            scratchText(compilation) +
            '</p>',
          memory,
        ]),
    '<h2>Before and after compiling</h2>',
    `<div class="scroll">${totalsTable(explained)}</div>`,
    '<div class="columns">',
    `<section><h2>What was done <span class="soft">(${grouped(explained.rewrites.length)})</span></h2><div class="done">${rewriteStories(explained.rewrites)}</div></section>`,
    `<section><h2>What was nearly done <span class="soft">(${grouped(explained.misses.length)})</span></h2><div class="missed">${missStories(explained.misses)}</div></section>`,
    '</div></main>',
    `<script type="application/json" id="data">${embeddedJson(data)}</script>`,
    `<script>${pageText}</script>`,
  ]);
}

/** A page whose only script is the one that was reviewed with this program. */
export function document(title: string, style: string, body: readonly string[]): string {
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src '${pageHash}'; img-src data:`;
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"/>',
    `<meta http-equiv="Content-Security-Policy" content="${policy}"/>`,
    '<meta name="viewport" content="width=device-width, initial-scale=1"/>',
    `<title>${escapeMarkup(title)}</title>`,
    `<style>${style}</style></head><body>`,
    ...body,
    '</body></html>',
    '',
  ].join('\n');
}

function scratchText({ program: { sections } }: Compilation): string {
  const bytes = sectionBytes(sections.scratch);
  return bytes === 0 ? '' : ` Kernels use another ${bytesText(bytes)} while they run.`;
}

function head({ network, doc = '', inputs, outputs, auxiliary }: Report, watched: boolean): string {
  const list = (values: Report['inputs']): string =>
    values.map(({ name, shape }) => `${escapeMarkup(name)} ${shapeText(shape)}`).join(', ');
  const hint = watched
    ? '<p>This file is written anew whenever the source changes: reload the page to see it.</p>'
    : '';
  return [
    `<header><h1>${escapeMarkup(network)}</h1><span class="ends">${list(inputs)} → ${list(outputs)}</span>`,
    '<button type="button" id="theme">light / dark</button>',
    doc === '' ? '' : `<p>${escapeMarkup(doc)}</p>`,
    auxiliary ? `<p>${escapeMarkup(auxiliaryText(auxiliary))}</p>` : '',
    `${hint}</header>`,
  ].join('\n');
}

function figures({ totals, layers }: Report, { program }: Compilation): string {
  const items: readonly (readonly [string, string])[] = [
    [grouped(totals.parameters), 'parameters'],
    [bytesText(totals.weightBytes), 'weights in f32'],
    ...(totals.quantizedWeightBytes === undefined
      ? []
      : [[bytesText(totals.quantizedWeightBytes), 'weights quantised'] as const]),
    [macsText(totals.macs), 'MACs per image'],
    [grouped(layers.length), 'layers as written'],
    [grouped(program.run.length), 'kernel calls compiled'],
    [bytesText(totals.peakActivationBytes), 'activations, step by step'],
    ...(totals.compiledArenaBytes === undefined
      ? []
      : [[bytesText(totals.compiledArenaBytes), 'activations, compiled'] as const]),
  ];
  return figureList(items);
}

/** Numbers with what they are, as markup, side by side. */
export function figureList(items: readonly (readonly [value: string, label: string])[]): string {
  return `<ul class="figures">${items.map(([value, label]) => `<li><b>${value}</b><span>${label}</span></li>`).join('')}</ul>`;
}

const tools = `<div class="tools">
<span><button type="button" data-view="written" aria-pressed="true">as written</button><button type="button" data-view="compiled" aria-pressed="false">compiled</button><button type="button" data-view="both" aria-pressed="false">side by side</button></span>
<span><button type="button" data-do="fold">fold all</button><button type="button" data-do="open">open all</button></span>
<span><button type="button" data-do="out" aria-label="smaller">−</button><button type="button" data-do="fit">fit</button><button type="button" data-do="in" aria-label="larger">+</button></span>
<span class="legend drawing"><svg viewBox="0 0 60 14" width="60" aria-hidden="true"><rect class="heat" width="12" height="14" fill-opacity="0.1"/><rect class="heat" x="12" width="12" height="14" fill-opacity="0.3"/><rect class="heat" x="24" width="12" height="14" fill-opacity="0.55"/><rect class="heat" x="36" width="12" height="14" fill-opacity="0.8"/><rect class="heat" x="48" width="12" height="14"/></svg>MACs
<svg viewBox="0 0 16 16" width="14" aria-hidden="true"><circle class="mark done" cx="8" cy="8" r="6"/></svg>rewritten
<svg viewBox="0 0 16 16" width="14" aria-hidden="true"><circle class="mark missed" cx="8" cy="8" r="6"/></svg>nearly rewritten</span>
</div>`;

function pane(id: string, label: string, svg: string): string {
  const name = escapeMarkup(label);
  return `<div class="pane" id="${id}" data-label="${name}"${svg === '' ? ' hidden="hidden"' : ''}>${svg}</div>`;
}
