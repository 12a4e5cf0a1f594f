// The largest pixels of windows that divide the image, as in PyTorch's AdaptiveMaxPool2d.

import { as, only } from '../ir/foreign.ts';
import { defineAdaptivePooling } from './adaptive-pooling.ts';
import { adaptiveMaxPoolGradient } from './max-pool-gradient.ts';

const pytorch = { arguments: { output_size: as('size'), return_indices: only('false') } };

export const adaptiveMaxPool = defineAdaptivePooling({
  name: 'adaptive_max_pool',
  reduces: 'max',
  reduce: (pixels) => pixels.reduce((largest, pixel) => Math.max(largest, pixel), -Infinity),
  unchanged: () => true,
  takes: () => 'moves',
  companions: [adaptiveMaxPoolGradient],
  gradient: ({ apply, attributes, operands: [x], upstream: [dy] }) => [
    apply('adaptive_max_pool_gradient', [dy!, x!], attributes),
  ],
  elsewhere: {
    PyTorch: { AdaptiveMaxPool2d: pytorch, adaptive_max_pool2d: pytorch },
    Keras: { AdaptiveMaxPooling2D: { arguments: { output_size: as('size') } } },
  },
});
