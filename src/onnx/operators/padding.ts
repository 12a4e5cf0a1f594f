// Pad: constant, reflected, repeated and wrapped, along any axes; what is negative is cut off.

import type { ValueId } from '../../../compiler/ir/graph.ts';
import { countOf } from '../constant.ts';
import { BatchRefusal, refuse } from '../problem.ts';
import type { Importer, Site } from '../site.ts';

const modes: Readonly<Record<string, string>> = {
  constant: 'constant',
  reflect: 'reflect',
  edge: 'replicate',
  wrap: 'circular',
};

type Sides = readonly [number, number];

const pad: Importer = (site) => {
  const { value, dims } = site.flow(0);
  const mode =
    modes[site.attributes.text('mode', 'constant')] ?? refuse('its mode is unknown', 'export the model again');
  const fill =
    site.version < 11 ? site.attributes.float('value', 0) : (site.optionalConstant(2, 'the value')?.data[0] ?? 0);
  const around = sidesOf(site);
  // What is cut off is not there to be reflected or repeated.
  const larger = around.map(([before, after]): Sides => [Math.max(0, before), Math.max(0, after)]);
  const left = dims.map((extent, axis) => extent + Math.min(0, around[axis]![0]) + Math.min(0, around[axis]![1]));
  const result = padded(site, cut(site, value, dims, around), left, larger, { mode, value: fill });
  return [
    site.result(
      result,
      dims.map((extent, axis) => extent + around[axis]![0] + around[axis]![1]),
    ),
  ];
};

/** Before and after, along each axis but the batch. All begins, then all ends; an attribute before version 11, an input since. */
function sidesOf(site: Site): readonly Sides[] {
  const rank = site.flow(0).dims.length + site.outer;
  const given =
    site.version < 11
      ? (site.attributes.ints('pads', undefined) ?? site.attributes.ints('paddings', []))
      : [...site.constant(1, 'the padding').data];
  const axes = site.optional(3)
    ? [...site.constant(3, 'the list of axes').data].map((axis) => (axis < 0 ? axis + rank : axis))
    : Array.from({ length: rank }, (_, at) => at);
  if (given.length !== 2 * axes.length)
    refuse(`it pads by ${given.length} numbers, expected ${2 * axes.length}`, 'export the model again');
  const around = Array.from({ length: rank }, (_, axis): Sides => {
    const at = axes.indexOf(axis);
    return at < 0 ? [0, 0] : [given[at]!, given[at + axes.length]!];
  });
  if (around.slice(0, site.outer).some(([before, after]) => before !== 0 || after !== 0))
    throw new BatchRefusal('it pads axis 0, which is the batch', 'export the model with a batch of one image');
  return around.slice(site.outer);
}

/** Height and width at once; any other axis as the height of an image with what is before it as channels. */
function padded(
  site: Site,
  value: ValueId,
  dims: readonly number[],
  around: readonly Sides[],
  stored: { readonly mode: string; readonly value: number },
): ValueId {
  const isPadded = around.map(([before, after]) => before > 0 || after > 0);
  if (dims.length === 3 && !isPadded[0]) {
    const [, [top, bottom], [left, right]] = around as readonly [Sides, Sides, Sides];
    if (!isPadded[1] && !isPadded[2]) return value;
    return site.apply('pad', [site.shaped(value, dims)], { padding: [top, left, bottom, right], ...stored });
  }
  let [result, extents] = [value, dims];
  for (const [axis, [before, after]] of around.entries()) {
    if (!isPadded[axis]) continue;
    const image = [countOf(extents.slice(0, axis)), extents[axis]!, countOf(extents.slice(axis + 1))];
    result = site.apply('pad', [site.shaped(result, image)], { padding: [before, 0, after, 0], ...stored });
    extents = extents.with(axis, extents[axis]! + before + after);
  }
  return result;
}

function cut(site: Site, value: ValueId, dims: readonly number[], around: readonly Sides[]): ValueId {
  let [result, extents] = [value, dims];
  for (const [axis, [before, after]] of around.entries()) {
    if (before >= 0 && after >= 0) continue;
    const [start, end] = [Math.max(0, -before), extents[axis]! - Math.max(0, -after)];
    if (start >= end) refuse('nothing is left of its input', 'see whether the model runs elsewhere');
    const image = [countOf(extents.slice(0, axis)), extents[axis]!, countOf(extents.slice(axis + 1))];
    result = site.apply('slice', [site.shaped(result, image)], { along: 'height', start, end });
    extents = extents.with(axis, end - start);
  }
  return result;
}

export const padding = { Pad: pad } satisfies Record<string, Importer>;
