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

/** A bilinear axis that keeps its extent is not moved, as in PyTorch, where ONNX would go by the factor. */
const byFactor = (site: ExportSite, attributes: NamedAttributes): string => {
  const given = sizeAt(site.attributes, 'factor');
  const isBilinear = wordOf(site.attributes, 'mode') === 'bilinear';
  const [before, after] = [site.inputs[0]!, site.results[0]!].map(({ shape }) => shape.slice(1));
  const factors = given.map((factor, axis) => (isBilinear && before![axis] === after![axis] ? 1 : factor));
  const tensor = site.tensor('factors', [2], Float32Array.from(factors));
  return site.emit('Resize', [site.operand(0), undefined, tensor], attributes);
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
