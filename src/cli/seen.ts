// What `run` shows of the inside of a network: feature maps of taps and the filters of the first layer, as PNG files or for
// a page.

import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { featureGrid, filterGrid, png } from '../report/feature-maps.ts';
import type { Seen } from '../report/html/pictures.ts';
import type { RunImage } from '../report/html/run-html.ts';
import type { Runnable, RunnableOutput } from './runnable.ts';
import type { Ranked } from './show.ts';

interface Shown {
  readonly output: RunnableOutput;
  readonly values: Float32Array;
  readonly top?: readonly Ranked[];
}

/** What a run has shown, image by image, for the page of results. */
export function seenImages(
  { inputs }: Runnable,
  images: readonly (readonly Shown[])[],
  values: ReadonlyMap<string, Float32Array>,
): readonly RunImage[] {
  return images.map((outputs, image) => ({
    inputs: inputs.map(({ name, shape }) => ({ name, shape, values: part(values.get(name)!, shape, image) })),
    taps: outputs
      .filter(({ output }) => output.isTap)
      .map((one) => ({ name: one.output.name, shape: one.output.shape, values: one.values })),
    outputs: outputs
      .filter(({ output }) => !output.isTap)
      .map(({ output: { name, shape }, values: own, top = [] }) => ({ name, shape, values: own, top })),
  }));
}

/** The weights of the first convolution as pictures show them; undefined where there is none. */
export function filtersOf({ filters }: Runnable): Seen | undefined {
  return filters && { name: filters.name, shape: filters.shape, values: filters.data };
}

/** `conv1.png` for one image, `conv1-1.png`, `conv1-2.png` … for several, and the filters where there are maps. */
export function tapPictures(
  runnable: Runnable,
  results: ReadonlyMap<string, Float32Array>,
  count: number,
): readonly { readonly path: string; readonly data: Uint8Array }[] {
  const taps = runnable.outputs.filter(({ isTap, shape }) => isTap && shape.length === 3);
  const maps = taps.flatMap(({ name, shape }) =>
    Array.from({ length: Math.min(count, MAX_PICTURES) }, (_, image) => ({
      path: `${pictureName(name)}${count === 1 ? '' : `-${image + 1}`}.png`,
      data: png(featureGrid(part(results.get(name)!, shape, image), shape)!),
    })),
  );
  const filters = filtersOf(runnable);
  const drawn = filters && filterGrid(filters.values, filters.shape);
  if (taps.length === 0 || !filters || !drawn) return maps;
  return [...maps, { path: `${pictureName(filters.name)}.png`, data: png(drawn) }];
}

/** Images whose maps are drawn. */
const MAX_PICTURES = 16;

const pictureName = (name: string): string => name.replace(/[^\w.[\]-]/g, '_').replace(/^\.+/, '_');

function part(values: Float32Array, shape: Shape, image: number): Float32Array {
  const size = sizeOf(shape);
  return values.subarray(image * size, (image + 1) * size);
}
