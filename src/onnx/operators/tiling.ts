// Tile: equal copies of a tensor along its axes. What flows is repeated as broadcasting repeats it, along a new axis before the one that
// grows, which is then joined with it.

import { constantOf, countOf, reshapedConstant, spreadConstant } from '../constant.ts';
import type { Constant } from '../constant.ts';
import { BatchRefusal, refuse } from '../problem.ts';
import type { Flow } from '../flow.ts';
import type { Importer, Site } from '../site.ts';
import { grown } from './growing.ts';

const tile: Importer = (site) => {
  const operand = site.operand(0);
  const outer = operand.is === 'flow' ? site.outer : 0;
  const repeats = repeatsOf(site, operand.dims.length + outer);
  if (operand.is === 'constant') return [tiledConstant(operand, repeats)];
  if (outer === 1 && repeats[0] !== 1)
    throw new BatchRefusal('it repeats axis 0, which is the batch', 'export the model with a batch of one image');
  return [tiled(site, operand, repeats.slice(outer))];
};

/** How many copies each axis of the file has. */
function repeatsOf(site: Site, rank: number): readonly number[] {
  const repeats = [...site.constant(1, 'the number of copies').data];
  if (repeats.length !== rank || !repeats.every((count) => Number.isSafeInteger(count) && count >= 1))
    refuse(
      `its copies are [${repeats.slice(0, 8).join(', ')}], and its input has ${rank} axes`,
      'give each axis one whole number from 1 on',
    );
  return repeats;
}

function tiledConstant(tensor: Constant, repeats: readonly number[]): Constant {
  const dims = tensor.dims.map((extent, axis) => extent * repeats[axis]!);
  const apart = reshapedConstant(
    tensor,
    tensor.dims.flatMap((extent) => [1, extent]),
  );
  const copies = tensor.dims.flatMap((extent, axis) => [repeats[axis]!, extent]);
  return constantOf('', dims, tensor.type, () => spreadConstant(apart, copies).data);
}

function tiled(site: Site, { value, dims }: Flow, repeats: readonly number[]): Flow {
  let [result, extents] = [value, dims];
  for (const [axis, count] of repeats.entries()) {
    if (count === 1) continue;
    const [before, rest] = [countOf(extents.slice(0, axis)), countOf(extents.slice(axis))];
    result = grown(site, result, [before, 1, rest], [before, count, rest]);
    extents = extents.with(axis, extents[axis]! * count);
  }
  return site.result(result, extents);
}

export const tiling = { Tile: tile } satisfies Record<string, Importer>;
