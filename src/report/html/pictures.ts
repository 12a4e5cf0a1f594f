// Pictures that stand in a page itself: rasters, feature maps with what their tones mean, and their style. No script.

import type { Shape } from '../../../compiler/ir/tensor-type.ts';
import { shapeText } from '../../text/format.ts';
import type { Raster } from '../feature-maps.ts';
import { featureGrid, png, rangeOf } from '../feature-maps.ts';
import { thumbnail } from '../thumbnail.ts';
import { escapeMarkup } from '../svg/markup.ts';
import { breakable } from './layers.ts';

/** A value of a network for one image. */
export interface Seen {
  readonly name: string;
  /** Without the batch axis. */
  readonly shape: Shape;
  readonly values: Float32Array;
}

/** Pixels to which a feature map is enlarged at most. */
export const mapSide = 64;

/** An `img` with the raster as PNG, `scale` times as large. */
export function picture(raster: Raster, alt: string, scale = 1): string {
  const bytes = Buffer.from(png(raster)).toString('base64');
  return `<img alt="${escapeMarkup(alt)}" width="${raster.width * scale}" height="${raster.height * scale}" src="data:image/png;base64,${bytes}"/>`;
}

/** The longer side of a picture of the data: at most, in its own pixels, and about, in those of the page. */
const [dataSide, pageSide] = [128, 104];

/** A picture of the data in about the same size as all others. */
export function pictureOf(raster: Raster, alt: string): string {
  const small = thumbnail(raster, dataSide);
  return picture(small, alt, Math.max(1, Math.round(pageSide / Math.max(small.width, small.height))));
}

/**
 * The first `most` channels of a value [C,H,W] in a grid, each enlarged to `side` pixels; nothing for other shapes. Tones are those of the layer and of each map, and
 * `tonesChoice`, which stands before it, shows one of the two.
 */
export function layerFigure({ name, shape, values }: Seen, most: number, side = mapSide): readonly string[] {
  const grid = (tones: 'layer' | 'map'): string => {
    const raster = featureGrid(values, shape, { maps: most, side, tones });
    return raster
      ? `<div class="by-${tones}">${picture(raster, `Feature maps of ${name}${tones === 'map' ? ', each by itself' : ''}`)}</div>`
      : '';
  };
  const both = `${grid('layer')}${grid('map')}`;
  if (both === '') return [];
  return [
    `<figure class="layer">${both}<figcaption><b>${breakable(name)}</b> ${shapeText(shape)}${firstMaps(shape, most)}${scaleOf(values)}</figcaption></figure>`,
  ];
}

export const tonesChoice = `<fieldset class="tones"><legend>Feature maps go from black to white</legend>
<label><input type="radio" name="tones" value="layer" checked="checked"/> from the least to the greatest number of each layer</label>
<label><input type="radio" name="tones" value="map"/> of each map by itself, so that weak ones show</label></fieldset>`;

/** Says that there are more channels than `most`. */
export function firstMaps([channels = 0]: Shape, most: number): string {
  return channels > most ? `, the first ${most} maps` : '';
}

/** What black and white stand for. */
export function scaleOf(values: Float32Array): string {
  const range = rangeOf(values);
  if (!range) return '<span class="scale">no finite numbers</span>';
  const [least, most] = range.map((value) => `${Number(value.toPrecision(3))}`.replaceAll('-', '−'));
  const bad = values.reduce((count, value) => count + (Number.isFinite(value) ? 0 : 1), 0);
  const also = bad > 0 ? `, ${bad} not finite` : '';
  return least === most
    ? `<span class="scale">${least} everywhere${also}</span>`
    : `<span class="scale">${least}<i></i>${most}${also}</span>`;
}

/** Of all the above. */
export const pictureStyle = `figure{margin:0}figcaption{font-size:12px;color:var(--soft);padding:3px 0;overflow-wrap:anywhere}
figcaption b{color:var(--text)}
img{display:block;image-rendering:pixelated;max-width:100%;height:auto}
.layers{display:flex;flex-wrap:wrap;gap:18px 24px;align-items:flex-start}
.layer{max-width:100%}
.scale{display:flex;align-items:center;gap:6px;font-variant-numeric:tabular-nums}
.scale i{width:72px;height:9px;border:1px solid var(--edge);background:linear-gradient(90deg,#000,#fff)}
.tones{border:0;margin:10px 0 0;padding:0;display:flex;flex-wrap:wrap;gap:2px 16px;color:var(--soft)}
.tones legend{float:left;padding:0 12px 0 0}
main:has(.tones [value=layer]:checked) .by-map,main:has(.tones [value=map]:checked) :is(.by-layer,.layers .scale){display:none}
`;
