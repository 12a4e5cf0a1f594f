// Means over windows that divide the image, as in PyTorch's AdaptiveAvgPool2d.

import { defineAdaptivePooling } from './adaptive-pooling.ts';
import { adaptiveAvgPoolGradient } from './avg-pool-gradient.ts';

export const adaptiveAvgPool = defineAdaptivePooling({
  name: 'adaptive_avg_pool',
  reduces: 'mean',
  reduce: (pixels) => pixels.reduce((sum, pixel) => sum + pixel, 0) / pixels.length,
  unchanged: () => 'positive',
  companions: [adaptiveAvgPoolGradient],
  gradient: ({ apply, operands: [x], upstream: [dy], typeOf }) => [
    apply('adaptive_avg_pool_gradient', [dy!], { size: typeOf(x!).shape.slice(1) }),
  ],
});
