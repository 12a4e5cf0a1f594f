// Conv and ConvTranspose.

import { refuse } from '../problem.ts';
import type { Constant } from '../constant.ts';
import type { Importer, Site } from '../site.ts';
import { imageShape } from '../shapes.ts';
import { windowsOf } from './windows.ts';

/** x [N,C,…], w [O,C/groups,…], bias [O] */
const conv: Importer = (site) => {
  const { value, dims } = site.flow(0);
  const weight = site.constant(1, 'the weight');
  const bias = site.optionalConstant(2, 'the bias');
  const groups = site.attributes.int('group', 1);
  const { image, kernel, stride, dilation, padding, spatial } = windowsOf(site, dims, weight.dims.slice(2));
  const [channels, perGroup] = weight.dims as [number, number];
  if (perGroup * groups !== image[0])
    refuse(
      `its weight sees ${perGroup * groups} channels, and its input has ${image[0]}`,
      'see whether the model runs elsewhere',
    );
  const weights = [weight, ...(bias ? [bias] : [])];
  const common = { kernel, stride, padding, dilation, bias: bias !== undefined };
  const isDepthwise = groups > 1 && perGroup === 1;
  const result = site.apply(
    isDepthwise ? 'depthwise_conv' : 'conv',
    [site.shaped(value, image)],
    isDepthwise ? { ...common, multiplier: channels / groups } : { ...common, channels, groups },
    weights,
  );
  const [, height, width] = site.shapeOf(result);
  return [site.result(result, [channels, ...spatial(height!, width!)])];
};

/** x [N,C,…], w [C,O/groups,…], bias [O] */
const convTranspose: Importer = (site) => {
  const { value, dims } = site.flow(0);
  const weight: Constant = site.constant(1, 'the weight');
  const bias = site.optionalConstant(2, 'the bias');
  const groups = site.attributes.int('group', 1);
  const channels = weight.dims[1]! * groups;
  const rank = dims.length - 1;
  const windows = windowsOf(site, dims, weight.dims.slice(2));
  const { padding, outputPadding } = transposedPadding(site, dims.slice(1), weight.dims.slice(2));
  const two = (values: readonly number[]): readonly number[] => (rank === 1 ? [0, ...values] : values);
  const result = site.apply(
    'conv_transpose',
    [site.shaped(value, imageShape(dims))],
    {
      channels,
      kernel: windows.kernel,
      stride: windows.stride,
      dilation: windows.dilation,
      padding: [...two(padding.slice(0, rank)), ...two(padding.slice(rank))],
      output_padding: two(outputPadding),
      groups,
      bias: bias !== undefined,
    },
    [weight, ...(bias ? [bias] : [])],
  );
  const [, height, width] = site.shapeOf(result);
  return [site.result(result, [channels, ...windows.spatial(height!, width!)])];
};

/** What is cut off, begins then ends, and what is added at the ends; output_shape and auto_pad decide what pads would. */
function transposedPadding({ attributes }: Site, extents: readonly number[], kernel: readonly number[]) {
  const rank = extents.length;
  const list = (name: string, absent: number): readonly number[] =>
    attributes.ints(name, undefined) ?? Array<number>(rank).fill(absent);
  const [stride, dilation, added] = [list('strides', 1), list('dilations', 1), list('output_padding', 0)];
  const wanted = attributes.ints('output_shape', undefined)?.slice(-rank);
  const mode = attributes.text('auto_pad', 'NOTSET');
  const full = extents.map(
    (extent, axis) => stride[axis]! * (extent - 1) + added[axis]! + (kernel[axis]! - 1) * dilation[axis]! + 1,
  );
  if (!wanted && (mode === 'NOTSET' || mode === 'VALID'))
    return {
      padding:
        mode === 'VALID'
          ? Array<number>(2 * rank).fill(0)
          : (attributes.ints('pads', undefined) ?? Array<number>(2 * rank).fill(0)),
      outputPadding: added,
    };
  const target = wanted ?? extents.map((extent, axis) => extent * stride[axis]!);
  const totals = full.map((extent, axis) => extent - target[axis]!);
  if (!wanted && totals.some((total) => total < 0))
    refuse(
      'its windows are smaller than its strides, and where auto_pad adds what is missing is not the same everywhere',
      'export the model with pads and output_padding',
    );
  const cut = totals.map((total) => Math.max(0, total));
  const small = cut.map((total) => Math.floor(total / 2));
  const large = cut.map((total, axis) => total - small[axis]!);
  return {
    padding: mode === 'SAME_UPPER' ? [...small, ...large] : [...large, ...small],
    outputPadding: added.map((extent, axis) => extent + Math.max(0, -totals[axis]!)),
  };
}

export const convolutions = { Conv: conv, ConvTranspose: convTranspose } satisfies Record<string, Importer>;
