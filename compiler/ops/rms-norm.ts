// Root-mean-square normalisation (Zhang & Sennrich, 2019): x / √(mean of x² + ε), times a learned factor.

import { numberOf } from './attributes.ts';
import { affineSpec, defineNormalization, epsilonSpec } from './normalization.ts';
import { checkOver, isOverMap, overSentences, overSpec } from './normalization-axes.ts';

export const rmsNorm = defineNormalization({
  name: 'rms_norm',
  summary: 'Divides the channels of each pixel by their root mean square, or all numbers of the map together.',
  attributes: {
    over: overSpec,
    epsilon: { ...epsilonSpec, doc: 'Added to the mean square.' },
    affine: affineSpec(true, 'Whether learned numbers scale: one per channel, or per number of the map.'),
  },
  constraints: overSentences('rms_norm'),
  check: checkOver,
  normalizes: (attributes) => ({
    over: isOverMap(attributes) ? 'map' : 'channels',
    groups: 1,
    centred: false,
    epsilon: numberOf(attributes, 'epsilon'),
  }),
  bias: false,
  perElement: isOverMap,
  describe: (attributes) => `rms_norm${isOverMap(attributes) ? ' over map' : ''}`,
  elsewhere: {
    PyTorch: {
      RMSNorm: { differs: 'which axes it normalises follows from its shape; of the channels it is rms_norm' },
    },
  },
});
