// Tells whether a module and a weights file belong to one network: a hash of the names and shapes of its weights, which both carry.

import type { Graph } from './graph.ts';
import { typeOf } from './signature.ts';

/** 16 hexadecimal digits. Every name is followed by its extents, in the network's own order. */
export function weightsLayout(graph: Graph): string {
  const text = JSON.stringify(graph.parameters.map(({ name, value }) => [name, typeOf(graph, value).shape]));
  return `${fnv(text, 0x811c9dc5)}${fnv(text, 0x01234567)}`;
}

/** FNV-1a of 32 bits over UTF-16 code units, from any start. */
function fnv(text: string, start: number): string {
  let hash = start;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
