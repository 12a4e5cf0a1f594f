// Sums over the images and pixels of a batch, for each channel: gradients of biases, losses, the means of batch norm.

import { x } from '../ir/scalar.ts';
import { defineBatchSum } from './combination.ts';

export const channelSum = defineBatchSum({
  name: 'channel_sum',
  // The sum of each channel over all images and pixels.
  values: 1,
  expression: () => x,
});
