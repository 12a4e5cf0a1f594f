// Images of another size, in ONNX's words for coordinates.

import { flagOf, sizeAt, wordOf } from '../../../../compiler/ops/attributes.ts';
import { float, ints, text } from '../attributes.ts';
import type { Exporter, ExportSite, NamedAttributes } from '../site.ts';

const modes: Readonly<Record<string, string>> = { nearest: 'nearest', bilinear: 'linear', bicubic: 'cubic' };

/** Nearest pixels are looked for as PyTorch does, at ⌊place · scale⌋; bicubic weights are those of a = −0.75. */
function filter(mode: string, aligned: boolean): NamedAttributes {
  if (mode === 'nearest')
    return {
      mode: text('nearest'),
      coordinate_transformation_mode: text('asymmetric'),
      nearest_mode: text('floor'),
      axes: ints([2, 3]),
    };
  return {
    mode: text(modes[mode]!),
    coordinate_transformation_mode: text(aligned ? 'align_corners' : 'half_pixel'),
    ...(mode === 'bicubic' && { cubic_coeff_a: float(-0.75) }),
    axes: ints([2, 3]),
  };
}

const byFactor = (site: ExportSite, attributes: NamedAttributes): string => {
  const factors = Float32Array.from(sizeAt(site.attributes, 'factor'));
  return site.emit('Resize', [site.operand(0), undefined, site.tensor('factors', [2], factors)], attributes);
};

const resize: Exporter = (site) => {
  const attributes = filter(wordOf(site.attributes, 'mode'), flagOf(site.attributes, 'align_corners'));
  if (site.attributes['factor'] !== undefined) return byFactor(site, attributes);
  const size = site.ints('size', sizeAt(site.attributes, 'size'));
  return site.emit('Resize', [site.operand(0), undefined, undefined, size], attributes);
};

export const resizing = {
  resize,
  upsample: (site) => byFactor(site, filter(wordOf(site.attributes, 'mode'), false)),
} satisfies Record<string, Exporter>;
