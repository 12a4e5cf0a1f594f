// Pooling: the largest number of a window, or the mean of its numbers.

import type { Reduction } from '../../../compiler/ir/lowering.ts';
import { adaptiveSpan } from '../../../compiler/ops/adaptive-windows.ts';
import { flagOf } from '../../../compiler/ops/attributes.ts';
import { poolAxes } from '../../../compiler/ops/pool-windows.ts';
import type { Axis } from '../../../compiler/ops/window.ts';
import { placeOf } from './places.ts';
import type { Application, Cell, Largest, Mean, Patch } from './types.ts';

/** Where the taps of a window lie along an axis; those outside the image are padding. */
type Taps = readonly number[];

/** x [C,H,W], the output `at` of [C,OH,OW]. */
export function pooled(
  application: Application,
  at: number,
  { reduces, windows }: { readonly reduces: Reduction; readonly windows: 'sliding' | 'adaptive' | 'global' },
): Largest | Mean {
  const { attributes, inputs, operands, results } = application;
  const [, height, width] = inputs[0]!.shape as readonly [number, number, number];
  const [channel, oy, ox] = placeOf(at, results[0]!.shape) as readonly [number, number, number];
  const [, oh, ow] = results[0]!.shape as readonly [number, number, number];
  const [rows, columns] =
    windows === 'sliding' ? slidingTaps(application, oy, ox) : [spanTaps(oy, height, oh), spanTaps(ox, width, ow)];
  const padding = reduces === 'max' ? -Infinity : 0;
  const cells = rows.flatMap((y) =>
    columns.map((x): Cell => {
      if (y < 0 || y >= height || x < 0 || x >= width) return { value: padding };
      const from = (channel * height + y) * width + x;
      return { at: from, value: operands[0]![from]! };
    }),
  );
  const inside = cells.filter((cell) => cell.at !== undefined);
  const sum = inside.reduce((total, { value }) => total + value, 0);
  const patch: Patch = { channel, rows: rows.length, columns: columns.length, cells, sum };
  if (reduces === 'max') return largest(patch);
  const countsPadding = windows === 'sliding' && flagOf(attributes, 'count_padding');
  const divisor = countsPadding ? cells.length : inside.length;
  return { kind: 'mean', patch, divisor, countsPadding, value: sum / divisor };
}

function largest(patch: Patch): Largest {
  const values = patch.cells.map(({ value }) => value);
  const value = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const chosen = patch.cells.findIndex((cell) => cell.at !== undefined && cell.value === value);
  return { kind: 'largest', patch, value, ...(chosen >= 0 && { chosen }) };
}

/** What overhangs the padding is no part of a window. */
function slidingTaps({ attributes, inputs }: Application, oy: number, ox: number): readonly [Taps, Taps] {
  const [rows, columns] = poolAxes(attributes, inputs[0]!.shape);
  return [axisTaps(rows, oy), axisTaps(columns, ox)];
}

function axisTaps({ input, kernel, stride, dilation, before, after }: Axis, index: number): Taps {
  return Array.from({ length: kernel }, (_, tap) => index * stride - before + tap * dilation).filter(
    (place) => place < input + after,
  );
}

/** Of the whole axis where the output has one place. */
function spanTaps(index: number, input: number, output: number): Taps {
  const { start, end } = adaptiveSpan(index, input, output);
  return Array.from({ length: end - start }, (_, at) => start + at);
}
