// Convolutions and dense layers, as sums of products: input patch × kernel, channel by channel, + bias.

import { numberOf, wordOf } from '../../../compiler/ops/attributes.ts';
import { axesOf, windowOf } from '../../../compiler/ops/window.ts';
import type { Axis } from '../../../compiler/ops/window.ts';
import { placeOf } from './places.ts';
import type { Application, Cell, Patch, Products } from './types.ts';

/** x [C,H,W] · w [O,C/groups,KH,KW] + b [O], the output `at` of [O,OH,OW]. */
export function convolutionProducts(
  { operator, attributes, inputs, operands, results }: Application,
  at: number,
): Products {
  const [input] = inputs;
  const [channels, height, width] = input!.shape as readonly [number, number, number];
  const [x, w, b] = operands;
  const [o, oy, ox] = placeOf(at, results[0]!.shape) as readonly [number, number, number];
  const groups = operator.groups!(attributes, inputs);
  const [depth, share] = [channels / groups, results[0]!.shape[0]! / groups];
  const { kernel, stride, padding, dilation } = windowOf(attributes);
  const [rows, columns] = kernel;
  const [top, left] = [oy * stride[0] - padding[0], ox * stride[1] - padding[1]];
  const isFlipped = wordOf(attributes, 'mode') === 'convolution';
  const patches = Array.from({ length: depth }, (_, d) => {
    const channel = Math.floor(o / share) * depth + d;
    const cells = Array.from({ length: rows * columns }, (__, tap): Cell => {
      const [y, x0] = [top + Math.floor(tap / columns) * dilation[0], left + (tap % columns) * dilation[1]];
      const weight = w![(o * depth + d) * rows * columns + (isFlipped ? rows * columns - 1 - tap : tap)]!;
      if (y < 0 || y >= height || x0 < 0 || x0 >= width) return { value: 0, weight };
      const from = (channel * height + y) * width + x0;
      return { at: from, value: x![from]!, weight };
    });
    return patchOf(channel, rows, columns, cells);
  });
  return { ...summed(patches, b?.[o]), factor: 'kernel', isFlipped };
}

/**
 * x [C,H,W] · w [C,O/groups,KH,KW] + b [O], the output `at` of [O,OH,OW]: every input pixel spreads its window over the output, and
 * these are the pixels whose windows lie over this place.
 */
export function transposedProducts(
  { operator, attributes, inputs, operands, results }: Application,
  at: number,
): Products {
  const [channels, height, width] = inputs[0]!.shape as readonly [number, number, number];
  const [x, w, b] = operands;
  const [o, oy, ox] = placeOf(at, results[0]!.shape) as readonly [number, number, number];
  const groups = operator.groups!(attributes, inputs);
  const [depth, share] = [channels / groups, results[0]!.shape[0]! / groups];
  const window = windowOf(attributes);
  const [kh, kw] = window.kernel;
  const axes = axesOf(window, inputs[0]!.shape);
  const [rows, columns] = [meetingTaps(axes[0], oy), meetingTaps(axes[1], ox)];
  const patches = Array.from({ length: depth }, (_, d) => {
    const channel = Math.floor(o / share) * depth + d;
    const cells = rows.flatMap((row) =>
      columns.map((column): Cell => {
        const weight = w![((channel * share + (o % share)) * kh + row.tap) * kw + column.tap]!;
        if (row.input < 0 || row.input >= height || column.input < 0 || column.input >= width)
          return { value: 0, weight };
        const from = (channel * height + row.input) * width + column.input;
        return { at: from, value: x![from]!, weight };
      }),
    );
    return patchOf(channel, rows.length, columns.length, cells);
  });
  const isWhole = rows.length === kh && columns.length === kw;
  return { ...summed(patches, b?.[o]), factor: isWhole ? 'kernel' : 'part of the kernel', isFlipped: true };
}

/** The taps that bring an input to this output along an axis, in the order of the inputs, which is the reverse of the kernel's. */
function meetingTaps(
  { kernel, stride, dilation, before }: Axis,
  output: number,
): readonly { readonly tap: number; readonly input: number }[] {
  return Array.from({ length: kernel }, (_, index) => kernel - 1 - index)
    .map((tap) => ({ tap, input: (output + before - tap * dilation) / stride }))
    .filter(({ input }) => Number.isInteger(input));
}

/** x [I] or [L,I] · w [O,I] + b [O]. One patch, or one per channel where the I numbers are a flattened map [C,H,W], `map`. */
export function denseProducts(
  { attributes, inputs, operands }: Application,
  at: number,
  map?: readonly number[],
): Products {
  const [x, w, b] = operands;
  const size = inputs[0]!.shape.at(-1)!;
  const features = numberOf(attributes, 'features');
  const [token, o] = [Math.floor(at / features), at % features];
  const [channels, rows, columns] = map?.length === 3 ? (map as readonly [number, number, number]) : [1, 1, size];
  const patches = Array.from({ length: channels }, (_, channel) => {
    const first = channel * rows * columns;
    const cells = Array.from({ length: rows * columns }, (__, i): Cell => {
      const from = token * size + first + i;
      return { at: from, value: x![from]!, weight: w![o * size + first + i]! };
    });
    return patchOf(channel, rows, columns, cells);
  });
  return { ...summed(patches, b?.[o]), factor: 'weights', isFlipped: false };
}

function patchOf(channel: number, rows: number, columns: number, cells: readonly Cell[]): Patch {
  // Nothing is multiplied where the window lies over padding.
  const sum = cells.reduce((total, cell) => (cell.at === undefined ? total : total + cell.value * cell.weight!), 0);
  return { channel, rows, columns, cells, sum };
}

function summed(patches: readonly Patch[], bias: number | undefined): Omit<Products, 'factor' | 'isFlipped'> {
  const value = patches.reduce((total, { sum }) => total + sum, bias ?? 0);
  return { kind: 'products', patches, value, ...(bias !== undefined && { bias }) };
}
