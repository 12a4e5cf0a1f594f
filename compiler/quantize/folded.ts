// Activations that only clip cost nothing on codes: the node before them clips its codes to a narrower range instead. If nodes that only
// move codes, such as a maximum pooling, stand in between, the activation is folded into the node before those: clipping is monotone, so
// that the order does not matter.

import type { Node, ValueId } from '../ir/graph.ts';
import type { OperatorTable } from '../ir/operator.ts';
import type { Range } from '../ir/range.ts';
import { operatorOf } from '../ir/signature.ts';
import type { Choice } from './choose.ts';

export interface Folded {
  /** By the name of the node that computes the codes: the bounds, and the activation that has them. */
  readonly clips: ReadonlyMap<string, { readonly range: Range; readonly activation: Node }>;
  /** Names of the activations that are folded. */
  readonly activations: ReadonlySet<string>;
  /** Names of activations on f32 whose result only becomes codes: the conversion clips for them. */
  readonly atBorder: ReadonlySet<string>;
  /** Values before such an activation, which it had not clipped yet in the f32 graph. */
  readonly uncut: ReadonlySet<ValueId>;
}

/** Which activations are folded into which nodes; at most one into a node. */
export function foldActivations(nodes: readonly Node[], operators: OperatorTable, choice: Choice): Folded {
  const clips = new Map<string, { readonly range: Range; readonly activation: Node }>();
  const activations = new Set<string>();
  const uncut = new Set<ValueId>();
  for (const node of nodes) {
    if (choice.forms.get(node.name)?.kind !== 'pointwise') continue;
    const range = operatorOf(operators, node.op).clips?.(node.attributes);
    const path = range && pathTo(node, choice);
    if (!path || clips.has(path.maker.name) || activations.has(path.maker.name)) continue;
    clips.set(path.maker.name, { range, activation: node });
    activations.add(node.name);
    for (const value of path.values) uncut.add(value);
  }
  const atBorder = nodes.filter((node) => isAtBorder(node, operators, choice)).map(({ name }) => name);
  return { clips, activations, atBorder: new Set(atBorder), uncut };
}

/** The node that computes what the activation reads, and the values from there, if nobody else reads any of them. */
function pathTo(
  activation: Node,
  { forms, producers, uses }: Choice,
): { readonly maker: Node; readonly values: readonly ValueId[] } | undefined {
  const values: ValueId[] = [];
  for (let reader = activation; ;) {
    const value = reader.operands[0]!;
    const { nodes, output } = uses.get(value)!;
    const maker = producers.get(value);
    const form = maker && forms.get(maker.name);
    if (!form || output || nodes.length > 1 || maker.results.length > 1) return undefined;
    values.push(value);
    if (form.kind !== 'moves') return form.kind === 'pointwise' ? undefined : { maker, values };
    if (maker.operands.length > 1) return undefined;
    reader = maker;
  }
}

function isAtBorder(
  { name, op, attributes, operands, results: [value] }: Node,
  operators: OperatorTable,
  { forms, isPrepared, uses }: Choice,
): boolean {
  if (forms.has(name) || isPrepared(value!) || operands.length > 1) return false;
  const { nodes, output } = uses.get(value!)!;
  const readsCodes = nodes.length > 0 && nodes.every((reader) => forms.has(reader.name));
  return readsCodes && !output && operatorOf(operators, op).clips?.(attributes) !== undefined;
}
