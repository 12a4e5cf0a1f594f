// Two-dimensional convolution (LeCun et al., 1989) as in PyTorch's Conv2d: cross-correlation unless `mode` says otherwise.

import type { Attributes } from '../ir/graph.ts';
import type { Operator } from '../ir/operator.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import { numberOf, weightSpecs, windowSpecs } from './attributes.ts';
import {
  convolutionGradients,
  convolutionParameters,
  convolve,
  convolvedShape,
  groupConstraints,
  groupExamples,
  groupsDivide,
  groupsSpec,
  modeSpec,
  weightShape,
} from './convolution.ts';
import type { Channels } from './convolution.ts';
import { isImage, notAnImage, sentences, withinLimit } from './limits.ts';
import { image, size, window } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { axesOf, describeWindow, explainAxes, noWindowFits, paddedShape, resolveSame, windowOf } from './window.ts';

export const conv: Operator = {
  name: 'conv',
  attributes: {
    channels: { type: 'int', minimum: 1 },
    ...windowSpecs,
    groups: groupsSpec,
    bias: weightSpecs.bias,
    mode: modeSpec,
    weight: weightSpecs.weight,
  },
  constraints: {
    C1: sentences.image('conv'),
    ...groupConstraints('conv'),
    C4: sentences.window('conv'),
    C5: sentences.size('conv'),
  },
  canonical: resolveSame,
  infer([input], attributes, report) {
    const { shape } = input!;
    if (!isImage(shape)) return report('C1', notAnImage(shape));
    const { channels, groups } = channelsOf(attributes);
    if (!groupsDivide(shape[0]!, { channels, groups }, report)) return undefined;
    const axes = axesOf(windowOf(attributes), shape);
    const result = convolvedShape(shape, attributes, { channels, groups });
    if (!result.every((extent) => extent >= 1)) return report('C4', noWindowFits(axes));
    const weight = weightShape(shape, attributes, { channels, groups });
    return withinLimit([{ ...input!, shape: result }], report, 'C5', weight, paddedShape(shape, axes));
  },
  reference: (operands, attributes, [input]) => [convolve(operands, attributes, input!, channelsOf(attributes))],
  parameters(attributes, [input]) {
    const channels = channelsOf(attributes);
    return convolutionParameters(weightShape(input!.shape, attributes, channels), channels.channels, attributes);
  },
  // One per weight and output pixel: O · C/g · KH · KW · OH · OW
  macs: (attributes, [input], [result]) =>
    sizeOf(weightShape(input!.shape, attributes, channelsOf(attributes))) * sizeOf(result!.shape.slice(1)),
  window: windowOf,
  explain: (attributes, [input]) => explainAxes(axesOf(windowOf(attributes), input!.shape)),
  describe: (attributes) => describeWindow('conv', attributes),
  lowering: { kind: 'convolution' },
  groups: (attributes) => numberOf(attributes, 'groups'),
  gradient: (site) => convolutionGradients(site, numberOf(site.attributes, 'groups')),
};

/** Examples of its rules. */
export const convExamples: RuleExamples = () => ({
  C1: image('conv(6, kernel: 3)'),
  ...groupExamples('conv'),
  C4: window('conv', '6, '),
  C5: size('[65536, 1, 1]', 'conv(65536, kernel: 1)', 'conv(1024, kernel: 1)', true),
});

function channelsOf(attributes: Attributes): Channels {
  return { channels: numberOf(attributes, 'channels'), groups: numberOf(attributes, 'groups') };
}
