// Whether two graphs are the same: the same operators with the same attributes, wired in the same way from inputs to outputs.
// Names and the order of nodes say nothing. What corresponds to what is the result.

import { sameAttribute } from '../../compiler/ir/attributes.ts';
import type { Graph, Node, ValueId } from '../../compiler/ir/graph.ts';
import { formatShape, sameShape } from '../../compiler/ir/tensor-type.ts';

export interface Match {
  /** Value of the first graph → value of the second. */
  readonly values: ReadonlyMap<ValueId, ValueId>;
  /** Node of the first → node of the second. */
  readonly nodes: ReadonlyMap<Node, Node>;
}

/** What corresponds, or a sentence on the first difference. */
export function matchGraphs(a: Graph, b: Graph): Match | { readonly difference: string } {
  const [ofA, ofB] = [producers(a), producers(b)];
  const values = new Map<ValueId, ValueId>();
  const back = new Map<ValueId, ValueId>();
  const nodes = new Map<Node, Node>();
  for (const kind of ['inputs', 'outputs'] as const) {
    if (a[kind].length !== b[kind].length) return { difference: `${a[kind].length} ${kind} became ${b[kind].length}` };
  }
  const open: (readonly [ValueId, ValueId])[] = [];
  for (const [at, { value }] of a.inputs.entries()) open.push([value, b.inputs[at]!.value]);
  for (const [at, { value }] of a.outputs.entries()) open.push([value, b.outputs[at]!.value]);
  const constantsB = new Map(b.constants.map(({ value, data }) => [value, data]));
  const constantsA = new Map(a.constants.map(({ value, data }) => [value, data]));
  for (let pair = open.pop(); pair; pair = open.pop()) {
    const [x, y] = pair;
    if (values.get(x) === y) continue;
    const [from, to] = [ofA.get(x), ofB.get(y)];
    if (values.has(x) || back.has(y)) return { difference: `values of \`${from?.name ?? x}\` were joined or parted` };
    values.set(x, y);
    back.set(y, x);
    const [s, t] = [a.types.get(x)!.shape, b.types.get(y)!.shape];
    if (!sameShape(s, t))
      return { difference: `\`${from?.name ?? x}\` was ${formatShape(s)} and is ${formatShape(t)}` };
    if (!from || !to) {
      if (from !== to) return { difference: `\`${(from ?? to)!.name}\` has no counterpart` };
      const [c, d] = [constantsA.get(x), constantsB.get(y)];
      if ((c ?? d) && !(c && d && c.every((number, at) => Object.is(number, d[at]))))
        return { difference: 'written weights differ' };
      continue;
    }
    const difference = nodeDifference(from, to);
    if (difference !== undefined) return { difference };
    nodes.set(from, to);
    for (const [at, operand] of from.operands.entries()) open.push([operand, to.operands[at]!]);
    for (const [at, result] of from.results.entries()) open.push([result, to.results[at]!]);
  }
  return { values, nodes };
}

function producers({ nodes }: Graph): ReadonlyMap<ValueId, Node> {
  return new Map(nodes.flatMap((node) => node.results.map((id) => [id, node] as const)));
}

function nodeDifference(a: Node, b: Node): string | undefined {
  if (a.op !== b.op) return `\`${a.name}\` was ${a.op} and is ${b.op}`;
  for (const name of new Set([...Object.keys(a.attributes), ...Object.keys(b.attributes)])) {
    if (!sameAttribute(a.attributes[name], b.attributes[name]))
      return `${name} of \`${a.name}\` was ${String(a.attributes[name])} and is ${String(b.attributes[name])}`;
  }
  if (a.operands.length !== b.operands.length || a.results.length !== b.results.length)
    return `\`${a.name}\` has other operands or results`;
  return undefined;
}
