// What can be done about operators that are not supported, where more is known than that.

import type { NodeProto } from './file/messages.ts';

const CUT = 'write this part of the network with other operators, or cut the model before it';
/** Of what a program does better with a network's outputs. */
const OUTSIDE = 'end the model before it (onnx.utils.extract_model)';
const RECURRENT =
  'networks here have no state from step to step: write few steps out, or end the model before it (onnx.utils.extract_model)';
const UNROLLED = 'export the model as a trace, in which loops are written out: torch.onnx.export of the module itself';
const PLACES = 'it reads at places that the network computes, which networks here cannot: end the model before it';
const REGIONS =
  'its regions name their images, and here each image has its own: end the model before it, and write roi_align or roi_pool behind the imported text';
const RANDOM = 'networks here draw no numbers: make it an input, or export the model in evaluation mode';
const WRITTEN_OUT = 'export with opset_version=17, which writes it out in operators that are known';

const mends: ReadonlyMap<string, string> = new Map(
  (
    [
      [
        `${OUTSIDE}, with boxes and scores as outputs, and choose among the boxes in your program`,
        ['NonMaxSuppression'],
      ],
      [`${OUTSIDE}, with its input as an output, and sort that in your program`, ['Unique']],
      [RECURRENT, ['LSTM', 'GRU', 'RNN']],
      [UNROLLED, ['Loop', 'Scan']],
      [REGIONS, ['RoiAlign', 'MaxRoiPool']],
      [PLACES, ['GridSample', 'DeformConv', 'AffineGrid']],
      [RANDOM, ['RandomNormal', 'RandomNormalLike', 'RandomUniform', 'RandomUniformLike', 'Bernoulli', 'Multinomial']],
      [WRITTEN_OUT, ['RotaryEmbedding']],
    ] as const
  ).flatMap(([mend, names]) => names.map((name) => [name, mend] as const)),
);

/** How a model with a node of an unsupported operator can be run all the same. */
export function mendOf({ domain, opType }: Pick<NodeProto, 'domain' | 'opType'>): string {
  if (domain === '' || domain === 'ai.onnx') return mends.get(opType) ?? CUT;
  if (domain === 'com.microsoft')
    return 'onnxruntime made it where it optimised the model: take the file that it was given, as the exporter wrote it';
  return CUT;
}
