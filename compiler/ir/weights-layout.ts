// Tells whether a module and a weights file belong to one network: a hash of the names and shapes of its weights, which both carry.

import type { Graph } from './graph.ts';
import { hashOfText } from './hash.ts';
import { typeOf } from './signature.ts';

/** 16 hexadecimal digits. Every name is followed by its extents, in the network's own order. */
export function weightsLayout(graph: Graph): string {
  const text = JSON.stringify(graph.parameters.map(({ name, value }) => [name, typeOf(graph, value).shape]));
  return hashOfText(text);
}
