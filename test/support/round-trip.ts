// A network that goes to ONNX and comes back: whether it is the same, weights bit for bit.

import type { Graph } from '../../compiler/ir/graph.ts';
import { exportOnnx } from '../../src/export/onnx/index.ts';
import { importOnnx } from '../../src/onnx/index.ts';
import type { Imported } from '../../src/onnx/index.ts';
import { matchGraphs } from '../../src/recover/match.ts';
import { canonical } from './canonical.ts';
import type { Tensors } from './canonical.ts';

/** What is read back of the file that is written. Throws where either is refused. */
export function throughOnnx(graph: Graph, tensors: Tensors): Imported {
  const exported = exportOnnx(graph, tensors);
  if ('problems' in exported) throw new Error(JSON.stringify(exported.problems));
  const imported = importOnnx(exported.bytes);
  if ('problems' in imported) throw new Error(JSON.stringify(imported.problems));
  return imported;
}

/** The first difference after canonicalisation, in a sentence; undefined where there is none. */
export function roundTripDifference(graph: Graph, tensors: Tensors): string | undefined {
  const imported = throughOnnx(graph, tensors);
  const before = canonical({ graph, tensors });
  const after = canonical({
    graph: imported.network.graph,
    tensors: new Map([...imported.weights].map(([name, { data }]) => [name, data])),
  });
  const match = matchGraphs(before.graph, after.graph);
  if ('difference' in match) return match.difference;
  const names = new Map(after.graph.parameters.map(({ name, value }) => [value, name]));
  const changed = before.graph.parameters.find(({ name, value }) => {
    const [ours, theirs] = [before.tensors.get(name)!, after.tensors.get(names.get(match.values.get(value)!)!)!];
    return ours.length !== theirs.length || ours.some((number, at) => !Object.is(number, theirs[at]));
  });
  return changed && `the weights of ${changed.name} are others`;
}
