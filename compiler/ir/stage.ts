// When a value is computed. It follows from what the value depends on, not from its type: a learning rate is an input without
// the batch axis, and is known as late as the images are.

import type { Graph, Node, ValueId } from './graph.ts';

/** `prepare`: once, when a module loads, from parameters and constants. `run`: in each pass, from inputs. */
export type Stage = 'prepare' | 'run';

/** The stage of every value. O(nodes). */
export function stagesOf(graph: Graph): Stages {
  const stages = new Map<ValueId, Stage>();
  for (const { value } of graph.inputs) stages.set(value, 'run');
  for (const { value } of [...graph.parameters, ...graph.constants]) stages.set(value, 'prepare');
  for (const node of graph.nodes) {
    const stage = node.operands.some((value) => stages.get(value) === 'run') ? 'run' : 'prepare';
    for (const value of node.results) stages.set(value, stage);
  }
  return stages;
}

export type Stages = ReadonlyMap<ValueId, Stage>;

export interface StagedNodes {
  readonly prepare: readonly Node[];
  readonly run: readonly Node[];
}

/** The nodes of each stage, in the order of the graph. */
export function splitStages(graph: Graph, stages: Stages = stagesOf(graph)): StagedNodes {
  const { prepare = [], run = [] } = Object.groupBy(graph.nodes, ({ results }) => stages.get(results[0]!)!);
  return { prepare, run };
}
