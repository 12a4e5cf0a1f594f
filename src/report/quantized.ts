// What a network of whole numbers makes of the steps of the one that was written: what each computes in, and how many bytes that stores.

import type { Graph } from '../../compiler/ir/graph.ts';
import type { Rewrite } from '../../compiler/ir/record.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { bytesOf, sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';

/** What `quantizedGraph` gives: the graph, and a rewrite of each node that is on codes now, by its old name. */
export interface QuantizedForm {
  readonly graph: Graph;
  readonly rewrites: readonly Rewrite[];
}

export interface QuantizedStep {
  readonly numbers: 'int8' | 'f32';
  /** Of the result, of one image: a byte for each code, four for each number of f32. */
  readonly outputBytes: number;
}

/** Of the step of that name and that result; undefined where it became part of another one's weights. */
export function quantizedSteps({
  graph,
  rewrites,
}: QuantizedForm): (name: string, result: Shape) => QuantizedStep | undefined {
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const onCodes = new Set(rewrites.flatMap((rewrite) => rewrite.nodes));
  return (name, result) => {
    const node = nodes.get(name);
    const numbers = onCodes.has(name) ? 'int8' : 'f32';
    if (node) return { numbers, outputBytes: bytesOf(typeOf(graph, node.results[0]!)) };
    // An activation that holds the codes of the layer before.
    return numbers === 'int8' ? { numbers, outputBytes: sizeOf(result) } : undefined;
  };
}

/** Bytes of the tensors of its file. */
export const quantizedWeightBytes = ({ graph }: QuantizedForm): number =>
  graph.parameters.reduce((sum, { value }) => sum + bytesOf(typeOf(graph, value)), 0);
