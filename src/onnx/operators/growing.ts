// Repeating a value along axes of extent 1, as broadcasting does: `resize` takes the nearest pixel, which is exact.

import type { ValueId } from '../../../compiler/ir/graph.ts';
import { countOf } from '../constant.ts';
import { padded } from '../shapes.ts';
import type { Site } from '../site.ts';

/** The value of the axes `own` with those of the larger `dims`. */
export function grown(site: Site, value: ValueId, given: readonly number[], dims: readonly number[]): ValueId {
  const own = padded(given, dims.length);
  let [result, extents] = [value, own];
  for (const [axis, extent] of dims.entries()) {
    if (extents[axis] === extent) continue;
    const isImage = axis === 1 && dims.length === 3 && own[1] === 1 && own[2] === 1;
    const image = isImage ? extents : [countOf(extents.slice(0, axis)), 1, countOf(extents.slice(axis + 1))];
    const size = isImage ? dims.slice(1) : [extent, image[2]!];
    result = site.apply('resize', [site.shaped(result, image)], { size, mode: 'nearest' });
    extents = isImage ? dims : extents.with(axis, extent);
  }
  return result;
}
