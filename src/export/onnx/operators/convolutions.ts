// Conv and ConvTranspose, with weights [O,I/groups,KH,KW] and [I,O/groups,KH,KW] as the language has them.

import { numberOf, sizeAt, wordOf } from '../../../../compiler/ops/attributes.ts';
import { windowOf } from '../../../../compiler/ops/window.ts';
import type { Window } from '../../../../compiler/ir/operator.ts';
import { int, ints } from '../attributes.ts';
import type { Exporter, ExportSite, NamedAttributes } from '../site.ts';
import { flipped } from '../tensors.ts';

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

const transposed: Exporter = (site) => {
  const window = windowOf(site.attributes);
  return site.emit('ConvTranspose', [site.operand(0), site.parameter('weight'), site.parameter('bias')], {
    ...windowAttributes(window),
    dilations: ints(window.dilation),
    output_padding: ints(sizeAt(site.attributes, 'output_padding')),
    group: int(numberOf(site.attributes, 'groups')),
  });
};

export const convolutions = {
  conv: convolution(({ attributes }) => numberOf(attributes, 'groups')),
  conv_transpose: transposed,
  depthwise_conv: convolution(({ inputs: [input] }) => input!.shape[0]!),
} satisfies Record<string, Exporter>;
