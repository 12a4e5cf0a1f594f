// Σ x · y over the images and pixels of a batch, for each channel: gradients of learned factors.

import { channel, mul, x } from '../ir/scalar.ts';
import { defineBatchSum } from './combination.ts';

export const productSum = defineBatchSum({
  name: 'product_sum',
  // The sum of the products of two values over all images and pixels, for each channel.
  values: 2,
  expression: () => mul(x, channel(1)),
});
