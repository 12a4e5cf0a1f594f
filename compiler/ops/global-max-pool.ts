// The largest number of each channel.

import { globalMaxPoolGradient } from './max-pool-gradient.ts';
import { defineGlobalPooling } from './global-pooling.ts';

export const globalMaxPool = defineGlobalPooling({
  name: 'global_max_pool',
  reduces: 'max',
  reduce: (plane) => plane.reduce((largest, pixel) => Math.max(largest, pixel), -Infinity),
  takes: () => 'moves',
  companions: [globalMaxPoolGradient],
  gradient: ({ apply, operands: [x], upstream: [dy] }) => [apply('global_max_pool_gradient', [dy!, x!])],
});
