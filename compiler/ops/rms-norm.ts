// Root-mean-square normalisation (Zhang & Sennrich, 2019): x / √(mean of x² + ε), times a learned factor.

import { numberOf } from './attributes.ts';
import { affineSpec, defineNormalization, epsilonSpec } from './normalization.ts';
import { checkOver, isOverMap, overSentences, overSpec } from './normalization-axes.ts';

export const rmsNorm = defineNormalization({
  name: 'rms_norm',
  attributes: {
    over: overSpec,
    epsilon: epsilonSpec,
    affine: affineSpec(true),
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
