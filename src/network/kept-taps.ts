// Which inner values of a network are still computed after the passes, as they were written: some take a value apart, as a convolution is
// when the batch norm behind it becomes part of its weights.

import type { Graph, ValueId } from '../../compiler/ir/graph.ts';
import { producersOf, removeDead } from '../../compiler/ir/rewrite.ts';
import { printGraph } from '../../compiler/ir/text.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { PipelineOptions } from '../../compiler/pipeline.ts';
import { passedGraph } from '../../compiler/pipeline.ts';

/**
 * Of each of the taps the value in `passed`, which is `graph` after these passes; those that it does not have are left out. A value is in it
 * if the passes give the same graph when it is an output.
 */
export function keptTaps(
  graph: Graph,
  taps: ReadonlyMap<string, ValueId>,
  passed: Graph,
  options: PipelineOptions,
): ReadonlyMap<string, ValueId> {
  const text = printGraph(removeDead(passed), operators);
  const kept = [...taps].flatMap(([name, value]) => {
    const watched = { ...graph, outputs: [...graph.outputs, { name: `tap ${name}`, value }] };
    const { graph: seen } = passedGraph(watched, operators, options);
    const plain = removeDead({ ...seen, outputs: seen.outputs.slice(0, -1) });
    if (printGraph(plain, operators) !== text) return [];
    const place = placeIn(seen, seen.outputs.at(-1)!.value);
    const found = place && valueAt(passed, place);
    return found === undefined ? [] : [[name, found] as const];
  });
  return new Map(kept);
}

/** An input, or a result of a node, by their names. */
interface PlaceOfValue {
  readonly name: string;
  readonly result?: number;
}

function placeIn(graph: Graph, value: ValueId): PlaceOfValue | undefined {
  const producer = producersOf(graph).get(value);
  if (producer) return { name: producer.name, result: producer.results.indexOf(value) };
  return graph.inputs.find((input) => input.value === value);
}

function valueAt({ inputs, nodes }: Graph, { name, result }: PlaceOfValue): ValueId | undefined {
  if (result === undefined) return inputs.find((input) => input.name === name)?.value;
  return nodes.find((node) => node.name === name)?.results[result];
}
