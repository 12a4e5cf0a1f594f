// A bilinear image of another size, of codes. Along each axis the weights of a pixel's two neighbours are whole parts of the same
// denominator, so that sums are whole numbers; they stay below 2^24, which f32 holds exactly.

import type { Attributes } from '../../ir/graph.ts';
import type { Operator } from '../../ir/operator.ts';
import type { ResampledAxis, Resampling } from '../../ir/resampling.ts';
import { resampledAxis } from '../../ir/resampling.ts';
import { flagOf, resultSize, sizeAt } from '../attributes.ts';
import { greatestCommonDivisor, isImage, notAnImage, sentences } from '../limits.ts';
import { alignSpec, resamplingWindow } from '../resample.ts';
import { resampleTaps } from '../resample-taps.ts';
import { allocateLike } from '../tensors.ts';
import { LARGEST_CODE, areCodes, codesSentence, multipliers, rangeOf, rangeParameter, requantized } from './codes.ts';

const name = 'quantized_resample';

/** What f32 holds of whole numbers. */
const SUM_LIMIT = 2 ** 24;

export const quantizedResample: Operator = {
  name,
  // A bilinear image of another size, of codes.
  internal: true,
  attributes: { size: resultSize, align_corners: alignSpec },
  constraints: {
    C1: sentences.image(name),
    C2: codesSentence(name),
    C3: `the weights of \`${name}\` must be parts of a denominator that f32 holds with codes`,
  },
  infer([input], attributes, report) {
    if (!areCodes([input!], 'C2', report)) return undefined;
    const { shape } = input!;
    if (!isImage(shape)) return report('C1', notAnImage(shape));
    const parts = partsOf(quantizedResample.resampling!(attributes, [input!]));
    if (parts[0] * parts[1] * LARGEST_CODE >= SUM_LIMIT) return report('C3', { found: parts.join(' · ') });
    return [{ ...input!, shape: [shape[0]!, ...sizeAt(attributes, 'size')] }];
  },
  parameters: () => [multipliers('multiplier', [1]), rangeParameter('input_range'), rangeParameter('range')],
  // codes [N,C,H,W] · multiplier [1] · ranges [3] → y [N,C,OH,OW]
  reference([x, multiplier, before, after], attributes, [input]) {
    const resampling = quantizedResample.resampling!(attributes, [input!]);
    const { rows, columns } = resampling;
    const [down, across] = partsOf(resampling);
    const [factor, { zero }, range] = [multiplier!.data[0]!, rangeOf(before!), rangeOf(after!)];
    const y = allocateLike(x!, input!, [input!.shape[0]!, rows.output, columns.output]);
    for (let at = 0; at < y.data.length; at += 1) {
      const [line, column] = [Math.floor(at / columns.output), at % columns.output];
      const plane = Math.floor(line / rows.output) * rows.input;
      let sum = 0;
      for (const h of resampleTaps(line % rows.output, resampling, rows)) {
        for (const w of resampleTaps(column, resampling, columns)) {
          const weight = Math.round(h.weight * down) * Math.round(w.weight * across);
          sum += weight * (x!.data[(plane + h.index) * columns.input + w.index]! - zero);
        }
      }
      y.data[at] = requantized(sum, factor, range);
    }
    return [y];
  },
  resampling(attributes, [input]) {
    const [, height, width] = input!.shape as [number, number, number];
    const form = { mode: 'bilinear', aligned: flagOf(attributes, 'align_corners') } as const;
    const [rows, columns] = sizeAt(attributes, 'size');
    return { ...form, rows: resampledAxis(form, height, rows), columns: resampledAxis(form, width, columns) };
  },
  window: (attributes, inputs) => resamplingWindow(quantizedResample.resampling!(attributes, inputs)),
  takes: () => 'codes',
  lowering: { kind: 'quantized-resample' },
};

/** The denominators of the weights along both axes. */
export const partsOf = ({ aligned, rows, columns }: Resampling): readonly [number, number] => [
  partsAlong(rows, aligned),
  partsAlong(columns, aligned),
];

/** Places are at·(H − 1) / (OH − 1), or ((2·at + 1)·H − OH) / (2·OH). */
function partsAlong({ input, output }: ResampledAxis, aligned: boolean): number {
  if (!aligned) return (2 * output) / greatestCommonDivisor(input, output);
  return output > 1 ? (output - 1) / greatestCommonDivisor(input - 1, output - 1) : 1;
}

/** The attributes of the same bilinear resizing on codes and the product of its denominators; undefined where f32 does not hold its sums. */
export function blendOf(
  resampling: Resampling,
): { readonly attributes: Attributes; readonly parts: number } | undefined {
  const { mode, aligned, rows, columns } = resampling;
  const isWhole = [rows, columns].every(
    (axis) => axis.scale === resampledAxis({ mode, aligned }, axis.input, axis.output).scale,
  );
  const [down, across] = partsOf(resampling);
  if (!isWhole || down * across * LARGEST_CODE >= SUM_LIMIT) return undefined;
  return { attributes: { size: [rows.output, columns.output], align_corners: aligned }, parts: down * across };
}
