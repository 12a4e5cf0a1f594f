// Means, sums and extremes along axes, and softmax.

import { countOf } from '../constant.ts';
import { refuse } from '../problem.ts';
import { along, imageShape, plainShape } from '../shapes.ts';
import type { Importer, Site } from '../site.ts';

const reduce =
  (operation: 'mean' | 'sum' | 'max' | 'min'): Importer =>
  (site) => {
    const { dims } = site.flow(0);
    const rank = dims.length + site.outer;
    const given =
      site.attributes.ints('axes', undefined) ??
      (site.optional(1) ? [...site.constant(1, 'the list of axes').data] : []);
    if (given.length === 0 && site.attributes.flag('noop_with_empty_axes', false)) return [site.flow(0)];
    const all = Array.from({ length: rank }, (_, axis) => axis);
    const axes = (given.length === 0 ? all : given).map((axis) => site.axis(axis, rank)).toSorted((a, b) => a - b);
    const kept = dims.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
    const result = site.attributes.flag('keepdims', true) ? kept : dims.filter((_, axis) => !axes.includes(axis));
    return [site.result(reduced(site, operation, axes), result)];
  };

function reduced(site: Site, operation: 'mean' | 'sum' | 'max' | 'min', axes: readonly number[]) {
  const { value, dims } = site.flow(0);
  if (axes.length === dims.length && dims.length > 1)
    return site.apply('reduce', [site.shaped(value, plainShape(dims))], { operation, over: 'map' });
  const isSpatial = dims.length >= 2 && axes.length === dims.length - 1 && axes[0] === 1;
  if (isSpatial && (operation === 'mean' || operation === 'max'))
    return site.apply(operation === 'mean' ? 'global_avg_pool' : 'global_max_pool', [
      site.shaped(value, imageShape(dims)),
    ]);
  let [result, extents] = [value, dims];
  for (const axis of axes) {
    const { shape, name } = along(extents, axis);
    result = site.apply('reduce', [site.shaped(result, shape)], { operation, over: name });
    extents = extents.with(axis, 1);
  }
  return result;
}

/** Before version 13 all axes from `axis` on are one. */
const softmax =
  (op: 'softmax' | 'log_softmax'): Importer =>
  (site) => {
    const { value, dims } = site.flow(0);
    const given = site.attributes.int('axis', site.version < 13 ? 1 : -1);
    const axis = site.axis(given, dims.length + site.outer);
    const isOneAxis = site.version >= 13 || axis === dims.length - 1;
    const merged = [countOf(dims.slice(0, axis)), countOf(dims.slice(axis))];
    const flat = merged[0] === 1 ? [merged[1]!] : merged;
    const { shape, name: over } = isOneAxis ? along(dims, axis) : along(flat, flat.length - 1);
    return [site.result(site.apply(op, [site.shaped(value, shape)], { over }), dims)];
  };

const refused =
  (what: string): Importer =>
  () =>
    refuse(what, 'leave it out of the model: its result is no number of the network');

export const reductions = {
  ReduceMean: reduce('mean'),
  ReduceSum: reduce('sum'),
  ReduceMax: reduce('max'),
  ReduceMin: reduce('min'),
  Softmax: softmax('softmax'),
  LogSoftmax: softmax('log_softmax'),
  ArgMax: refused('it gives the index of the largest number'),
  Hardmax: refused('it gives 1 at the largest number and 0 elsewhere'),
} satisfies Record<string, Importer>;
