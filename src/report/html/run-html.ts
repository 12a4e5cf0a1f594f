// `cnnc run --html`: what a network saw and made of it, on one page: the picture, the likeliest classes, outputs that are
// pictures themselves (masks), the filters of the first layer, and the feature maps of every tapped layer. No script;
// pictures stand in the page itself.

import { sizeOf } from '../../../compiler/ir/tensor-type.ts';
import { percent, shapeText } from '../../text/format.ts';
import { featureGrid, filterGrid, inputPicture } from '../feature-maps.ts';
import { escapeMarkup } from '../svg/markup.ts';
import { document } from './html.ts';
import { breakable } from './layers.ts';
import { firstMaps, layerFigure, mapSide, picture, pictureStyle, scaleOf, tonesChoice } from './pictures.ts';
import type { Seen } from './pictures.ts';
import { baseStyle } from './style.ts';

export interface RunImage {
  readonly inputs: readonly Seen[];
  /** In the order in which the network makes them. */
  readonly taps: readonly Seen[];
  readonly outputs: readonly (Seen & {
    /** Empty where the output is no scores of classes. */
    readonly top: readonly { readonly index: number; readonly label?: string; readonly probability: number }[];
  })[];
}

/** Maps of a layer that are shown, and images. */
const [maxMaps, maxImages] = [64, 16];

/** The page of `cnnc run --html`, for one or more images. */
export function runHtml(network: string, images: readonly RunImage[], filters: Seen | undefined): string {
  const shown = images.slice(0, maxImages);
  const filterPicture = filters && filterGrid(filters.values, filters.shape, { maps: 256, side: 36 });
  return document(`${network}: a run`, style, [
    `<header><h1>${escapeMarkup(network)}</h1>${images.length > shown.length ? `<p>the first ${shown.length} of ${images.length} images</p>` : ''}</header>`,
    '<main>',
    ...(shown.some(({ taps }) => taps.some(({ shape }) => shape.length === 3)) ? [tonesChoice] : []),
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
  const pictures = inputs.flatMap((input) => pictureFigure(input, 'Input'));
  const ranked = outputs.flatMap(({ name, top }) => (top.length === 0 ? [] : [classTable(name, top)]));
  const masks = outputs.flatMap((output) => (output.top.length === 0 ? outputFigure(output) : []));
  const layers = taps.flatMap((tap) => layerFigure(tap, maxMaps));
  const inner = layers.length === 0 ? '' : `<h2>Feature maps</h2><div class="layers">${layers.join('\n')}</div>`;
  return `<section>${title}<div class="seen">${[...pictures, ...masks, ...ranked].join('')}</div>${inner}</section>`;
}

/** Side of pictures of inputs and outputs, in pixels. */
const pictureSide = 196;

/** [1, H, W] is drawn in grey, [3, H, W] in colour; other shapes are no pictures. */
function pictureFigure({ name, shape, values }: Seen, kind: 'Input' | 'Output'): readonly string[] {
  const raster = inputPicture(values, shape);
  if (!raster) return [];
  const enlarged = Math.max(1, Math.round(pictureSide / Math.max(raster.width, raster.height)));
  const scale = kind === 'Output' && raster.channels === 1 ? scaleOf(values) : '';
  return [
    `<figure>${picture(raster, `${kind} ${name}`, enlarged)}<figcaption><b>${breakable(name)}</b> ${shapeText(shape)}${scale}</figcaption></figure>`,
  ];
}

/** A mask or a picture; where there are other numbers of channels, a grid of them. Vectors are tables of numbers. */
function outputFigure(output: Seen): readonly string[] {
  const { name, shape, values } = output;
  if (sizeOf(shape) === shape[0]) return [numberTable(output)];
  if (shape.length !== 3) return [];
  if (shape[0] === 1 || shape[0] === 3) return pictureFigure(output, 'Output');
  const raster = featureGrid(values, shape, { maps: maxMaps, side: mapSide })!;
  return [
    `<figure class="layer">${picture(raster, `Channels of ${name}`)}<figcaption><b>${breakable(name)}</b> ${shapeText(shape)}${firstMaps(shape, maxMaps)}${scaleOf(values)}</figcaption></figure>`,
  ];
}

/** Numbers that are shown of a vector. */
const maxNumbers = 50;

function numberTable({ name, values }: Seen): string {
  const shown = [...values.subarray(0, maxNumbers)].map((value) => Number(value.toPrecision(5)));
  const rows = shown.map((value, at) => `<tr><th scope="row">${at}</th><td class="number">${value}</td></tr>`);
  const left = values.length - shown.length;
  const rest = left > 0 ? `<tr><td colspan="2">and ${left} more</td></tr>` : '';
  return `<table><caption>${escapeMarkup(name)}</caption><tbody>${rows.join('')}${rest}</tbody></table>`;
}

function classTable(name: string, top: RunImage['outputs'][number]['top']): string {
  const rows = top.map(({ index, label, probability }) => {
    const wide = Math.round(1000 * Math.min(1, Math.max(0, probability || 0))) / 10;
    const text = label === undefined ? `class ${index}` : escapeMarkup(label);
    return `<tr><th scope="row">${text}</th><td><svg class="portion" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect width="${wide}" height="10"/></svg></td><td class="number">${percent(probability, 1)}</td></tr>`;
  });
  return `<table><caption>${escapeMarkup(name)}</caption><tbody>${rows.join('')}</tbody></table>`;
}

const style = `${baseStyle}.seen{display:flex;flex-wrap:wrap;gap:16px 32px;align-items:flex-start;margin-top:14px}
${pictureStyle}caption{text-align:left;font-weight:600;padding:0 9px 4px}
.seen th{overflow-wrap:anywhere}.portion{width:min(200px,28vw);height:12px;background:var(--frame)}.portion rect{fill:var(--heat)}
`;
