// Means over the images of a batch, whose number is known only when a step runs, as a value [1].

import { channel, constant, div, mul, x } from '../ir/scalar.ts';
import { numberOf } from './attributes.ts';
import { defineCombination } from './combination.ts';

/** sums [C] · images [1] → [C]: the mean over images of `pixels` pixels. */
export const perImage = defineCombination({
  name: 'per_image',
  // Divides by the number of images, and by that of their pixels.
  // Pixels of each image.
  attributes: { pixels: { type: 'int', default: 1, minimum: 1 } },
  values: 2,
  expression: (values) => div(x, mul(channel(1), constant(numberOf(values, 'pixels')))),
});

/** losses [N,1] · images [1] → [N,1]: what each loss adds to their mean, 1 divided by the number of images. */
export const imageShare = defineCombination({
  name: 'image_share',
  // The part that each image has in a mean over all.
  values: 2,
  expression: () => div(constant(1), channel(1)),
});
