// Images of another size, in ONNX's words for coordinates.

import { flagOf, sizeAt, wordOf } from '../../../../compiler/ops/attributes.ts';
import { resampleTaps } from '../../../../compiler/ops/resample-taps.ts';
import { resize as resizeOperator } from '../../../../compiler/ops/resize.ts';
import type { ResampledAxis, Resampling } from '../../../../compiler/ir/resampling.ts';
import { sameShape } from '../../../../compiler/ir/tensor-type.ts';
import { float, ints, text } from '../attributes.ts';
import { blended } from '../matrices.ts';
import type { Blend } from '../matrices.ts';
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

const byFactor = (site: ExportSite, attributes: NamedAttributes, factors: readonly number[]): string => {
  const tensor = site.tensor('factors', [2], Float32Array.from(factors));
  return site.emit('Resize', [site.operand(0), undefined, tensor], attributes);
};

/** A pixel of the result, of those of the image. */
const blendOf = (resampling: Resampling, axis: ResampledAxis): Blend => ({
  ...axis,
  taps: (at) => resampleTaps(at, resampling, axis),
});

/** By a factor too small to change the extents, onnxruntime does nothing at all: pixels are moved by matrices then. */
const resize: Exporter = (site) => {
  const { attributes, inputs, results } = site;
  const mode = wordOf(attributes, 'mode');
  const isAligned = flagOf(attributes, 'align_corners');
  const written = filter(mode, isAligned);
  // Of a factor that leaves part of a pixel, ONNX would align that part: it is the size that says where corners are.
  if (isAligned || attributes['factor'] === undefined) {
    const size = site.ints('size', results[0]!.shape.slice(1));
    return site.emit('Resize', [site.operand(0), undefined, undefined, size], written);
  }
  const resampling = resizeOperator.resampling!(attributes, inputs);
  const { rows, columns } = resampling;
  const isMoved = [rows, columns].some(({ scale }) => scale !== 1);
  if (isMoved && sameShape(inputs[0]!.shape, results[0]!.shape))
    return blended(site, blendOf(resampling, rows), blendOf(resampling, columns));
  // A bilinear axis that keeps its extent is not moved, as in PyTorch, where ONNX would go by the factor.
  const factors = sizeAt(attributes, 'factor').map((factor, axis) => {
    const { input, output } = axis === 0 ? rows : columns;
    return mode === 'bilinear' && input === output ? 1 : factor;
  });
  return byFactor(site, written, factors);
};

export const resizing = {
  resize,
  upsample: (site) => byFactor(site, filter(wordOf(site.attributes, 'mode'), false), sizeAt(site.attributes, 'factor')),
} satisfies Record<string, Exporter>;
