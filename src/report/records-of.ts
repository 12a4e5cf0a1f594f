// Which records of a compilation name a node.

/** The records that name each node, in their order. */
export function recordsByNode<T extends { readonly nodes: readonly string[] }>(
  records: readonly T[],
): ReadonlyMap<string, readonly T[]> {
  const byNode = new Map<string, T[]>();
  for (const record of records)
    for (const name of new Set(record.nodes)) {
      const known = byNode.get(name);
      if (known) known.push(record);
      else byNode.set(name, [record]);
    }
  return byNode;
}
