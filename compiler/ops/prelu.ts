// x, or a learned slope · x below 0 (He et al., 2015, "Delving deep into rectifiers").

import { channel, constant, less, mul, x } from '../ir/scalar.ts';
import { flagOf } from './attributes.ts';
import { channelsOf, sizeOf } from '../ir/tensor-type.ts';
import { defineElementwise } from './elementwise.ts';
import { preluInputGradient, preluWeightGradient } from './prelu-gradients.ts';

export const prelu = defineElementwise({
  name: 'prelu',
  attributes: {
    shared: { type: 'bool', default: false },
  },
  // weight [C], or [1] when shared
  parameters: (attributes, [input]) => [
    {
      name: 'weight',
      shape: [flagOf(attributes, 'shared') ? 1 : channelsOf(input!)],
      role: 'parameter',
      initial: { kind: 'constant', value: 0.25 },
    },
  ],
  keepsPositive: true,
  monotone: () => ({ not: 'has slopes that are known only when weights are loaded, and may be negative' }),
  unchanged: ({ isConstant }) => isConstant(1, 1),
  expression: () => less(x, constant(0), mul(channel(1), x), x),
  companions: [preluInputGradient, preluWeightGradient],
  gradient({ apply, attributes, operands: [value, weight], upstream: [dy], typeOf, needs }) {
    // A slope that all channels share is that of one channel.
    const { shape } = typeOf(value!);
    const seen = (operand: number): number =>
      flagOf(attributes, 'shared') ? apply('reshape', [operand], { shape: [1, 1, sizeOf(shape)] }) : operand;
    return [
      needs(0) ? apply('prelu_input_gradient', [dy!, value!, weight!]) : undefined,
      needs(1) ? apply('prelu_weight_gradient', [seen(dy!), seen(value!)]) : undefined,
    ];
  },
});
