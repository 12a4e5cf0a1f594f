// Resizing maps: each pixel is the nearest one, or a blend of two or four along each axis.

import type { Resampling } from '../ir/resampling.ts';
import type { BlockBuilder } from '../kernel/builder.ts';
import { add, fadd, fmul, mul } from '../kernel/builder.ts';
import type { Expression, Kernel } from '../kernel/ir.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import type { MapKernel } from './map-kernel.ts';
import { mapKernel } from './map-kernel.ts';
import type { Mover, Numbers } from './numbers.ts';
import { codeMover } from './quantized/codes-kernel.ts';
import type { ResampleTap } from './resample-taps.ts';
import { resampleTaps } from './resample-taps.ts';
import { pixelAt } from './spread.ts';
import type { Target } from './target.ts';

export interface ResampleSpec {
  readonly input: Slice;
  readonly output: Slice;
  readonly resampling: Resampling;
}

/** Parameters: input base, output base, images. x [H·W, C] → y [OH·OW, C]. */
export function resample(name: string, spec: ResampleSpec, target: Target): Kernel {
  const { input, output, resampling } = spec;
  const { mode, rows, columns } = resampling;
  const summary = `${mode} ${sliceName(input)} -> ${sliceName(output)}`;
  return mapKernel(name, summary, spec, target, (kernel) => {
    const { k, v, arena, eachImage } = kernel;
    const mover: Mover = input.codes ? codeMover(k, target) : v;
    eachImage(({ source, result }) => {
      const row = (oh: Expression): void => {
        const down = resampleTaps(k, resampling, rows, oh);
        if (blendsRowsFirst(spec)) return blendRows(kernel, spec, { source, result, oh, down });
        const mix = blend(k, v, down);
        k.for('ow', 0, output.width, (ow) => {
          const across = resampleTaps(k, resampling, columns, ow);
          const to = pixelAt(kernel, result, output, oh, ow);
          const places = down.map((h) => across.map((w) => pixelAt(kernel, source, input, h.index, w.index)));
          const mixRow = blend(k, v, across);
          mover.each('c', input.channels, (c, count) => {
            const taken = places.map((line) => mixRow(line.map((place) => mover.load(arena, add(place, c), count))));
            mover.store(arena, add(to, c), mix(taken), count);
          });
        });
      };
      k.for('oh', 0, output.height, row, { parallel: true });
    });
  });
}

/**
 * Four rows are blended into one before four columns are, unless a row of the map is much longer than one of the result: 4·(W + OW) in
 * place of 20·OW products of channels.
 */
const blendsRowsFirst = ({ resampling: { mode }, input, output }: ResampleSpec): boolean =>
  mode === 'bicubic' && input.width <= 4 * output.width;

/** Elements of scratch memory: a row of the map. */
export const resampleScratch = (spec: ResampleSpec): number =>
  blendsRowsFirst(spec) ? spec.input.width * spec.input.channels : 0;

interface Row {
  readonly source: Expression;
  readonly result: Expression;
  readonly oh: Expression;
  /** Of the rows. */
  readonly down: readonly ResampleTap[];
}

function blendRows(
  kernel: MapKernel,
  { input, output, resampling }: ResampleSpec,
  { source, result, oh, down }: Row,
): void {
  const { k, v, arena } = kernel;
  const { channels, width, pixelStride } = input;
  const scratch = k.memory('scratch', 'f32');
  const lines = down.map(({ index }) => pixelAt(kernel, source, input, index, k.let('w', 0)));
  const mix = blend(k, v, down);
  /** So many elements that lie one after the other. */
  const run = (length: number, from: Expression, to: Expression): void =>
    v.each('c', length, (c, count) => {
      const taken = lines.map((line) => v.load(arena, add(add(line, from), c), count));
      v.store(scratch, add(to, c), mix(taken), count);
    });
  if (pixelStride === channels) run(width * channels, k.let('w', 0), k.let('w', 0));
  else k.for('w', 0, width, (w) => run(channels, k.let('f', mul(w, pixelStride)), k.let('t', mul(w, channels))));
  k.for('ow', 0, output.width, (ow) => {
    const across = resampleTaps(k, resampling, resampling.columns, ow);
    const to = pixelAt(kernel, result, output, oh, ow);
    const places = across.map(({ index }) => k.let('p', mul(index, channels)));
    const mixRow = blend(k, v, across);
    v.each('c', channels, (c, count) => {
      v.store(arena, add(to, c), mixRow(places.map((place) => v.load(scratch, add(place, c), count))), count);
    });
  });
}

/** The weighted sum of as many numbers as there are taps; a single one is taken as it is. */
function blend(
  k: BlockBuilder,
  v: Numbers,
  taps: readonly ResampleTap[],
): (numbers: readonly Expression[]) => Expression {
  if (taps.length === 1) return ([number]) => number!;
  const weights = taps.map(({ weight }) => k.let('f', v.everywhere(weight)));
  return (numbers) => numbers.map((number, at) => fmul(number, weights[at]!)).reduce(fadd);
}
