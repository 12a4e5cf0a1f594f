// Convolutions and dense layers with what follows them, as tensorflowjs_converter rewrites a graph before tfjs runs it: a batch
// norm becomes part of the weights, an activation part of the layer.

import type { Graph, ValueId } from '../../../compiler/ir/graph.ts';
import { numberOf } from '../../../compiler/ops/attributes.ts';
import type { Weights } from '../engine.ts';
import { layersOf } from './layers.ts';
import type { Layer, Weight } from './layers.ts';

export type Activation = 'linear' | 'relu' | 'relu6' | 'sigmoid';

export interface FusedLayer<A extends Activation = Activation> extends Layer {
  readonly activation: A | 'linear';
}

/** What a peer can make part of what. */
export interface Fusing<A extends Activation> {
  readonly activations: readonly A[];
  /** Names of operators. */
  readonly into: readonly string[];
}

/** What has weights, whose activation may be any that is known here. */
export const fusing: Fusing<'relu' | 'relu6' | 'sigmoid'> = {
  activations: ['relu', 'relu6', 'sigmoid'],
  into: ['conv', 'depthwise_conv', 'dense'],
};

/** Layers in an order in which every operand is computed before its use. */
export function fusedLayers<A extends Activation>(
  graph: Graph,
  weights: Weights,
  { activations, into }: Fusing<A>,
): readonly FusedLayer<A>[] {
  const isActivation = (op: string): op is A => activations.some((activation) => activation === op);
  const layers = layersOf(graph, weights);
  const consumed = new Set<Layer>();
  const nextOf = soleReaders(graph, layers);
  return layers.flatMap((layer): readonly FusedLayer<A>[] => {
    if (consumed.has(layer)) return [];
    let fused: FusedLayer<A> = { ...layer, activation: 'linear' };
    if (!into.includes(layer.node.op)) return [fused];
    const norm = nextOf.get(fused.results[0]!);
    if (norm?.node.op === 'batch_norm' && fusing.into.includes(layer.node.op)) {
      consumed.add(norm);
      fused = { ...fused, parameters: folded(layer, norm), results: norm.results };
    }
    const next = nextOf.get(fused.results[0]!);
    if (next && isActivation(next.node.op)) {
      consumed.add(next);
      fused = { ...fused, activation: next.node.op, results: next.results };
    }
    return [fused];
  });
}

/** The layer that reads a value, where nothing else does. */
function soleReaders(graph: Graph, layers: readonly Layer[]): ReadonlyMap<ValueId, Layer> {
  const readers = Map.groupBy(
    layers.flatMap((layer) => layer.inputs.map((value) => ({ layer, value }))),
    ({ value }) => value,
  );
  const outputs = new Set(graph.outputs.map(({ value }) => value));
  return new Map(
    [...readers].flatMap(([value, [only, ...others]]) =>
      others.length > 0 || outputs.has(value) ? [] : [[value, only!.layer]],
    ),
  );
}

/** A batch norm as a factor and an offset for each channel: γ/√(σ²+ε) and β − μ · γ/√(σ²+ε). */
export function scaleAndOffset({ node, parameters }: Layer): { readonly scale: Weight; readonly offset: Weight } {
  const [gamma, beta, mean, variance] = parameters.map(({ data }) => data);
  const epsilon = numberOf(node.attributes, 'epsilon');
  const scale = gamma!.map((factor, channel) => factor / Math.sqrt(variance![channel]! + epsilon));
  const offset = beta!.map((start, channel) => start - mean![channel]! * scale[channel]!);
  return { scale: { shape: [scale.length], data: scale }, offset: { shape: [scale.length], data: offset } };
}

// w [O,…] · γ/√(σ²+ε) [O] and (b − μ) · γ/√(σ²+ε) + β
function folded({ parameters: [weight, bias] }: Layer, { node, parameters }: Layer): readonly Weight[] {
  const [gamma, beta, mean, variance] = parameters.map(({ data }) => data);
  const epsilon = numberOf(node.attributes, 'epsilon');
  const scale = Array.from(gamma!, (factor, channel) => factor / Math.sqrt(variance![channel]! + epsilon));
  const { shape, data } = weight!;
  const row = data.length / scale.length;
  const offset = beta!.map(
    (start, channel) => ((bias?.data[channel] ?? 0) - mean![channel]!) * scale[channel]! + start,
  );
  return [
    { shape, data: data.map((value, index) => value * scale[Math.floor(index / row)]!) },
    { shape: [scale.length], data: offset },
  ];
}
