// The mean of each window. As in PyTorch's AvgPool2d the divisor counts padding, but never what overhangs it.

import { flagOf } from './attributes.ts';
import { avgPoolGradient } from './avg-pool-gradient.ts';
import { definePooling } from './pooling.ts';

export const avgPool = definePooling({
  name: 'avg_pool',
  attributes: { count_padding: { type: 'bool', default: true } },
  reduces: 'mean',
  reduce: (pixels, taps, attributes) =>
    pixels.reduce((sum, pixel) => sum + pixel, 0) / (flagOf(attributes, 'count_padding') ? taps : pixels.length),
  companions: [avgPoolGradient],
  gradient: ({ apply, attributes, operands: [x], upstream: [dy], typeOf }) => [
    apply('avg_pool_gradient', [dy!], { ...attributes, size: typeOf(x!).shape.slice(1) }),
  ],
});
