// The peer in plain JavaScript: @tensorflow/tfjs with its `cpu` backend.

import type { Graph } from '../../../compiler/ir/graph.ts';
import type { Engine, Weights } from '../engine.ts';
import { createTfjs, importTfjs } from './tfjs.ts';

export async function createTfjsCpu(graph: Graph, weights: Weights, batch = 1): Promise<Engine> {
  return createTfjs(await importTfjs('cpu'), 'tfjs cpu', graph, weights, batch);
}
