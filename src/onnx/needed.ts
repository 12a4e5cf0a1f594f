// What a file's outputs need: nodes that lead to none of them are not looked at, as in every runtime.

import type { GraphProto, NodeProto } from './file/messages.ts';

/** The nodes from which an output follows, in the file's order, which has what a node reads before it. */
export function neededNodes({ node, output }: GraphProto): readonly NodeProto[] {
  const needed = new Set(output.map(({ name }) => name));
  return node
    .toReversed()
    .filter((one) => {
      const isNeeded = one.output.some((name) => needed.has(name));
      if (isNeeded) for (const name of namesRead([one])) needed.add(name);
      return isNeeded;
    })
    .toReversed();
}

/** How often each name is read, by nodes and as an output. */
export function readersOf(nodes: readonly NodeProto[], { output }: GraphProto): ReadonlyMap<string, number> {
  const readers = new Map<string, number>();
  for (const name of [...namesRead(nodes), ...output.map((border) => border.name)])
    readers.set(name, (readers.get(name) ?? 0) + 1);
  return readers;
}

/** By nodes, and inside of their branches. */
function namesRead(nodes: readonly NodeProto[]): readonly string[] {
  return nodes.flatMap(({ input, attribute }) => [
    ...input,
    ...attribute.flatMap(({ g }) => (g ? [...namesRead(g.node), ...g.output.map(({ name }) => name)] : [])),
  ]);
}
