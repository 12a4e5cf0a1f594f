// Feature maps of a few images with the weights of the moment, for who watches a training.

import type { Network } from '../../compiler/frontend/index.ts';
import { compileNetwork } from '../../compiler/index.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { type Shape, sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { LabelledImages } from '../data/labelled-images.ts';
import { keptApart } from '../network/kept-apart.ts';
import { mapTaps } from '../network/map-taps.ts';
import { byName, importText } from '../network/module.ts';
import type { EmittedModule } from '../network/module.ts';
import { batchesOf } from './batch.ts';
import type { Weights } from './evaluate.ts';

/** A feature map [C,H,W] of one image. */
export interface FeatureMap {
  readonly name: string;
  readonly shape: Shape;
  readonly values: Float32Array;
}

/** For each image the maps of the outer layers, in the order of the network. */
export type Inspect = (weights: Weights) => Promise<readonly (readonly FeatureMap[])[]>;

/** Layers that are looked at. */
const MAX_LAYERS = 12;

/** Looks at the images of these indices. The network has one input, which takes pictures. Throws `InputError` as `batchesOf` does. */
export function inspector(network: Network, images: LabelledImages, indices: Uint32Array): Inspect {
  const { graph } = network;
  const input = graph.inputs[0]!;
  const batches = batchesOf(images, { shape: typeOf(graph, input.value).shape, settings: input.settings });
  const x = new Float32Array(indices.length * batches.elements);
  batches.fillPlain(indices, x, new Int32Array(indices.length));
  const taps = spread(mapTaps(network), MAX_LAYERS);
  const compiled = (apart: readonly string[]): Promise<EmittedModule> => {
    const [script] = compileNetwork(network, { taps, disable: apart }).emit('js', { sourceName: 'network' });
    return importText(script!.text);
  };
  const whole = compiled([]);
  return async (weights) => {
    const net = await keptApart(async (apart) =>
      (await (apart.length > 0 ? compiled(apart) : whole)).load(weights, { maxBatch: 1 }),
    );
    const { outputs } = await whole;
    return Array.from(indices, (_, image) => {
      const found = byName(
        net.run(x.slice(image * batches.elements, (image + 1) * batches.elements)),
        Object.keys(outputs),
      );
      return taps.map((name): FeatureMap => {
        const shape = outputs[name]!;
        return { name, shape, values: found.get(name)!.slice(0, sizeOf(shape)) };
      });
    });
  };
}

/** At most `most` of the items, at even distances. */
function spread<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) return items;
  return Array.from({ length: most }, (_, at) => items[Math.round((at * (items.length - 1)) / (most - 1))]!);
}
