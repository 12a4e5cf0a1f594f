// A permutation of any number of axes, by operators on three: axes of extent 1 and neighbours that stay neighbours are seen as one, and
// what is left is an operator of the language, or several permutations one after the other.

import type { ValueId } from '../../../compiler/ir/graph.ts';
import { countOf } from '../constant.ts';
import type { Flow } from '../flow.ts';
import type { Site } from '../site.ts';

/** Axis i of the result is axis `order[i]` of `dims`; the batch is not counted. */
export function permuted(site: Site, { value, dims }: Flow, order: readonly number[]): ValueId {
  const runs: number[][] = [];
  for (const axis of order.filter((one) => dims[one] !== 1)) {
    const last = runs.at(-1);
    if (last && axis > last.at(-1)! && dims.slice(last.at(-1)! + 1, axis).every((extent) => extent === 1))
      last.push(axis);
    else runs.push([axis]);
  }
  const inOrder = runs.toSorted((a, b) => a[0]! - b[0]!);
  const extents = inOrder.map((run) => countOf(run.map((axis) => dims[axis]!)));
  const places = runs.map((run) => inOrder.indexOf(run));
  if (places.join() === '1,0,2') {
    const [groups, size] = extents as [number, number, number];
    const last = inOrder[2]!.map((axis) => dims[axis]!);
    const image = [groups * size, ...(last.length === 2 ? last : [1, countOf(last)])];
    return site.apply('channel_shuffle', [site.shaped(value, image)], { groups });
  }
  if (places.length <= 3) return turned(site, value, extents, places);
  return shuffled(site, value, extents, places) ?? stepwise(site, value, extents, places);
}

/** At most three axes. */
function turned(site: Site, value: ValueId, extents: readonly number[], places: readonly number[]): ValueId {
  if (places.every((place, at) => place === at)) return value;
  if (places.length === 2 || places.join() === '0,2,1') return site.apply('transpose', [site.shaped(value, extents)]);
  const order = places.map((at) => 'chw'[at]!).join('');
  return site.apply('permute', [site.shaped(value, extents)], { order });
}

/** The five axes of a pixel shuffle: [C, r, r, H, W] → [C, H, r, W, r], and back. */
function shuffled(
  site: Site,
  value: ValueId,
  extents: readonly number[],
  places: readonly number[],
): ValueId | undefined {
  const five =
    places.length === 4
      ? { extents: [1, ...extents], places: [0, ...places.map((at) => at + 1)] }
      : { extents, places };
  const [a, b, c, d, e] = five.extents as [number, number, number, number, number];
  const pattern = five.places.join();
  if (pattern === '0,3,1,4,2' && b === c)
    return site.apply('pixel_shuffle', [site.shaped(value, [a * b * c, d, e])], { factor: b });
  if (pattern === '0,2,4,1,3' && c === e)
    return site.apply('pixel_unshuffle', [site.shaped(value, [a, b * c, d * e])], { factor: c });
  return undefined;
}

/** The axis that belongs at each place is moved there, over those between. */
function stepwise(site: Site, value: ValueId, extents: readonly number[], places: readonly number[]): ValueId {
  let result = value;
  const left = places.map((place) => ({ place, extent: extents[place]! })).toSorted((a, b) => a.place - b.place);
  for (const [at, place] of places.entries()) {
    const from = left.findIndex((axis) => axis.place === place);
    if (from === at) continue;
    const size = (start: number, end: number): number => countOf(left.slice(start, end).map(({ extent }) => extent));
    const [before, over, own, behind] = [size(0, at), size(at, from), left[from]!.extent, size(from + 1, left.length)];
    // What stays before is behind the others meanwhile.
    if (before > 1) result = turned(site, result, [before, over * own * behind], [1, 0]);
    const rest = behind * before;
    result =
      rest === 1 ? turned(site, result, [over, own], [1, 0]) : turned(site, result, [over, own, rest], [1, 0, 2]);
    if (before > 1) result = turned(site, result, [own * over * behind, before], [1, 0]);
    left.splice(at, 0, ...left.splice(from, 1));
  }
  return result;
}
