// What is said of chosen layers, as markup: their facts, what compiling did to them, and what one output sees of the input. Used by
// reports' pages and by the playground.

import { escapeMarkup } from '../../svg/markup.ts';
import type { LayerFacts, PageData } from '../data.ts';

/** Facts of at most three of the layers; `picture` is the height and width of the input. */
export function detailsHtml(
  known: readonly LayerFacts[],
  layers: readonly string[],
  picture: PageData['picture'],
): string {
  const shown = known.slice(0, 3);
  const more = known.length - shown.length;
  const title = known.length > 3 ? `${known.length} layers` : layers.slice(0, 3).join(', ');
  const list = (kind: string, items: readonly string[]): string =>
    items.length === 0
      ? ''
      : `<ul class="${kind}">${[...new Set(items)].map((item) => `<li>${escapeMarkup(item)}</li>`).join('')}</ul>`;
  const last = known.at(-1);
  const records = [
    list('done', known.flatMap(({ done }) => done).slice(0, 12)),
    list('missed', known.flatMap(({ missed }) => missed).slice(0, 12)),
  ].join('');
  return [
    `<div class="about"><h2>${escapeMarkup(title)}</h2>`,
    ...shown.map(({ name, op, facts: lines }) => {
      const rows = lines.map(([label, text]) => `<dt>${label}</dt><dd>${escapeMarkup(text)}</dd>`);
      return `<details${shown.length === 1 || name === shown[0]!.name ? ' open' : ''}><summary><b>${escapeMarkup(name)}</b> ${escapeMarkup(op)}</summary><dl>${rows.join('')}</dl></details>`;
    }),
    more > 0 ? `<p class="soft">and ${more} more</p>` : '',
    '</div>',
    records === '' ? '' : `<div class="records">${records}</div>`,
    last?.field && picture ? fieldPicture(last, picture) : '',
  ].join('');
}

/** The outline of the input, and the square of it that one output in the middle depends on. */
function fieldPicture({ name, field }: LayerFacts, [height, width]: readonly [number, number]): string {
  const { start, size } = field!;
  const margin = 0.3 * Math.max(height, width);
  const clamp = (value: number, extent: number): number => Math.max(-margin, Math.min(extent + margin, value));
  const [top, left] = [clamp(start[0], height), clamp(start[1], width)];
  const [bottom, right] = [clamp(start[0] + size[0], height), clamp(start[1] + size[1], width)];
  const view = [-margin - 1, -margin - 1, width + 2 * margin + 2, height + 2 * margin + 2].join(' ');
  const cells = Math.max(height, width) <= 32 ? grid(height, width) : '';
  return [
    `<figure><svg viewBox="${view}" role="img" aria-label="What ${escapeMarkup(name)} sees of the input">`,
    `<rect class="input" width="${width}" height="${height}"/>${cells}`,
    `<rect class="field" x="${left}" y="${top}" width="${right - left}" height="${bottom - top}"/></svg>`,
    `<figcaption>one output in the middle sees ${size.join('×')} of ${height}×${width}</figcaption></figure>`,
  ].join('');
}

function grid(height: number, width: number): string {
  let path = '';
  for (let y = 1; y < height; y += 1) path += `M0 ${y}h${width}`;
  for (let x = 1; x < width; x += 1) path += `M${x} 0v${height}`;
  return `<path class="cells" d="${path}"/>`;
}
