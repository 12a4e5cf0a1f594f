// A network quantised for the public API: its module, the file of its weights, and what that cost.

import { compileNetwork } from '../../compiler/index.ts';
import type { EmittedFile } from '../../compiler/codegen/module-emitter.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { readWeights } from '../../runtime/weights.ts';
import { InputError } from '../data/input-error.ts';
import type { Values, WeightsSource } from '../network/module.ts';
import { byName } from '../network/module.ts';
import type { PassOptions, TargetOptions } from '../pipeline-options.ts';
import { passesOf, pipelineOf } from '../pipeline-options.ts';
import { weightSpecs } from '../weights/specs.ts';
import type { LayerError } from './errors.ts';
import { layerErrors } from './errors.ts';
import { quantizedFile } from './file.ts';
import { quantizeNetwork } from './quantize.ts';
import type { CalibrationMethod } from './range-of.ts';
import type { ImageInputs } from './tapped.ts';

export interface QuantizeOptions extends PassOptions, TargetOptions {
  /** How the interval of a value is chosen. Default `mse`. */
  readonly method?: CalibrationMethod;
  /** Called after each image. */
  readonly onImage?: (done: number) => void;
}

export interface QuantizedModule {
  readonly network: string;
  readonly files: readonly EmittedFile[];
  /** The bytes of `net.q8.safetensors`, for the module's `load`. */
  readonly weights: Uint8Array;
  /** The errors of every layer on the first images, 32 at most, then those of the outputs. */
  readonly layers: readonly LayerError[];
  /** What stays f32, and why. */
  readonly misses: readonly { readonly nodes: readonly string[]; readonly reason: string }[];
}

/** Images on which layers are compared. */
const COMPARED_IMAGES = 32;

/** Throws `InputError` for images that do not fit, RangeError and TypeError for such weights. */
export async function quantizedModule(
  { graph }: { readonly graph: Graph },
  source: WeightsSource,
  x: Values,
  { sourceName, method, onImage, ...options }: QuantizeOptions & { readonly sourceName: string },
): Promise<QuantizedModule> {
  const specs = weightSpecs(graph);
  const tensors = readWeights(source, specs) as Float32Array[];
  const weights = new Map(specs.map(({ name }, at) => [name, tensors[at]!]));
  const images = imagesOf(graph, x);
  const quantized = await quantizeNetwork({ graph }, weights, images, {
    passes: passesOf(options),
    ...(method && { method }),
    ...(onImage && { onImage }),
  });
  const layers = await layerErrors(quantized, weights, images.slice(0, COMPARED_IMAGES));
  const { target = 'ts' } = options;
  const files = compileNetwork({ graph: quantized.graph }, pipelineOf(options)).emit(
    target === 'wasm' ? 'js' : target,
    {
      sourceName,
    },
  );
  return {
    network: graph.name,
    files,
    weights: quantizedFile(quantized.graph, quantized.tensors, quantized.scales),
    layers,
    misses: quantized.misses.map(({ nodes, reason }) => ({ nodes, reason })),
  };
}

/** One image at a time. */
function imagesOf(graph: Graph, x: Values): readonly ImageInputs[] {
  const names = graph.inputs.map(({ name }) => name);
  const values = byName(x, names);
  const sizes = new Map(graph.inputs.map(({ name, value }) => [name, sizeOf(typeOf(graph, value).shape)]));
  const counts = names.map((name) => (values.get(name)?.length ?? 0) / sizes.get(name)!);
  const [count = 0] = counts;
  if (!(count > 0 && Number.isInteger(count)) || counts.some((other) => other !== count))
    throw new InputError(
      `the images to calibrate with must be Float32Arrays of as many images for each input; found ${counts.join(' and ')}`,
    );
  return Array.from({ length: count }, (_, at) => {
    const part = (name: string): Float32Array => {
      const size = sizes.get(name)!;
      return values.get(name)!.subarray(at * size, (at + 1) * size);
    };
    return new Map(names.map((name) => [name, part(name)]));
  });
}
