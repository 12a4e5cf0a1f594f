// Post-training quantisation: from a network in f32, its weights and a few images to a network of whole numbers with its tensors.

import type { Graph } from '../../compiler/ir/graph.ts';
import type { Miss, Rewrite } from '../../compiler/ir/record.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { PipelineOptions } from '../../compiler/pipeline.ts';
import { passedGraph } from '../../compiler/pipeline.ts';
import type { QuantizationPlan } from '../../compiler/quantize/plan.ts';
import { quantizedGraph } from '../../compiler/quantize/rewrite.ts';
import type { CalibrationOptions } from './calibrate.ts';
import { calibrate } from './calibrate.ts';
import { withoutFlatEnds } from './saturation.ts';
import { channelMeans } from './means.ts';
import type { ImageInputs } from './tapped.ts';
import type { Scale } from './scale.ts';
import { scaleOf } from './scale.ts';
import type { QuantizedTensors } from './tensors.ts';
import { quantizedTensors } from './tensors.ts';

export interface QuantizedNetwork {
  /** The network in f32 after the passes, with its own weights. */
  readonly source: Graph;
  /** That of whole numbers; its parameters are `tensors`. */
  readonly graph: Graph;
  readonly plan: QuantizationPlan;
  /** By group of the plan. */
  readonly scales: readonly Scale[];
  /** Everything that `graph` needs: what the plan fills, and the weights of the nodes that stay f32. */
  readonly tensors: QuantizedTensors;
  readonly rewrites: readonly Rewrite[];
  /** Why nodes stay f32. */
  readonly misses: readonly Miss[];
}

export interface QuantizeOptions extends CalibrationOptions {
  /** Whether biases make up for what rounding does on average, seen on the first images. Default true. */
  readonly corrects?: boolean;
  /** For the passes before the rewrite. */
  readonly passes?: Pick<PipelineOptions, 'level' | 'disable' | 'only'>;
}

/**
 * Quantises a network of mode `infer` as the front end built it. `weights` by the network's names; `images` are looked at once, one after
 * the other. Throws `InputError` where there is no image, a layer's weights are not finite, or a layer gives no finite number.
 */
export async function quantizeNetwork(
  network: { readonly graph: Graph },
  weights: ReadonlyMap<string, Float32Array>,
  images: Iterable<ImageInputs> | AsyncIterable<ImageInputs>,
  { passes = {}, corrects = true, ...options }: QuantizeOptions = {},
): Promise<QuantizedNetwork> {
  const { graph: source } = passedGraph(network.graph, operators, passes);
  const { graph, plan, rewrites, misses } = quantizedGraph(source, operators);
  const own = namedFor(source, weights);
  const kept: ImageInputs[] = [];
  const ranges = await calibrate({ graph: source, plan }, own, keeping(images, kept), options);
  const scales = withoutFlatEnds(plan, ranges).map(scaleOf);
  const means = await channelMeans({ graph: source, plan }, own, corrects ? kept : [], scales, options.runner);
  const given = new Map([...own].map(([name, data]) => [name, { data }]));
  const filled = quantizedTensors({ graph: source, operators, plan, weights: given, scales, means });
  const tensors = new Map(graph.parameters.map(({ name }) => [name, filled.get(name) ?? own.get(name)!]));
  return { source, graph, plan, scales, tensors, rewrites, misses };
}

/** Images that are looked at a second time. */
const KEPT = 32;

/** The same images; the first of them are kept. */
async function* keeping(
  images: Iterable<ImageInputs> | AsyncIterable<ImageInputs>,
  kept: ImageInputs[],
): AsyncIterable<ImageInputs> {
  for await (const image of images) {
    // A caller may use its arrays again.
    if (kept.length < KEPT) kept.push(new Map([...image].map(([name, data]) => [name, data.slice()])));
    yield image;
  }
}

/** The tensors that a graph needs. */
function namedFor(graph: Graph, weights: ReadonlyMap<string, Float32Array>): ReadonlyMap<string, Float32Array> {
  return new Map(
    graph.parameters.map(({ name }) => {
      const data = weights.get(name);
      if (!data) throw new RangeError(`there is no tensor ${name}`);
      return [name, data];
    }),
  );
}
