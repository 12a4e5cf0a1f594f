// Constants beside values that have a batch: what they say of it, and that they are the same for all images.

import { constantOf, countOf } from './constant.ts';
import type { Constant } from './constant.ts';
import { BatchRefusal } from './problem.ts';
import type { Site } from './site.ts';

/** Without axis 0, which is the batch: of extent 1, or the number of images that the file is for with the same numbers for each. */
export function ofOneImage({ images }: Pick<Site, 'images'>, tensor: Constant): Constant {
  const [count = 0, ...dims] = tensor.dims;
  if (count !== 1 && count !== images)
    throw new BatchRefusal(
      `its constant is for ${count} images, and the file for ${images ?? 'any number of them'}`,
      'export the model with a batch of one image',
    );
  if (count > 1 && differs(tensor, countOf(dims)))
    throw new BatchRefusal('its constant differs from image to image', 'export the model with a batch of one image');
  return constantOf(tensor.name, dims, tensor.type, () =>
    count === 1 ? tensor.data : tensor.data.slice(0, countOf(dims)),
  );
}

/** Whether element `at` of a shape is the number of images; where a file names it, exporters write 1. */
export function isImages({ images = 1 }: Pick<Site, 'images'>, { data, perImage }: Constant, at: number): boolean {
  return perImage?.[at] ? perImage[at] === 1 && data[at] === 0 : data[at] === images;
}

/** Whether an image has other numbers than the one before it. */
function differs({ data }: Constant, size: number): boolean {
  return data.some((value, at) => at >= size && !Object.is(value, data[at - size]));
}
