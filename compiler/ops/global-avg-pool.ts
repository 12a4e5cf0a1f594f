// The mean of each channel (Lin et al., 2013, "Network in network").

import { sizeOf } from '../ir/tensor-type.ts';
import { defineGlobalPooling } from './global-pooling.ts';

export const globalAvgPool = defineGlobalPooling({
  name: 'global_avg_pool',
  reduces: 'mean',
  reduce: (plane) => plane.reduce((sum, pixel) => sum + pixel, 0) / plane.length,
  // Every pixel gets the same share.
  gradient({ apply, operands: [x], upstream: [dy], typeOf }) {
    const factor = typeOf(x!).shape.slice(1);
    return [apply('upsample', [apply('times', [dy!], { factor: 1 / sizeOf(factor) })], { factor })];
  },
});
