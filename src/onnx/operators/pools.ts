// Pooling in windows and of whole maps, and the inverse of a maximum pool.

import type { Attributes } from '../../../compiler/ir/graph.ts';
import { sameShape } from '../../../compiler/ir/tensor-type.ts';
import type { Flow, Places } from '../flow.ts';
import { refuse } from '../problem.ts';
import type { Importer, Site } from '../site.ts';
import { channelShape, imageShape } from '../shapes.ts';
import { dilatedPool } from './dilated-pools.ts';
import { windowsOf } from './windows.ts';
import type { Windows } from './windows.ts';

function pool(
  op: 'avg_pool' | 'lp_pool',
  others: (site: Site) => Readonly<Record<string, number | boolean>>,
): Importer {
  return (site) => {
    const windows = windowsOf(site, site.flow(0).dims);
    const isDilated = windows.dilation.some((extent) => extent !== 1);
    return [isDilated ? dilatedPool(site, windows, op) : folded(site, op, windows, others(site))];
  };
}

/** What an operator makes of each window. */
function folded(site: Site, op: string, windows: Windows, others: Attributes): Flow {
  const { value, dims } = site.flow(0);
  const { image, kernel, stride, padding, spatial } = windows;
  const attributes = { kernel, stride, padding, ceil: site.attributes.flag('ceil_mode', false), ...others };
  const result = site.apply(op, [site.shaped(value, image)], attributes);
  const [, height, width] = site.shapeOf(result);
  return site.result(result, [dims[0]!, ...spatial(height!, width!)]);
}

/** The largest number of each window, and its place for MaxUnpool. */
const maxPool: Importer = (site) => {
  const windows = windowsOf(site, site.flow(0).dims);
  const isDilated = windows.dilation.some((extent) => extent !== 1);
  const maxima = folded(site, 'max_pool', windows, isDilated ? { dilation: windows.dilation } : {});
  return site.wants(1) ? [maxima, placesOf(site, windows, maxima)] : [maxima];
};

function placesOf(site: Site, { image, kernel, stride, dilation, padding }: Windows, maxima: Flow): Flow {
  const { value, dims } = site.flow(0);
  if (dilation.some((extent) => extent !== 1))
    refuse('it gives the places of maxima of windows with gaps', 'see whether the model runs elsewhere');
  if (site.attributes.int('storage_order', 0) !== 0)
    refuse('it counts places down the columns (storage_order = 1)', 'export the model with storage_order = 0');
  const about: Places = {
    says: 'places',
    pooled: dims,
    windows: { kernel, stride, padding, ceil: site.attributes.flag('ceil_mode', false) },
    maxima: site.shapeOf(maxima.value),
  };
  return { ...site.result(site.shaped(value, image), maxima.dims), about };
}

/** Numbers go back to the places that MaxPool found, in a result that is as large as what it pooled. */
const maxUnpool: Importer = (site) => {
  const { value, dims } = site.flow(0);
  const places = site.flow(1);
  if (places.about?.says !== 'places') return refuse('its places are numbers', 'take the places from a MaxPool');
  const { pooled, windows, maxima } = places.about;
  const size = unpooledDims(site, dims);
  if (!sameShape(size, pooled))
    refuse(
      `its result is [${size.join(', ')}], and its places are those of [${pooled.join(', ')}]`,
      'give it the shape of what was pooled',
    );
  const result = site.apply('max_unpool', [site.shaped(value, maxima), places.value], windows);
  return [site.result(result, pooled)];
};

/** As the file says, or so large that the windows cover it. */
function unpooledDims(site: Site, [channels, ...extents]: readonly number[]): readonly number[] {
  const given = site.optionalConstant(2, 'the shape of the result');
  if (given) return [...given.data].slice(1);
  const list = (name: string, absent: readonly number[]): readonly number[] =>
    site.attributes.ints(name, undefined) ?? absent;
  const kernel = list('kernel_shape', []);
  const [strides, pads] = [
    list(
      'strides',
      extents.map(() => 1),
    ),
    list('pads', []),
  ];
  return [
    channels!,
    ...extents.map(
      (extent, at) => (extent - 1) * strides[at]! + kernel[at]! - (pads[at] ?? 0) - (pads[at + extents.length] ?? 0),
    ),
  ];
}

const ofWholeMap =
  (op: 'global_avg_pool' | 'global_max_pool'): Importer =>
  (site) => {
    const { value, dims } = site.flow(0);
    const result = site.apply(op, [site.shaped(value, imageShape(channelShape(dims)))]);
    return [site.result(result, [dims[0]!, ...dims.slice(1).map(() => 1)])];
  };

/** A window as large as the map. */
const globalLpPool: Importer = (site) => {
  const { value, dims } = site.flow(0);
  const image = imageShape(channelShape(dims));
  const attributes = { kernel: image.slice(1), p: site.attributes.int('p', 2) };
  const result = site.apply('lp_pool', [site.shaped(value, image)], attributes);
  return [site.result(result, [dims[0]!, ...dims.slice(1).map(() => 1)])];
};

export const pools = {
  MaxPool: maxPool,
  MaxUnpool: maxUnpool,
  AveragePool: pool('avg_pool', ({ attributes }) => ({ count_padding: attributes.flag('count_include_pad', false) })),
  LpPool: pool('lp_pool', ({ attributes }) => ({ p: attributes.int('p', 2) })),
  GlobalLpPool: globalLpPool,
  GlobalAveragePool: ofWholeMap('global_avg_pool'),
  GlobalMaxPool: ofWholeMap('global_max_pool'),
} satisfies Record<string, Importer>;
