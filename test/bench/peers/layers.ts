// How peers read a graph: explicit windows, the weights of a node, and what the peer does not know.

import type { Graph, Node, ValueId } from '../../../compiler/ir/graph.ts';
import type { Window } from '../../../compiler/ir/operator.ts';
import { typeOf } from '../../../compiler/ir/signature.ts';
import type { Shape } from '../../../compiler/ir/tensor-type.ts';
import { axesOf, reach, windowOf } from '../../../compiler/ops/window.ts';
import type { Weights } from '../engine.ts';

export interface Weight {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** A node whose operands are told apart. Shapes are without the batch axis, that of the output of the first result. */
export interface Layer {
  readonly node: Node;
  readonly inputs: readonly ValueId[];
  readonly parameters: readonly Weight[];
  readonly results: readonly ValueId[];
  readonly inputShape: Shape;
  readonly outputShape: Shape;
}

export function layersOf(graph: Graph, weights: Weights): readonly Layer[] {
  const names = new Map(graph.parameters.map(({ name, value }) => [value, name]));
  if (graph.constants.length > 0) throw new Error(`peers do not support weights written down in ${graph.name}`);
  return graph.nodes.map((node) => {
    const inputs = node.operands.filter((id) => !names.has(id));
    const parameters = node.operands.flatMap((id) => {
      const name = names.get(id);
      return name === undefined ? [] : [{ shape: typeOf(graph, id).shape, data: dataOf(weights, name) }];
    });
    const { results } = node;
    const [inputShape, outputShape] = [inputs[0]!, results[0]!].map((id) => typeOf(graph, id).shape) as [Shape, Shape];
    return { node, inputs, parameters, results, inputShape, outputShape };
  });
}

/**
 * The window with its padding enlarged at the end where a rounded-up extent lets the last one hang over the edge, so that
 * frameworks that only round down have the same extents.
 */
export function coveringWindow({ node, inputShape, outputShape }: Layer): Window & { readonly overhangs: boolean } {
  const window = windowOf(node.attributes);
  const [top, left, bottom, right] = window.padding;
  const missing = axesOf(window, inputShape).map((axis, index) => {
    const covered = (outputShape[index + 1]! - 1) * axis.stride + reach(axis);
    return Math.max(0, covered - axis.input - axis.before - axis.after);
  }) as [number, number];
  const padding = [top, left, bottom + missing[0], right + missing[1]] as const;
  return { ...window, padding, overhangs: missing.some((rows) => rows > 0) };
}

/** A network that a peer cannot run, or that is not written for it. */
export class Unsupported extends Error {}

export function unsupported(node: Node, what: string): Unsupported {
  return new Unsupported(`the peers do not support ${what} of ${node.name} (${node.op})`);
}

export function dataOf(weights: Weights, name: string): Float32Array {
  const data = weights.get(name);
  if (!data) throw new Error(`no weights for ${name}`);
  return data;
}
