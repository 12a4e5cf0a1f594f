// Instance normalisation (Ulyanov et al., 2016): each channel of each image by itself.

import { as, known, only } from '../ir/foreign.ts';
import { numberOf } from './attributes.ts';
import { isImage, notAnImage, sentences } from './limits.ts';
import { affineSpec, defineNormalization, epsilonSpec } from './normalization.ts';
import { image } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';

export const instanceNorm = defineNormalization({
  name: 'instance_norm',
  attributes: {
    epsilon: epsilonSpec,
    affine: affineSpec(false),
  },
  constraints: { C1: sentences.image('instance_norm') },
  check([input], _, report) {
    if (isImage(input!.shape)) return true;
    report('C1', notAnImage(input!.shape));
    return false;
  },
  normalizes: (attributes, input) => ({
    over: 'map',
    groups: input.shape[0]!,
    centred: true,
    epsilon: numberOf(attributes, 'epsilon'),
  }),
  bias: true,
  elsewhere: {
    PyTorch: {
      InstanceNorm2d: {
        arguments: {
          num_features: known,
          eps: as('epsilon', '1e-5'),
          momentum: only('0.1', 'it is the weight of new running statistics, of which there are none'),
          affine: as('affine', 'false'),
          track_running_stats: only('false', 'the statistics are those of each image'),
        },
      },
    },
    ONNX: {
      InstanceNormalization: {
        arguments: { epsilon: as('epsilon', '1e-5') },
        positional: 0,
        also: { affine: 'true' },
      },
    },
  },
});

/** Examples of its rules. */
export const instanceNormExamples: RuleExamples = () => ({ C1: image('instance_norm') });
