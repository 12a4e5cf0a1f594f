// Layer normalisation (Ba et al., 2016): over the channels of each pixel or token, as transformers and ConvNeXt have it, or over the whole map.

import { as, only } from '../ir/foreign.ts';
import { numberOf } from './attributes.ts';
import { affineSpec, defineNormalization, epsilonSpec } from './normalization.ts';
import { checkOver, isOverMap, overSentences, overSpec } from './normalization-axes.ts';

const both = only('true', 'factor and summand are both there, or neither: affine: false');

export const layerNorm = defineNormalization({
  name: 'layer_norm',
  attributes: {
    over: overSpec,
    epsilon: epsilonSpec,
    affine: affineSpec(true),
  },
  constraints: overSentences('layer_norm'),
  check: checkOver,
  normalizes: (attributes) => ({
    over: isOverMap(attributes) ? 'map' : 'channels',
    groups: 1,
    centred: true,
    epsilon: numberOf(attributes, 'epsilon'),
  }),
  bias: true,
  perElement: isOverMap,
  describe: (attributes) => `layer_norm${isOverMap(attributes) ? ' over map' : ''}`,
  elsewhere: {
    PyTorch: {
      LayerNorm: {
        differs:
          'which axes it normalises follows from its shape: of the channels it is layer_norm, of [C, H, W] layer_norm(over: map)',
      },
    },
    Keras: {
      LayerNormalization: {
        arguments: {
          axis: only('-1', 'over all axes it is layer_norm(over: map)'),
          epsilon: as('epsilon', '0.001'),
          center: both,
          scale: both,
        },
      },
    },
    ONNX: {
      LayerNormalization: { differs: 'it has an axis from which on it normalises; here it is over: channels or map' },
    },
  },
});
