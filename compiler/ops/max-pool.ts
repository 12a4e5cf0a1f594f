// The largest pixel of each window; padding counts as −∞, as in PyTorch's MaxPool2d.

import { windowSpecs } from './attributes.ts';
import { maxPoolGradient } from './max-pool-gradient.ts';
import { definePooling } from './pooling.ts';

export const maxPool = definePooling({
  name: 'max_pool',
  attributes: { dilation: windowSpecs.dilation },
  reduces: 'max',
  reduce: (pixels) => pixels.reduce((largest, pixel) => Math.max(largest, pixel), -Infinity),
  takes: () => 'moves',
  companions: [maxPoolGradient],
  gradient: ({ apply, attributes, operands: [x], upstream: [dy] }) => [
    apply('max_pool_gradient', [dy!, x!], attributes),
  ],
});
