// `cnnc run --html`: what a network saw and made of it, on one page: the picture, the likeliest classes, outputs that are
// pictures themselves (masks), the filters of the first layer, and the feature maps of every tapped layer. No script;
// pictures stand in the page itself.

import { sizeOf } from '../../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../../compiler/ir/tensor-type.ts';
import { percent, shapeText } from '../../text/format.ts';
import type { Raster } from '../feature-maps.ts';
import { featureGrid, filterGrid, inputPicture, png, rangeOf } from '../feature-maps.ts';
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
  const layers = taps.flatMap(layerFigure);
  const inner = layers.length === 0 ? '' : `<h2>Feature maps</h2><div class="layers">${layers.join('\n')}</div>`;
  return `<section>${title}<div class="seen">${[...pictures, ...masks, ...ranked].join('')}</div>${inner}</section>`;
}

/** Side of pictures of inputs and outputs, and of feature maps, in pixels. */
const [pictureSide, mapSide] = [196, 64];

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

/** A mask or a picture; where there are other numbers of channels, a grid of them. Nothing for vectors and single pixels. */
function outputFigure(output: Seen): readonly string[] {
  const { name, shape, values } = output;
  if (shape.length !== 3 || sizeOf(shape) === shape[0]) return [];
  if (shape[0] === 1 || shape[0] === 3) return pictureFigure(output, 'Output');
  const raster = featureGrid(values, shape, { maps: maxMaps, side: mapSide })!;
  return [
    `<figure class="layer">${picture(raster, `Channels of ${name}`)}<figcaption><b>${breakable(name)}</b> ${shapeText(shape)}${firstMaps(shape)}${scaleOf(values)}</figcaption></figure>`,
  ];
}

function classTable(name: string, top: RunImage['outputs'][number]['top']): string {
  const rows = top.map(({ index, label, probability }) => {
    const wide = Math.round(1000 * Math.min(1, Math.max(0, probability || 0))) / 10;
    const text = label === undefined ? `class ${index}` : escapeMarkup(label);
    return `<tr><th scope="row">${text}</th><td><svg class="portion" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect width="${wide}" height="10"/></svg></td><td class="number">${percent(probability, 1)}</td></tr>`;
  });
  return `<table><caption>${escapeMarkup(name)}</caption><tbody>${rows.join('')}</tbody></table>`;
}

/** Both pictures stand in the page; the choice above shows one of them. */
function layerFigure({ name, shape, values }: Seen): readonly string[] {
  const grid = (tones: 'layer' | 'map'): string => {
    const raster = featureGrid(values, shape, { maps: maxMaps, side: mapSide, tones });
    return raster
      ? `<div class="by-${tones}">${picture(raster, `Feature maps of ${name}${tones === 'map' ? ', each by itself' : ''}`)}</div>`
      : '';
  };
  const both = `${grid('layer')}${grid('map')}`;
  if (both === '') return [];
  return [
    `<figure class="layer">${both}<figcaption><b>${breakable(name)}</b> ${shapeText(shape)}${firstMaps(shape)}${scaleOf(values)}</figcaption></figure>`,
  ];
}

const tonesChoice = `<fieldset class="tones"><legend>Feature maps go from black to white</legend>
<label><input type="radio" name="tones" value="layer" checked="checked"/> from the least to the greatest number of each layer</label>
<label><input type="radio" name="tones" value="map"/> of each map by itself, so that weak ones show</label></fieldset>`;

function firstMaps([channels = 0]: Shape): string {
  return channels > maxMaps ? `, the first ${maxMaps} maps` : '';
}

/** What black and white stand for. */
function scaleOf(values: Float32Array): string {
  const range = rangeOf(values);
  if (!range) return '<span class="scale">no finite numbers</span>';
  const [least, most] = range.map((value) => `${Number(value.toPrecision(3))}`.replaceAll('-', '−'));
  const bad = values.reduce((count, value) => count + (Number.isFinite(value) ? 0 : 1), 0);
  const also = bad > 0 ? `, ${bad} not finite` : '';
  return least === most
    ? `<span class="scale">${least} everywhere${also}</span>`
    : `<span class="scale">${least}<i></i>${most}${also}</span>`;
}

function picture(raster: Raster, alt: string, scale = 1): string {
  const bytes = Buffer.from(png(raster)).toString('base64');
  return `<img alt="${escapeMarkup(alt)}" width="${raster.width * scale}" height="${raster.height * scale}" src="data:image/png;base64,${bytes}"/>`;
}

const style = `${baseStyle}.seen{display:flex;flex-wrap:wrap;gap:16px 32px;align-items:flex-start;margin-top:14px}
figure{margin:0}figcaption{font-size:12px;color:var(--soft);padding:3px 0;overflow-wrap:anywhere}
figcaption b{color:var(--text)}
img{display:block;image-rendering:pixelated;max-width:100%;height:auto}
.layers{display:flex;flex-wrap:wrap;gap:18px 24px;align-items:flex-start}
.layer{max-width:100%}
.scale{display:flex;align-items:center;gap:6px;font-variant-numeric:tabular-nums}
.scale i{width:72px;height:9px;border:1px solid var(--edge);background:linear-gradient(90deg,#000,#fff)}
.tones{border:0;margin:10px 0 0;padding:0;display:flex;flex-wrap:wrap;gap:2px 16px;color:var(--soft)}
.tones legend{float:left;padding:0 12px 0 0}
main:has(.tones [value=layer]:checked) .by-map,main:has(.tones [value=map]:checked) :is(.by-layer,.layers .scale){display:none}
caption{text-align:left;font-weight:600;padding:0 9px 4px}
.portion{width:200px;height:12px;background:var(--frame)}.portion rect{fill:var(--heat)}
`;
