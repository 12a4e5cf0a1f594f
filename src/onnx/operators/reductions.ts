// Means, sums and extremes along axes, norms made of them, and softmax.

import type { Attributes, ValueId } from '../../../compiler/ir/graph.ts';
import { countOf } from '../constant.ts';
import { refuse } from '../problem.ts';
import { along, channelShape, imageShape } from '../shapes.ts';
import type { Importer, Site } from '../site.ts';
import { difference, quotient } from './arithmetic.ts';

type Operation = 'mean' | 'sum' | 'max' | 'min';
type Change = (site: Site, value: ValueId) => ValueId;

const by =
  (op: string, attributes: Attributes = {}): Change =>
  (site, value) =>
    site.helper(op, [value], attributes);
const unchanged: Change = (_, value) => value;
const squared = by('pow', { exponent: 2 });

/** A reduction of what `before` makes of each number; `behind` is done to the result. */
const reduce =
  (operation: Operation, before: Change = unchanged, behind: Change = unchanged): Importer =>
  (site) => {
    const { value } = site.flow(0);
    const { axes, result } = reductionOf(site);
    return [site.result(behind(site, reduced(site, before(site, value), operation, axes)), result)];
  };

interface Reduction {
  /** In order, without the batch. */
  readonly axes: readonly number[];
  /** The result's axes with those of extent 1 that are left of the others, and without where the node says so. */
  readonly kept: readonly number[];
  readonly result: readonly number[];
}

/** Axes are an attribute, or an input since versions 13 and 18; none are all of them, unless the node says otherwise. */
function reductionOf(site: Site): Reduction {
  const { dims } = site.flow(0);
  const rank = dims.length + site.outer;
  const given =
    site.attributes.ints('axes', undefined) ?? (site.optional(1) ? [...site.constant(1, 'the list of axes').data] : []);
  const isNone = given.length === 0 && site.attributes.flag('noop_with_empty_axes', false);
  const all = given.length === 0 && !isNone ? Array.from({ length: rank }, (_, axis) => axis) : given;
  const axes = all.map((axis) => site.axis(axis, rank)).toSorted((a, b) => a - b);
  const kept = dims.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  const result = site.attributes.flag('keepdims', true) ? kept : dims.filter((_, axis) => !axes.includes(axis));
  return { axes, kept, result };
}

function reduced(site: Site, value: ValueId, operation: Operation, axes: readonly number[]): ValueId {
  const { dims } = site.flow(0);
  if (axes.length === dims.length && dims.length > 1)
    return site.apply('reduce', [site.shaped(value, channelShape(dims))], { operation, over: 'map' });
  const isTokens = dims.length === 2 && site.shapeOf(value).length === 2;
  // Of more than three axes none is that of the channels.
  const isMap = dims.length === 3 || (dims.length === 2 && !isTokens);
  const isSpatial = isMap && axes.length === dims.length - 1 && axes[0] === 1;
  if (isSpatial && (operation === 'mean' || operation === 'max'))
    return site.apply(operation === 'mean' ? 'global_avg_pool' : 'global_max_pool', [
      site.shaped(value, imageShape(dims)),
    ]);
  let [result, extents] = [value, dims];
  for (const axis of axes) {
    const { shape, name } = along(extents, axis, site.shapeOf(result));
    result = site.apply('reduce', [site.shaped(result, shape)], { operation, over: name });
    extents = extents.with(axis, 1);
  }
  return result;
}

/** log Σ exp(x) as m + log Σ exp(x − m) with the largest number m, so that no exponential overflows. */
const reduceLogSumExp: Importer = (site) => {
  const { value, dims } = site.flow(0);
  const { axes, kept, result } = reductionOf(site);
  const largest = reduced(site, value, 'max', axes);
  const rest = difference(site, site.result(value, dims), site.result(largest, kept)).value;
  const logarithm = site.helper('log', [reduced(site, site.helper('exp', [rest]), 'sum', axes)]);
  return [site.result(site.apply('add', [logarithm, site.shaped(largest, site.shapeOf(logarithm))]), result)];
};

/** What is divided by is at least this, so that zeros alone stay zeros. */
const LEAST_NORM = 2 ** -126;

/** x / (Σ |x|^p)^(1/p) along one axis, with p 1 or 2. */
const lpNormalization: Importer = (site) => {
  const { value, dims } = site.flow(0);
  const p = site.attributes.int('p', 2);
  if (p !== 1 && p !== 2) refuse(`its p is ${p}`, 'only the norms of p = 1 and p = 2 are known');
  const axis = site.axis(site.attributes.int('axis', -1), dims.length + site.outer);
  const powers = p === 1 ? site.helper('abs', [value]) : squared(site, value);
  const sum = reduced(site, powers, 'sum', [axis]);
  const norm = p === 1 ? sum : site.helper('sqrt', [sum]);
  const divisor = site.helper('clip', [norm], { min: LEAST_NORM, max: Infinity });
  return [quotient(site, site.result(value, dims), site.result(divisor, dims.with(axis, 1)))];
};

/** (x − mean) / (deviation + 1e-9) */
const meanVarianceNormalization: Importer = (site) => {
  const { value, dims } = site.flow(0);
  const given = site.attributes.ints('axes', [0, 2, 3]);
  const axes = given.map((axis) => site.axis(axis, dims.length + site.outer)).toSorted((a, b) => a - b);
  const kept = dims.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  const mean = site.result(reduced(site, value, 'mean', axes), kept);
  const rest = difference(site, site.result(value, dims), mean);
  const variance = reduced(site, squared(site, rest.value), 'mean', axes);
  const deviation = site.helper('plus', [site.helper('sqrt', [variance])], { number: 1e-9 });
  return [quotient(site, rest, site.result(deviation, kept))];
};

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
    const { shape, name: over } = isOneAxis ? along(dims, axis, site.shapeOf(value)) : along(flat, flat.length - 1);
    return [site.result(site.apply(op, [site.shaped(value, shape)], { over }), dims)];
  };

export const reductions = {
  ReduceMean: reduce('mean'),
  ReduceSum: reduce('sum'),
  ReduceMax: reduce('max'),
  ReduceMin: reduce('min'),
  ReduceL1: reduce('sum', by('abs')),
  ReduceL2: reduce('sum', squared, by('sqrt')),
  ReduceSumSquare: reduce('sum', squared),
  ReduceLogSum: reduce('sum', unchanged, by('log')),
  ReduceLogSumExp: reduceLogSumExp,
  LpNormalization: lpNormalization,
  MeanVarianceNormalization: meanVarianceNormalization,
  Softmax: softmax('softmax'),
  LogSoftmax: softmax('log_softmax'),
} satisfies Record<string, Importer>;
