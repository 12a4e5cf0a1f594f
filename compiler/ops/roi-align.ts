// The mean of points in each bin of a region, between pixels blended bilinearly (He et al., 2017, "Mask R-CNN"), as torchvision computes
// it: nothing is rounded to pixels. Where points lie is computed as in f32.

import { as } from '../ir/foreign.ts';
import type { Attributes } from '../ir/graph.ts';
import { flagOf, numberOf, sizeAt } from './attributes.ts';
import { argumentsOfRegions, defineRegionPooling } from './regions.ts';

const torchvision = argumentsOfRegions('roi_align', {
  output_size: as('size'),
  spatial_scale: as('scale', '1'),
  sampling_ratio: as('sampling', '0'),
  aligned: as('aligned', 'false'),
});

export const roiAlign = defineRegionPooling({
  name: 'roi_align',
  reduces: 'mean',
  attributes: {
    sampling: { type: 'int', default: 0, minimum: 0, maximum: 64 },
    aligned: { type: 'bool', default: false },
  },
  taps(region, attributes, [height, width]) {
    const [rows, columns] = sizeAt(attributes, 'size');
    const down = linesOf([region[1], region[3]], attributes, rows, height!);
    const across = linesOf([region[0], region[2]], attributes, columns, width!);
    const points = down.grid * across.grid;
    const count = points > 1 ? points : 1;
    return down.bins.flatMap((own) =>
      across.bins.map((others) =>
        own.flatMap((y) => others.map((x) => ({ pixel: y.at * width! + x.at, weight: (y.weight * x.weight) / count }))),
      ),
    );
  },
  fold: (taps, pixels) => taps.reduce((sum, { weight }, at) => sum + weight * pixels[at]!, 0),
  shares: (taps) => taps.map(({ weight }) => weight),
  elsewhere: {
    PyTorch: { RoIAlign: torchvision },
    ONNX: {
      RoiAlign: argumentsOfRegions('roi_align', {
        spatial_scale: as('scale', '1'),
        sampling_ratio: as('sampling', '0'),
        aligned: as('aligned', 'false'),
      }),
    },
  },
});

/** The pixels of each bin along an axis, two for each point, and how many points a bin has, also outside of the map. */
function linesOf([from, to]: readonly [number, number], attributes: Attributes, bins: number, extent: number) {
  const single = Math.fround;
  const isAligned = flagOf(attributes, 'aligned');
  const sampling = numberOf(attributes, 'sampling');
  const corner = (value: number): number =>
    single(single(single(value) * single(numberOf(attributes, 'scale'))) - (isAligned ? 0.5 : 0));
  const length = single(corner(to) - corner(from));
  const step = single((isAligned ? length : Math.max(length, 1)) / bins);
  const grid = sampling || Math.min(Math.max(Math.ceil(step), 0), MOST_POINTS);
  const line = (bin: number) => {
    const start = single(corner(from) + single(bin * step));
    // Of points without end, those that can lie in the map.
    const bound = (edge: number, slack: number): number =>
      Math.trunc(Math.min(Math.max((edge - start) / (step / grid) + slack, 0), grid));
    const [first, end] = sampling ? [0, grid] : [bound(-1, -2), bound(extent, 2)];
    const taps: { readonly at: number; readonly weight: number }[] = [];
    for (let point = first; point < end; point += 1) {
      const place = single(start + single(single(single(point + 0.5) * step) / grid));
      if (!(place >= -1 && place <= extent)) continue;
      const inside = Math.min(Math.max(place, 0), extent - 1);
      const low = Math.floor(inside);
      taps.push({ at: low, weight: 1 - (inside - low) }, { at: Math.min(low + 1, extent - 1), weight: inside - low });
    }
    return taps;
  };
  return { grid, bins: Array.from({ length: bins }, (_, bin) => line(bin)) };
}

/** Of a bin along an axis. */
const MOST_POINTS = 2 ** 30;
