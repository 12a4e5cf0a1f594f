// Pooling in windows and of whole maps.

import type { Importer, Site } from '../site.ts';
import { channelShape, imageShape } from '../shapes.ts';
import { dilatedPool } from './dilated-pools.ts';
import { windowsOf } from './windows.ts';

function pool(
  op: 'max_pool' | 'avg_pool' | 'lp_pool',
  others: (site: Site) => Record<string, number | boolean>,
): Importer {
  return (site) => {
    const { value, dims } = site.flow(0);
    const windows = windowsOf(site, dims);
    const { image, kernel, stride, dilation, padding, spatial } = windows;
    const isDilated = dilation.some((extent) => extent !== 1);
    if (isDilated && op !== 'max_pool') return [dilatedPool(site, windows, op)];
    const given = {
      kernel,
      stride,
      padding,
      ceil: site.attributes.flag('ceil_mode', false),
      ...(isDilated && { dilation }),
    };
    const result = site.apply(op, [site.shaped(value, image)], { ...given, ...others(site) });
    const [, height, width] = site.shapeOf(result);
    return [site.result(result, [dims[0]!, ...spatial(height!, width!)])];
  };
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
  MaxPool: pool('max_pool', () => ({})),
  AveragePool: pool('avg_pool', ({ attributes }) => ({ count_padding: attributes.flag('count_include_pad', false) })),
  LpPool: pool('lp_pool', ({ attributes }) => ({ p: attributes.int('p', 2) })),
  GlobalLpPool: globalLpPool,
  GlobalAveragePool: ofWholeMap('global_avg_pool'),
  GlobalMaxPool: ofWholeMap('global_max_pool'),
} satisfies Record<string, Importer>;
