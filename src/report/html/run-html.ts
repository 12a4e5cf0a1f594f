// `cnnc run --html`: what a network saw and made of it, on one page: the picture, the likeliest classes, the filters of the
// first layer, and the feature maps of every tapped layer. No script; pictures stand in the page itself.

import type { Shape } from '../../../compiler/ir/tensor-type.ts';
import { percent, shapeText } from '../format.ts';
import type { Raster } from '../feature-maps.ts';
import { featureGrid, filterGrid, inputPicture, png } from '../feature-maps.ts';
import { escapeMarkup } from '../svg/markup.ts';
import { document } from './html.ts';
import { breakable } from './layers.ts';
import { baseStyle } from './style.ts';

export interface Seen {
  readonly name: string;
  /** Without the batch axis. */
  readonly shape: Shape;
  readonly values: Float32Array;
}

export interface RunImage {
  readonly inputs: readonly Seen[];
  /** In the order in which the network makes them. */
  readonly taps: readonly Seen[];
  readonly outputs: readonly {
    readonly name: string;
    readonly top: readonly { readonly index: number; readonly label?: string; readonly probability: number }[];
  }[];
}

/** Maps of a layer that are shown, and images. */
const [maxMaps, maxImages] = [64, 16];

export function runHtml(network: string, images: readonly RunImage[], filters: Seen | undefined): string {
  const shown = images.slice(0, maxImages);
  const filterPicture = filters && filterGrid(filters.values, filters.shape, { maps: 256, side: 36 });
  return document(`${network}: a run`, style, [
    `<header><h1>${escapeMarkup(network)}</h1>${images.length > shown.length ? `<p>the first ${shown.length} of ${images.length} images</p>` : ''}</header>`,
    '<main>',
    ...shown.map((image, at) => imageHtml(image, images.length > 1 ? `<h2>image ${at + 1}</h2>` : '')),
    ...(filters && filterPicture
      ? [
          '<h2>What the first layer looks for</h2>',
          `<figure class="layer">${picture(filterPicture, `Filters ${filters.name}`)}<figcaption><b>${breakable(filters.name)}</b> ${shapeText(filters.shape)}</figcaption></figure>`,
        ]
      : []),
    '</main>',
  ]);
}

function imageHtml({ inputs, outputs, taps }: RunImage, title: string): string {
  const pictures = inputs.flatMap(({ name, shape, values }) => {
    const raster = inputPicture(values, shape);
    if (!raster) return [];
    return `<figure>${picture(raster, `Input ${name}`, Math.max(1, Math.round(196 / raster.height)))}<figcaption><b>${escapeMarkup(name)}</b> ${shapeText(shape)}</figcaption></figure>`;
  });
  const ranked = outputs
    .filter(({ top }) => top.length > 0)
    .map(({ name, top }) => {
      const rows = top.map(({ index, label, probability }) => {
        const wide = Math.round(1000 * Math.min(1, Math.max(0, probability || 0))) / 10;
        const text = label === undefined ? `class ${index}` : escapeMarkup(label);
        return `<tr><th scope="row">${text}</th><td><svg class="portion" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect width="${wide}" height="10"/></svg></td><td class="number">${percent(probability, 1)}</td></tr>`;
      });
      return `<table><caption>${escapeMarkup(name)}</caption><tbody>${rows.join('')}</tbody></table>`;
    });
  const layers = taps.flatMap(({ name, shape, values }) => {
    const raster = featureGrid(values, shape, { maps: maxMaps, side: 56 });
    if (!raster) return [];
    const [channels] = shape as readonly [number, number, number];
    const count = channels > maxMaps ? `, the first ${maxMaps} maps` : '';
    return `<figure class="layer">${picture(raster, `Feature maps of ${name}`)}<figcaption><b>${breakable(name)}</b> ${shapeText(shape)}${count}, ${range(values)}</figcaption></figure>`;
  });
  const inner =
    layers.length === 0
      ? ''
      : `<h2>Feature maps</h2><p class="soft">One grid a layer; black is the least number of the layer, white the greatest.</p><div class="layers">${layers.join('\n')}</div>`;
  return `<section>${title}<div class="seen">${pictures.join('')}${ranked.join('')}</div>${inner}</section>`;
}

function picture(raster: Raster, alt: string, scale = 1): string {
  const bytes = Buffer.from(png(raster)).toString('base64');
  return `<img alt="${escapeMarkup(alt)}" width="${raster.width * scale}" height="${raster.height * scale}" src="data:image/png;base64,${bytes}"/>`;
}

/** Of the finite numbers, and how many are not. */
function range(values: Float32Array): string {
  let [least, most, bad] = [Infinity, -Infinity, 0];
  for (const value of values) {
    if (Number.isFinite(value)) [least, most] = [Math.min(least, value), Math.max(most, value)];
    else bad += 1;
  }
  if (bad === values.length) return 'no finite numbers';
  const finite = `${Number(least.toPrecision(3))} to ${Number(most.toPrecision(3))}`.replaceAll('-', '−');
  return bad === 0 ? finite : `${finite}, ${bad} not finite`;
}

const style = `${baseStyle}.seen{display:flex;flex-wrap:wrap;gap:16px 32px;align-items:flex-start;margin-top:14px}
figure{margin:0}figcaption{font-size:12px;color:var(--soft);padding:3px 0;overflow-wrap:anywhere}
figcaption b{color:var(--text)}
img{display:block;image-rendering:pixelated;max-width:100%;height:auto}
.layers{display:flex;flex-wrap:wrap;gap:18px 24px;align-items:flex-start}
.layer{max-width:100%}
caption{text-align:left;font-weight:600;padding:0 9px 4px}
.portion{width:200px;height:12px;background:var(--frame)}.portion rect{fill:var(--heat)}
`;
