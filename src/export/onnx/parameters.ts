// A network's weights in the file: under their own names, each in the arrangements in which nodes read it.

import type { Graph, ValueId } from '../../../compiler/ir/graph.ts';
import { invariant } from '../../../compiler/ir/invariant.ts';
import type { Names } from '../../../compiler/ir/names.ts';
import { typeOf } from '../../../compiler/ir/signature.ts';
import type { Layout } from './site.ts';
import { floatTensor } from './tensors.ts';
import type { TensorInit } from './tensors.ts';

export interface Parameters {
  /** The name of a weight in this arrangement, which is written when it is first asked for; undefined for other values. */
  nameOf(value: ValueId, layout?: Layout): string | undefined;
}

interface Source {
  readonly name: string;
  readonly data: Float32Array;
}

/** Weights that a file supplies, by the graph's names, and those that are written in the network's text. */
export function createParameters(
  graph: Graph,
  tensors: ReadonlyMap<string, Float32Array>,
  names: Names,
  add: (tensor: TensorInit) => void,
): Parameters {
  const sources = sourcesOf(graph, tensors);
  const free = new Map([...sources].map(([value, { name }]) => [value, names.fresh(name)]));
  const written = new Map<string, string>();
  return {
    nameOf(value, layout) {
      const source = sources.get(value);
      if (!source) return undefined;
      const { shape } = typeOf(graph, value);
      const { key, dims, arranged } = layout ?? { key: `as ${shape.join()}`, dims: shape };
      const known = written.get(`${value} ${key}`);
      if (known !== undefined) return known;
      const name = free.get(value) ?? names.fresh(source.name);
      free.delete(value);
      written.set(`${value} ${key}`, name);
      add(floatTensor(name, dims, arranged?.(source.data) ?? source.data));
      return name;
    },
  };
}

function sourcesOf(graph: Graph, tensors: ReadonlyMap<string, Float32Array>): ReadonlyMap<ValueId, Source> {
  const sources = new Map<ValueId, Source>();
  for (const { name, value } of graph.parameters) {
    const data = tensors.get(name);
    invariant(data, () => `no tensor for ${name}`);
    sources.set(value, { name, data });
  }
  for (const { value, data } of graph.constants) {
    const reader = graph.nodes.find(({ operands }) => operands.includes(value));
    sources.set(value, { name: `${reader?.name ?? 'constant'}.weight`, data: Float32Array.from(data) });
  }
  return sources;
}
