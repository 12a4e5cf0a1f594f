// Gather from a value by indices that are known, and Slice backwards: runs of neighbours are slices, which are joined.

import type { ValueId } from '../../../compiler/ir/graph.ts';
import type { Constant } from '../constant.ts';
import { withBatchAt } from '../flow.ts';
import type { Flow } from '../flow.ts';
import { refuse } from '../problem.ts';
import { along } from '../shapes.ts';
import type { Site } from '../site.ts';

const MAX_RUNS = 256;

/** What lies at the indices along `axis`; their own axes take its place. */
export function gathered(site: Site, { value, dims, batchAt = 0 }: Flow, indices: Constant): Flow {
  const axis = site.axis(site.attributes.int('axis', 0), dims.length + site.outer, batchAt);
  const extent = dims[axis]!;
  const places = [...indices.data].map((index) => (index < 0 ? index + extent : index));
  if (places.length === 0 || places.some((index) => !(index >= 0 && index < extent)))
    refuse(`an index lies outside the ${extent} along its axis`, 'see whether the model runs elsewhere');
  const result = takenAlong(site, value, dims, axis, places);
  const place = axis < batchAt ? batchAt + indices.dims.length - 1 : batchAt;
  return withBatchAt(site.result(result, [...dims.slice(0, axis), ...indices.dims, ...dims.slice(axis + 1)]), place);
}

/** What lies at `places` along `axis`, which are not empty and lie inside, in their order. */
export function takenAlong(
  site: Site,
  value: ValueId,
  dims: readonly number[],
  axis: number,
  places: readonly number[],
): ValueId {
  const starts = [...places.keys()].filter((at) => at === 0 || places[at] !== places[at - 1]! + 1);
  if (starts.length > MAX_RUNS)
    refuse(`it takes ${starts.length} parts of a value`, `at most ${MAX_RUNS} can be taken and joined`);
  const { shape, name } = along(dims, axis, site.shapeOf(value));
  const whole = site.shaped(value, shape);
  const parts = starts.map((from, run) => {
    const [start, last] = [places[from]!, places[(starts[run + 1] ?? places.length) - 1]!];
    if (start === 0 && last === dims[axis]! - 1) return whole;
    return site.apply('slice', [whole], { along: name, start, end: last + 1 });
  });
  return parts.length === 1 ? parts[0]! : site.apply('concat', parts, { along: name });
}
