// What operators that resize images share: the reference, its gradient, and the window.

import type { Operator, Tensor, Window } from '../ir/operator.ts';
import type { ResampledAxis, Resampling } from '../ir/resampling.ts';
import { resampledAxis } from '../ir/resampling.ts';
import type { Attributes } from '../ir/graph.ts';
import { tensorType } from '../ir/tensor-type.ts';
import type { TensorType } from '../ir/tensor-type.ts';
import { flagOf, sizeAt, wordOf } from './attributes.ts';
import { resampleTaps } from './resample-taps.ts';
import type { Tap } from './resample-taps.ts';
import { allocateLike } from './tensors.ts';

/** x [N,C,H,W] → y [N,C,OH,OW] */
export function resample(x: Tensor, type: TensorType, resampling: Resampling): Tensor {
  const { rows, columns } = resampling;
  const y = allocateLike(x, type, [type.shape[0]!, rows.output, columns.output]);
  eachTap(resampling, y.data.length, (to, from, weight) => (y.data[to]! += weight * x.data[from]!));
  return y;
}

/** Which pixels a pixel sees: the taps, and half a pixel more or less, as the centres lie. */
export function resamplingWindow({ mode, aligned, rows, columns }: Resampling): Window {
  const kernel = { nearest: 1, bilinear: 2, bicubic: 4 }[mode];
  const before = ({ scale }: ResampledAxis): number =>
    (mode === 'bicubic' ? 1 : 0) + (mode === 'nearest' || aligned ? 0 : (1 - scale) / 2);
  const [top, left] = [before(rows), before(columns)];
  return {
    kernel: [kernel, kernel],
    stride: [rows.scale, columns.scale],
    padding: [top, left, top, left],
    dilation: [1, 1],
  };
}

export const resizeModeSpec = {
  type: 'choice',
  choices: ['nearest', 'bilinear', 'bicubic'],
  default: 'nearest',
} as const;

export const alignSpec = {
  type: 'bool',
  default: false,
} as const;

export const resizeGradient: Operator = {
  name: 'resize_gradient',
  // The gradient of `resize`, and of a bilinear `upsample`.
  internal: true,
  attributes: {
    // Height and width of the image that was resized.
    size: { type: 'size', minimum: 1 },
    // By which factors, if not by the sizes.
    factor: { type: 'factor', default: null },
    mode: resizeModeSpec,
    align_corners: alignSpec,
  },
  constraints: {},
  infer: ([dy], attributes) => [tensorType([dy!.shape[0]!, ...sizeAt(attributes, 'size')], dy!.batched)],
  // dy [N,C,OH,OW] → dx [N,C,H,W]
  reference([dy], attributes, [type]) {
    const dx = allocateLike(dy!, type!, [type!.shape[0]!, ...sizeAt(attributes, 'size')]);
    const resampling = resizeGradient.resampling!(attributes, [type!]);
    eachTap(resampling, dy!.data.length, (from, to, weight) => (dx.data[to]! += weight * dy!.data[from]!));
    return [dx];
  },
  resampling(attributes, [dy]) {
    const [, oh, ow] = dy!.shape as [number, number, number];
    const [height, width] = sizeAt(attributes, 'size');
    return resamplingOf(attributes, [height, width], [oh, ow]);
  },
  lowering: { kind: 'resample-gradient' },
};

/** As the attributes `mode`, `align_corners` and `factor` say, from one height and width to another. */
export function resamplingOf(
  attributes: Attributes,
  [height, width]: readonly [number, number],
  [oh, ow]: readonly [number, number],
): Resampling {
  const mode = wordOf(attributes, 'mode') as Resampling['mode'];
  const form = { mode, aligned: flagOf(attributes, 'align_corners') };
  const [down, across] = attributes['factor'] === undefined ? [] : sizeAt(attributes, 'factor');
  return { ...form, rows: resampledAxis(form, height, oh, down), columns: resampledAxis(form, width, ow, across) };
}

/** Calls `visit` for each element of the resized images with each one that it is made of, and its share. */
function eachTap(
  resampling: Resampling,
  length: number,
  visit: (resized: number, source: number, weight: number) => void,
): void {
  const { rows, columns } = resampling;
  const tapsAlong = (axis: ResampledAxis): readonly (readonly Tap[])[] =>
    Array.from({ length: axis.output }, (_, at) => resampleTaps(at, resampling, axis));
  const [down, across] = [tapsAlong(rows), tapsAlong(columns)];
  for (let at = 0; at < length; at += 1) {
    const line = Math.floor(at / columns.output);
    const plane = Math.floor(line / rows.output) * rows.input;
    for (const row of down[line % rows.output]!) {
      for (const column of across[at % columns.output]!) {
        visit(at, (plane + row.index) * columns.input + column.index, row.weight * column.weight);
      }
    }
  }
}
