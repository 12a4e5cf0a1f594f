// The calls of blocks in a graph, as a tree: each becomes a module. A call whose nodes are not in a row, or whose weights lie
// elsewhere, is dissolved: its nodes belong to what is around it.

import type { Graph, Node } from '../../../compiler/ir/graph.ts';
import { weightsNameOf } from '../../../compiler/ir/graph.ts';

/** A call of a block, or the whole network. */
export interface Scope {
  /** As the names of its nodes begin: `stage1.residual2`; empty for the network. */
  readonly name: string;
  /** What its weights begin with: another name where it is shared. */
  readonly home: string;
  /** The block's name, or the network's. */
  readonly of: string;
  readonly items: readonly Item[];
}

export type Item = { readonly kind: 'node'; readonly node: Node } | { readonly kind: 'call'; readonly scope: Scope };

/** Calls that must be dissolved, by their names. */
export interface Dissolved {
  readonly dissolve: readonly string[];
}

/** Nodes of a scope and of those inside. */
export function nodesIn({ items }: Scope): readonly Node[] {
  return items.flatMap((item) => (item.kind === 'node' ? [item.node] : nodesIn(item.scope)));
}

/** The tree without the calls that are dissolved; or one more that must be. */
export function scopesOf(graph: Graph, nodes: readonly Node[], dissolved: ReadonlySet<string>): Scope | Dissolved {
  const root: Open = { name: '', of: graph.name, items: [], nodes: [] };
  const open: Open[] = [root];
  const closed = new Set<string>();
  for (const node of nodes) {
    const around = (node.origin?.scopes ?? []).filter(({ kind, name }) => kind === 'block' && !dissolved.has(name));
    let depth = 0;
    while (depth < around.length && open[depth + 1]?.name === around[depth]!.name) depth += 1;
    for (const { name } of open.splice(depth + 1)) closed.add(name);
    for (const { name, of } of around.slice(depth)) {
      if (closed.has(name)) return { dissolve: [name] };
      const inner: Open = { name, of, items: [], nodes: [] };
      open.at(-1)!.items.push(inner);
      open.push(inner);
    }
    open.at(-1)!.items.push(node);
    for (const one of open) one.nodes.push(node);
  }
  return placed(root, '');
}

interface Open {
  readonly name: string;
  readonly of: string;
  readonly items: (Node | Open)[];
  /** All nodes inside. */
  readonly nodes: Node[];
}

function placed({ name, of, items, nodes }: Open, around: string): Scope | Dissolved {
  const home = name === '' ? '' : homeOf(name, nodes, around);
  if (name !== '' && !isInside(home, around)) return { dissolve: [name] };
  const result: Item[] = [];
  for (const item of items) {
    if (!('items' in item)) {
      result.push({ kind: 'node', node: item });
      continue;
    }
    const scope = placed(item, home);
    if ('dissolve' in scope) return scope;
    result.push({ kind: 'call', scope });
  }
  return { name, home, of, items: result };
}

/** Nodes of shared blocks have two names, `a.conv1` and `tower.conv1`: what stands before the common end is the home of `a`. */
function homeOf(name: string, nodes: readonly Node[], around: string): string {
  for (const node of nodes) {
    const end = node.name.slice(name.length);
    const weights = weightsNameOf(node);
    if (node.name.startsWith(`${name}.`) && weights.endsWith(end)) return weights.slice(0, weights.length - end.length);
  }
  return around === '' ? name : `${around}.${name.slice(name.lastIndexOf('.') + 1)}`;
}

/** Whether a dotted name lies in a place; everything lies in the network's, which has the empty name. */
export function isInside(name: string, place: string): boolean {
  return place === '' ? name !== '' : name.startsWith(`${place}.`);
}

/** The parts of a dotted name behind that of the place it lies in. */
export function pathIn(name: string, place: string): readonly string[] {
  return (place === '' ? name : name.slice(place.length + 1)).split('.');
}
