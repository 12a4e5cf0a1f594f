// Conv and ConvTranspose, with weights [O,I/groups,KH,KW] and [I,O/groups,KH,KW] as the language has them.

import { numberOf, sizeAt, wordOf } from '../../../../compiler/ops/attributes.ts';
import { windowOf } from '../../../../compiler/ops/window.ts';
import type { Window } from '../../../../compiler/ir/operator.ts';
import { int, ints } from '../attributes.ts';
import type { Exporter, ExportSite, NamedAttributes } from '../site.ts';
import { flipped, widened } from '../tensors.ts';

/** The attributes of a window; ONNX pads top, left, bottom, right, as the language does. */
export const windowAttributes = ({ kernel, stride, padding }: Window): NamedAttributes => ({
  kernel_shape: ints(kernel),
  strides: ints(stride),
  pads: ints(padding),
});

/** Strict convolution slides turned windows, which ONNX has not: the weights are written turned. */
const convolution =
  (groupsOf: (site: ExportSite) => number): Exporter =>
  (site) => {
    const window = windowOf(site.attributes);
    const isStrict = wordOf(site.attributes, 'mode') === 'convolution';
    const arranged = (data: Float32Array): Float32Array => flipped(data, window.kernel);
    const weight = isStrict
      ? site.parameter('weight', { key: 'turned', dims: site.parameterShape('weight'), arranged })
      : site.parameter('weight');
    return site.emit('Conv', [site.operand(0), weight, site.parameter('bias')], {
      ...windowAttributes(window),
      dilations: ints(window.dilation),
      group: int(groupsOf(site)),
    });
  };

/** ONNX adds fewer rows than the stride has. More, of which a dilation has enough, are those of one more tap, whose weights are 0. */
const transposed: Exporter = (site) => {
  const { kernel, stride, padding, dilation } = windowOf(site.attributes);
  const added = sizeAt(site.attributes, 'output_padding');
  const more = added.map((rows, axis) => (rows < stride[axis]! ? 0 : 1)) as [number, number];
  const taps = kernel.map((count, axis) => count + more[axis]!) as [number, number];
  const ends = more.map((tap, axis) => padding[axis + 2]! + tap * (dilation[axis]! - added[axis]!));
  const shape = site.parameterShape('weight');
  const dims = [...shape.slice(0, 2), ...taps];
  const arranged = (data: Float32Array): Float32Array => widened(data, kernel, taps);
  const weight = more.includes(1)
    ? site.parameter('weight', { key: `taps${taps.join('x')}`, dims, arranged })
    : site.parameter('weight');
  return site.emit('ConvTranspose', [site.operand(0), weight, site.parameter('bias')], {
    kernel_shape: ints(taps),
    strides: ints(stride),
    pads: ints([...padding.slice(0, 2), ...ends]),
    dilations: ints(dilation),
    output_padding: ints(added.map((rows, axis) => (more[axis] ? 0 : rows))),
    group: int(numberOf(site.attributes, 'groups')),
  });
};

export const convolutions = {
  conv: convolution(({ attributes }) => numberOf(attributes, 'groups')),
  conv_transpose: transposed,
  depthwise_conv: convolution(({ inputs: [input] }) => input!.shape[0]!),
} satisfies Record<string, Exporter>;
