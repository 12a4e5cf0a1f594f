// The mean of each channel (Lin et al., 2013, "Network in network").

import { defineGlobalPooling } from './global-pooling.ts';

export const globalAvgPool = defineGlobalPooling({
  name: 'global_avg_pool',
  summary: 'The mean of each channel.',
  reduces: 'mean',
  reduce: (plane) => plane.reduce((sum, pixel) => sum + pixel, 0) / plane.length,
});
