// The order in which the nodes of an edited graph are computed.

import type { Node, ValueId } from './graph.ts';
import { invariant } from './invariant.ts';

/** Depth first from each node in turn, operands before users; iterative, because chains may be 100,000 long. */
export function sortedNodes(
  nodes: ReadonlyMap<string, Node>,
  producers: ReadonlyMap<ValueId, string>,
): readonly Node[] {
  const done = new Set<string>();
  const open = new Set<string>();
  const order: Node[] = [];
  for (const root of nodes.values()) {
    const stack = [root];
    while (stack.length > 0) {
      const node = stack.at(-1)!;
      if (done.has(node.name)) {
        stack.pop();
        continue;
      }
      const waiting = node.operands.flatMap((id) => {
        const producer = producers.get(id);
        return producer === undefined || done.has(producer) ? [] : [nodes.get(producer)!];
      });
      if (waiting.length === 0) {
        done.add(node.name);
        order.push(node);
        continue;
      }
      invariant(!open.has(node.name), `a cycle through ${node.name}`);
      open.add(node.name);
      stack.push(...waiting.toReversed());
    }
  }
  return order;
}
