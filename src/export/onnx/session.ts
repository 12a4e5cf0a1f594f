// The ONNX graph in the making: its nodes, its tensors, and the names of its values, which are those of the network's steps and weights.

import type { Graph, Node, ValueId } from '../../../compiler/ir/graph.ts';
import { invariant } from '../../../compiler/ir/invariant.ts';
import { createNames } from '../../../compiler/ir/names.ts';
import type { OperatorTable } from '../../../compiler/ir/operator.ts';
import { createEmitter } from './emitter.ts';
import type { NodeDraft } from './emitter.ts';
import { createParameters } from './parameters.ts';
import { siteOf } from './site-of.ts';
import type { KnownValues } from './site-of.ts';
import type { ExportSite } from './site.ts';
import type { TensorInit } from './tensors.ts';

export interface Session extends KnownValues {
  readonly nodes: readonly NodeDraft[];
  readonly tensors: readonly TensorInit[];
  /** Computes a step; what `compute` returns are its results. */
  add(node: Node, compute: (site: ExportSite) => readonly string[]): void;
  /** Puts a value out; its ONNX name, which is `name` where that is free. */
  put(name: string, value: ValueId): string;
}

/** An empty model of the graph. `tensors` by the names of the graph's parameters. */
export function createSession(
  graph: Graph,
  operators: OperatorTable,
  tensors: ReadonlyMap<string, Float32Array>,
): Session {
  const names = createNames();
  const emitter = createEmitter(names);
  const known = new Map<ValueId, string>();
  for (const { name, value } of graph.inputs) known.set(value, names.claim(name));
  // Before any step takes such a name.
  const outputs = graph.outputs.map(({ name, value }) => ({ name, value, own: names.fresh(name) }));
  const parameters = createParameters(graph, tensors, names, emitter.addTensor);
  const isFlow = new Set(graph.inputs.map(({ value }) => value));
  const session: Session = {
    graph,
    operators,
    nodes: emitter.nodes,
    tensors: emitter.tensors,
    isBatched: (value) => isFlow.has(value),
    nameOf(value, layout) {
      const name = (layout ? undefined : known.get(value)) ?? parameters.nameOf(value, layout);
      invariant(name, () => `value ${value} has no name`);
      return name;
    },
    add(node, compute) {
      const part = emitter.begin(node.name);
      const results = compute(siteOf(session, node, part));
      for (const [at, value] of node.results.entries()) {
        const wish = outputs.find((output) => output.value === value)?.own;
        const own = results.length === 1 ? node.name : `${node.name}.${at}`;
        known.set(value, part.rename(results[at]!, wish ?? names.fresh(own), at === 0 ? node.name : undefined));
        isFlow.add(value);
      }
    },
    put(name, value) {
      const { own } = outputs.find((output) => output.name === name && output.value === value)!;
      return known.get(value) === own ? own : copied(value, own);
    },
  };
  /** A copy under another name: of an input, a learned tensor, or what is put out twice. */
  const copied = (value: ValueId, own: string): string => {
    const part = emitter.begin(own);
    const site = siteOf(session, copyOf(value, own), part);
    return part.rename(site.emit('Identity', [site.operand(0)]), own, own);
  };
  return session;
}

const copyOf = (value: ValueId, name: string): Node => ({
  op: 'identity',
  name,
  operands: [value],
  attributes: {},
  results: [],
});
