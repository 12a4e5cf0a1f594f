// Group normalisation (Wu & He, 2018): over the channels of a group and all their pixels.

import { as, known } from '../ir/foreign.ts';
import { numberOf } from './attributes.ts';
import { isFlow, nearestDivisor, notAFlow, sentences } from './limits.ts';
import { affineSpec, defineNormalization, epsilonSpec } from './normalization.ts';
import { step } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';

export const groupNorm = defineNormalization({
  name: 'group_norm',
  attributes: {
    groups: { type: 'int', minimum: 1 },
    epsilon: epsilonSpec,
    affine: affineSpec(true),
  },
  constraints: {
    C1: sentences.flow('group_norm'),
    C2: 'the groups of `group_norm` must divide the channels',
  },
  check([input], attributes, report) {
    const { shape } = input!;
    const groups = numberOf(attributes, 'groups');
    if (!isFlow(shape)) report('C1', notAFlow(shape));
    else if (shape[0]! % groups !== 0) {
      report('C2', {
        found: `${shape[0]} channels in ${groups} groups`,
        attribute: 'groups',
        suggestion: { attribute: 'groups', value: nearestDivisor(shape[0]!, groups) },
      });
    } else return true;
    return false;
  },
  normalizes: (attributes) => ({
    over: 'map',
    groups: numberOf(attributes, 'groups'),
    centred: true,
    epsilon: numberOf(attributes, 'epsilon'),
  }),
  bias: true,
  describe: (attributes) => `group_norm ${numberOf(attributes, 'groups')}`,
  elsewhere: {
    PyTorch: {
      GroupNorm: {
        arguments: {
          num_groups: as('groups'),
          num_channels: known,
          eps: as('epsilon', '1e-5'),
          affine: as('affine', 'true'),
        },
      },
    },
    Keras: { GroupNormalization: { arguments: { groups: as('groups', '32'), epsilon: as('epsilon', '0.001') } } },
    ONNX: {
      GroupNormalization: { arguments: { num_groups: as('groups'), epsilon: as('epsilon', '1e-5') }, positional: 0 },
    },
  },
});

/** Examples of its rules. */
export const groupNormExamples: RuleExamples = () => ({
  C1: { explanation: 'Every value of the language is one or the other, so that no file can break this rule.' },
  C2: step('The channels are cut into parts of equal size.', '[8, 4, 4]', 'group_norm(3)', 'group_norm(4)'),
});
