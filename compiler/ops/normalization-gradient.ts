// The gradient of a normalisation by its input. With y = (x − μ) · r, r = 1 / √(σ² + ε), it is r · (dy − mean of dy − y · mean of
// dy · y), the means over the numbers that are normalised together; without the mean of dy where none is taken from x.

import type { Attributes } from '../ir/graph.ts';
import type { Normalization, Operator } from '../ir/operator.ts';
import { flagOf, numberOf, wordOf } from './attributes.ts';
import { groupNumbers, meansOf, momentsOf } from './normalized.ts';

const normalizationOf = (attributes: Attributes): Normalization => ({
  over: wordOf(attributes, 'over') as Normalization['over'],
  groups: numberOf(attributes, 'groups'),
  centred: flagOf(attributes, 'centred'),
  epsilon: numberOf(attributes, 'epsilon'),
});

export const normalizationGradient: Operator = {
  name: 'normalization_gradient',
  // The gradient of a normalisation by its input, from that of its result.
  internal: true,
  arity: { min: 2, max: 2 },
  attributes: {
    over: {
      type: 'choice',
      choices: ['channels', 'map'],
      // What is normalised: the channels of each pixel, or maps.
    },
    // Into how many parts the channels are cut, over maps.
    groups: { type: 'int', minimum: 1 },
    // Whether the mean is taken away.
    centred: { type: 'bool' },
    // Added to the variance.
    epsilon: { type: 'float', minimum: 0 },
  },
  constraints: {},
  infer: (inputs) => inputs.slice(0, 1),
  // dy [N,C,…] · x [N,C,…] → dx [N,C,…]
  reference([dy, x], attributes, [type]) {
    const normalization = normalizationOf(attributes);
    const numbers = groupNumbers(x!.data.length, type!, normalization);
    const { mean, inverse } = momentsOf(x!.data, numbers, normalization);
    const normal = x!.data.map((value, at) => (value - mean[numbers[at]!]!) * inverse[numbers[at]!]!);
    const shift = meansOf(numbers, (at) => (normalization.centred ? dy!.data[at]! : 0));
    const slope = meansOf(numbers, (at) => dy!.data[at]! * normal[at]!);
    const data = dy!.data.map((value, at) => {
      const group = numbers[at]!;
      return inverse[group]! * (value - shift[group]! - normal[at]! * slope[group]!);
    });
    return [{ shape: dy!.shape, data }];
  },
  normalizes: normalizationOf,
  lowering: { kind: 'normalization-gradient' },
};
