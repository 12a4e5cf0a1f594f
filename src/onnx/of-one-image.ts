// A constant beside values that have a batch: it must be the same for all images.

import { constantOf, countOf } from './constant.ts';
import type { Constant } from './constant.ts';
import { BatchRefusal } from './problem.ts';

/** Without axis 0, which is the batch: of extent 1, or the number of images that the file is for with the same numbers for each. */
export function ofOneImage(tensor: Constant): Constant {
  const [images, ...dims] = tensor.dims;
  if (images === undefined || images === 0 || (images > 1 && differs(tensor, countOf(dims))))
    throw new BatchRefusal('its constant differs from image to image', 'export the model with a batch of one image');
  return constantOf(tensor.name, dims, tensor.kind, () =>
    images === 1 ? tensor.data : tensor.data.slice(0, countOf(dims)),
  );
}

/** Whether an image has other numbers than the one before it. */
function differs({ data }: Constant, size: number): boolean {
  return data.some((value, at) => at >= size && !Object.is(value, data[at - size]));
}
