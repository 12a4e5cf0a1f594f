// Pooling in sliding windows and of whole maps, and the inverse of a maximum pool.

import { flagOf, numberOf } from '../../../../compiler/ops/attributes.ts';
import { poolAxes } from '../../../../compiler/ops/pool-windows.ts';
import type { Axis } from '../../../../compiler/ops/window.ts';
import { outputExtent, reach, windowOf } from '../../../../compiler/ops/window.ts';
import { refuse } from '../../../onnx/problem.ts';
import { flag, int, ints } from '../attributes.ts';
import type { Exporter, ExportSite } from '../site.ts';
import { windowAttributes } from './convolutions.ts';

/**
 * ONNX drops a last window that would start behind the image, as the language does, but onnxruntime's shapes still have it: windows are
 * then written with the padding that they reach, and none is left over. `counted`: padding, unlike what they overhang, counts in a mean.
 */
function windows({ attributes, inputs }: ExportSite, counted = false) {
  const window = windowOf(attributes);
  const axes = poolAxes(attributes, inputs[0]!.shape);
  const isDropped = axes.some((axis) => axis.ceil && outputExtent(axis) < lastOf(axis));
  const ends = axes.map(reached);
  if (!isDropped || (counted && ends.some((end, at) => end > axes[at]!.after)))
    return { window, ceil: flagOf(attributes, 'ceil') };
  const [top, left] = window.padding;
  return { window: { ...window, padding: [top, left, ends[0]!, ends[1]!] as const }, ceil: false };
}

/** How many windows there are if none is dropped. */
const lastOf = (axis: Axis): number =>
  Math.ceil((axis.input + axis.before + axis.after - reach(axis)) / axis.stride) + 1;

/** Pixels behind the image that the last window reaches. */
const reached = (axis: Axis): number =>
  Math.max(0, (outputExtent(axis) - 1) * axis.stride + reach(axis) - axis.input - axis.before);

/** onnxruntime takes no padding as large as the kernel, as dilated windows may have it: then the image is padded before. */
const maxPool: Exporter = (site) => {
  const { window, ceil } = windows(site);
  const dilations = ints(window.dilation);
  const isLarge = window.padding.some((side, at) => side >= window.kernel[at % 2]!);
  if (!isLarge)
    return site.emit('MaxPool', [site.operand(0)], { ...windowAttributes(window), ceil_mode: flag(ceil), dilations });
  const { value } = surrounded(site, 0);
  return site.emit('MaxPool', [value], { ...windowAttributes({ ...window, padding: [0, 0, 0, 0] }), dilations });
};

const averagePool: Exporter = (site) => {
  const counted = flagOf(site.attributes, 'count_padding');
  const { window, ceil } = windows(site, counted);
  return site.emit('AveragePool', [site.operand(0)], {
    ...windowAttributes(window),
    ceil_mode: flag(ceil),
    count_include_pad: flag(counted),
  });
};

const lpPool: Exporter = (site) => {
  const { window, ceil } = windows(site);
  const p = int(numberOf(site.attributes, 'p'));
  return site.emit('LpPool', [site.operand(0)], { ...windowAttributes(window), ceil_mode: flag(ceil), p });
};

/**
 * The places of the largest numbers are those that MaxPool finds in the second operand, with all windows inside of it: onnxruntime refuses
 * a result that is smaller than they are.
 */
const maxUnpool: Exporter = (site) => {
  const window = windowOf(site.attributes);
  const inside = windowAttributes({ ...window, padding: [0, 0, 0, 0] });
  const { value: pooled, padding } = surrounded(site, 1);
  const [, places] = site.emitAll('MaxPool', [pooled], inside, 2);
  const put = site.emit('MaxUnpool', [site.operand(0), places, site.emit('Shape', [pooled])], inside);
  if (padding.every((side) => side === 0)) return put;
  const [top, left] = padding;
  const [, height, width] = site.inputs[1]!.shape as [number, number, number];
  const [starts, ends] = [site.ints('starts', [top, left]), site.ints('ends', [top + height, left + width])];
  return site.emit('Slice', [put, starts, ends, site.ints('axes', [2, 3])]);
};

/** Data operand `at` with −∞ around it, so that all windows lie inside, and by how much: as the network says, and as far as windows overhang. */
function surrounded(site: ExportSite, at: number) {
  const { shape } = site.inputs[at]!;
  const axes = poolAxes(site.attributes, shape);
  const [bottom, right] = axes.map((axis) => (axis.ceil ? reached(axis) : axis.after)) as [number, number];
  const padding = [axes[0].before, axes[1].before, bottom, right] as const;
  if (padding.every((side) => side === 0)) return { value: site.operand(at), padding };
  const [top, left] = padding;
  const around = site.ints('padding', [0, 0, top, left, 0, 0, bottom, right]);
  return { value: site.emit('Pad', [site.operand(at), around, site.number('outside', -Infinity)]), padding };
}

const whole =
  (opType: string): Exporter =>
  (site) =>
    site.emit(opType, [site.operand(0)]);

/** Whose images are those of a batch is what ONNX asks for, and no number of the network says it. */
const ofRegions: Exporter = () =>
  refuse(
    "ONNX's pools of regions need the number of its image with each region, and here each image has regions of its own",
    'export the network up to it, and pool the regions in your program',
  );

export const pools = {
  avg_pool: averagePool,
  global_avg_pool: whole('GlobalAveragePool'),
  global_max_pool: whole('GlobalMaxPool'),
  lp_pool: lpPool,
  max_pool: maxPool,
  max_unpool: maxUnpool,
  roi_align: ofRegions,
  roi_pool: ofRegions,
} satisfies Record<string, Exporter>;
