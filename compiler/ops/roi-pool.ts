// The largest number of each bin of a region (Girshick, 2015, "Fast R-CNN"), as torchvision computes it: corners are rounded to pixels,
// bins are as large as they must be so that no pixel of the region is left out, and may overlap. Where the bins lie is computed as in f32.

import { as } from '../ir/foreign.ts';
import { numberOf, sizeAt } from './attributes.ts';
import { argumentsOfRegions, defineRegionPooling } from './regions.ts';
import type { RegionTap } from './regions.ts';

/** What a bin has whose pixels all are less, or no numbers. */
const LEAST = -3.4028234663852886e38;

const torchvision = argumentsOfRegions('roi_pool', { output_size: as('size'), spatial_scale: as('scale', '1') });

export const roiPool = defineRegionPooling({
  name: 'roi_pool',
  reduces: 'max',
  taps(region, attributes, [height, width]) {
    const [rows, columns] = sizeAt(attributes, 'size');
    const scale = numberOf(attributes, 'scale');
    const down = edgesOf([region[1], region[3]], scale, rows, height!);
    const across = edgesOf([region[0], region[2]], scale, columns, width!);
    return down.flatMap(([top, bottom]) =>
      across.map(([left, right]) => {
        const taps: RegionTap[] = [];
        for (let h = top; h < bottom; h += 1)
          for (let w = left; w < right; w += 1) taps.push({ pixel: h * width! + w, weight: 1 });
        return taps;
      }),
    );
  },
  fold: (taps, pixels) =>
    taps.length === 0 ? 0 : pixels.reduce((most, pixel) => (pixel > most ? pixel : most), LEAST),
  shares(taps, pixels) {
    const largest = pixels.reduce((best, pixel, at) => (pixel > (pixels[best] ?? LEAST) ? at : best), -1);
    return taps.map((_, at) => (at === largest ? 1 : 0));
  },
  elsewhere: {
    PyTorch: { RoIPool: torchvision },
    ONNX: {
      MaxRoiPool: argumentsOfRegions('roi_pool', {
        pooled_shape: as('size', undefined, 'extents'),
        spatial_scale: as('scale', '1'),
      }),
    },
  },
});

/** The first pixel of each bin along an axis of the map and the one behind its last; a bin outside of it, or of no number, has none. */
function edgesOf(
  corners: readonly [number, number],
  scale: number,
  bins: number,
  extent: number,
): readonly (readonly [number, number])[] {
  const single = Math.fround;
  const [start, end] = corners.map((corner) => roundedAway(single(single(corner) * single(scale)))) as [number, number];
  const step = single(single(Math.max(end - start + 1, 1)) / bins);
  const inside = (edge: number): number => Math.min(Math.max(edge + start, 0), extent);
  return Array.from({ length: bins }, (_, bin) => {
    const [from, to] = [inside(Math.floor(single(bin * step))), inside(Math.ceil(single((bin + 1) * step)))];
    return from < to ? [from, to] : [0, 0];
  });
}

/** To the nearest whole number; of two the one that is further from 0. */
const roundedAway = (value: number): number => (value < 0 ? -Math.floor(0.5 - value) : Math.floor(value + 0.5));
