// A learned factor and summand per channel, as Caffe's Scale layer has them after its BatchNorm.

import type { ParameterSpec } from '../ir/operator.ts';
import { channelsOf } from '../ir/tensor-type.ts';
import { add, channel, mul, x } from '../ir/scalar.ts';
import { flagOf, weightSpecs } from './attributes.ts';
import { defineElementwise } from './elementwise.ts';

export const scale = defineElementwise({
  name: 'scale',
  attributes: weightSpecs,
  // weight [C] · bias [C]
  parameters(attributes, [input]) {
    const shape = [channelsOf(input!)];
    const weight: ParameterSpec = { name: 'weight', shape, role: 'parameter', initial: { kind: 'constant', value: 1 } };
    const bias: ParameterSpec = { name: 'bias', shape, role: 'parameter', initial: { kind: 'constant', value: 0 } };
    return flagOf(attributes, 'bias') ? [weight, bias] : [weight];
  },
  unchanged({ operands, isConstant }) {
    if (!isConstant(1, 1)) return false;
    return operands === 2 || isConstant(2, -0) || (isConstant(2, 0) && 'positive');
  },
  gradient: ({ apply, operands: [value, weight, bias], upstream: [dy], needs }) => [
    needs(0) ? apply('scale', [dy!], { bias: false }, [weight!]) : undefined,
    needs(1) ? apply('product_sum', [dy!, value!]) : undefined,
    ...(bias === undefined ? [] : [needs(2) ? apply('channel_sum', [dy!]) : undefined]),
  ],
  expression: (attributes) => (flagOf(attributes, 'bias') ? add(mul(x, channel(1)), channel(2)) : mul(x, channel(1))),
});
