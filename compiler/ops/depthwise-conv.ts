// Convolution of each channel by itself (Sifre, 2014; Howard et al., 2017, MobileNet): groups = channels.

import type { Attributes } from '../ir/graph.ts';
import type { Operator } from '../ir/operator.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { Shape } from '../ir/tensor-type.ts';
import { numberOf, weightSpecs, windowSpecs } from './attributes.ts';
import {
  convolutionGradients,
  convolutionParameters,
  convolve,
  convolvedShape,
  modeSpec,
  weightShape,
} from './convolution.ts';
import type { Channels } from './convolution.ts';
import { isImage, notAnImage, sentences, withinLimit } from './limits.ts';
import { image, size, window } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { axesOf, describeWindow, explainAxes, noWindowFits, paddedShape, resolveSame, windowOf } from './window.ts';

export const depthwiseConv: Operator = {
  name: 'depthwise_conv',
  attributes: {
    ...windowSpecs,
    multiplier: { type: 'int', default: 1, minimum: 1 },
    bias: weightSpecs.bias,
    mode: modeSpec,
    weight: weightSpecs.weight,
  },
  constraints: {
    C1: sentences.image('depthwise_conv'),
    C2: sentences.window('depthwise_conv'),
    C3: sentences.size('depthwise_conv'),
  },
  canonical: resolveSame,
  infer([input], attributes, report) {
    const { shape } = input!;
    if (!isImage(shape)) return report('C1', notAnImage(shape));
    const channels = channelsOf(attributes, shape);
    const axes = axesOf(windowOf(attributes), shape);
    const result = convolvedShape(shape, attributes, channels);
    if (!result.every((extent) => extent >= 1)) return report('C2', noWindowFits(axes));
    const weight = weightShape(shape, attributes, channels);
    return withinLimit([{ ...input!, shape: result }], report, 'C3', weight, paddedShape(shape, axes));
  },
  // x [N,C,H,W] · w [C·m,1,KH,KW] · b [C·m] → y [N,C·m,OH,OW]
  reference: (operands, attributes, [input]) => [
    convolve(operands, attributes, input!, channelsOf(attributes, input!.shape)),
  ],
  parameters(attributes, [input]) {
    const channels = channelsOf(attributes, input!.shape);
    return convolutionParameters(weightShape(input!.shape, attributes, channels), channels.channels, attributes);
  },
  // One per weight and output pixel: C · m · KH · KW · OH · OW
  macs: (attributes, [input], [result]) =>
    sizeOf(weightShape(input!.shape, attributes, channelsOf(attributes, input!.shape))) *
    sizeOf(result!.shape.slice(1)),
  window: windowOf,
  explain: (attributes, [input]) => explainAxes(axesOf(windowOf(attributes), input!.shape)),
  describe: (attributes) => describeWindow('depthwise_conv', attributes),
  lowering: { kind: 'convolution' },
  groups: (_, [input]) => input!.shape[0]!,
  gradient: (site) => convolutionGradients(site, site.typeOf(site.operands[0]!).shape[0]!),
};

/** Examples of its rules. */
export const depthwiseConvExamples: RuleExamples = () => ({
  C1: image('depthwise_conv(kernel: 3)'),
  C2: window('depthwise_conv', ''),
  C3: size('[1, 46340, 46340]', 'depthwise_conv(kernel: 1, padding: 1)', 'depthwise_conv(kernel: 1)', true),
});

function channelsOf(attributes: Attributes, input: Shape): Channels {
  return { channels: input[0]! * numberOf(attributes, 'multiplier'), groups: input[0]! };
}
