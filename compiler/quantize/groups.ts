// Groups of values that have a scale and zero point in common, because nodes that only move codes connect them: union–find (Galler and
// Fischer, 1964).

import { rangeOf } from '../analysis/range.ts';
import type { Graph, Node, ValueId } from '../ir/graph.ts';
import { valueNames } from '../ir/names.ts';
import type { OperatorTable } from '../ir/operator.ts';
import { hull } from '../ir/range.ts';
import type { Range } from '../ir/range.ts';
import type { Choice } from './choose.ts';
import type { Folded } from './folded.ts';
import type { GroupId, ScaleGroup } from './plan.ts';

export interface Groups {
  /** The group of a value. The value will be observed in calibration, unless a node that moves codes made it or an activation still clips it. */
  of(value: ValueId): GroupId;
  /** All that were asked for. */
  list(): readonly ScaleGroup[];
}

/** The groups of the values of a graph, which are created when they are asked for. */
export function groupValues(
  graph: Graph,
  operators: OperatorTable,
  choice: Choice,
  { activations, uncut }: Folded,
): Groups {
  const parents = new Map<ValueId, ValueId>();
  const rootOf = (value: ValueId): ValueId => {
    let root = value;
    for (let next = parents.get(root); next !== undefined; next = parents.get(root)) root = next;
    if (root !== value) parents.set(value, root);
    return root;
  };
  const join = (a: ValueId, b: ValueId): void => {
    const [from, to] = [rootOf(b), rootOf(a)];
    if (from !== to) parents.set(from, to);
  };
  const joins = (node: Node): boolean => choice.forms.get(node.name)?.kind === 'moves' || activations.has(node.name);
  for (const node of graph.nodes) {
    if (!joins(node)) continue;
    const [first] = node.operands as readonly [ValueId];
    for (const value of [...node.operands, ...node.results]) join(first, value);
  }
  const names = valueNames(graph);
  const ids = new Map<ValueId, GroupId>();
  const groups: { readonly name: string; readonly observed: Set<ValueId> }[] = [];
  const producerOf = (value: ValueId): Node | undefined => choice.producers.get(value);
  const isMoved = (value: ValueId): boolean => {
    const producer = producerOf(value);
    return producer !== undefined && choice.forms.get(producer.name)?.kind === 'moves';
  };
  return {
    of(value) {
      const root = rootOf(value);
      const id = ids.get(root) ?? groups.push({ name: names.get(value)!, observed: new Set() }) - 1;
      ids.set(root, id);
      if (!isMoved(value) && !uncut.has(value)) groups[id]!.observed.add(value);
      return id;
    },
    list: () =>
      groups.map(({ name, observed }) => {
        const bounds = hull([...observed].map((value) => rangeOf(value, { operators, producerOf })));
        return { name, observed: [...observed], ...(isFinite(bounds) && { bounds }) };
      }),
  };
}

const isFinite = ({ low, high }: Range): boolean => Number.isFinite(low) && Number.isFinite(high);
