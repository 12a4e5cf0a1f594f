// Decides which nodes compute with codes: layers with weights wherever possible, and the nodes between two nodes that do. The last layer's
// scores and what follows them stay f32, since 128 codes cannot tell a thousand classes apart.

import type { Graph, Node, ValueId } from '../ir/graph.ts';
import type { OperatorTable } from '../ir/operator.ts';
import { producersOf, usesOf } from '../ir/rewrite.ts';
import type { Uses } from '../ir/rewrite.ts';
import { dataCount, operatorOf } from '../ir/signature.ts';
import { stagesOf } from '../ir/stage.ts';
import type { Form } from './forms.ts';
import { formOf } from './forms.ts';

export interface Choice {
  /** The nodes that compute with codes, by name. */
  readonly forms: ReadonlyMap<string, Form>;
  /** Why other nodes do not compute with codes, by name. */
  readonly reasons: ReadonlyMap<string, string>;
  readonly producers: ReadonlyMap<ValueId, Node>;
  readonly uses: ReadonlyMap<ValueId, Uses>;
  isPrepared(value: ValueId): boolean;
  /** A node's data operands. */
  dataOf(node: Node): readonly ValueId[];
}

/** The largest set of nodes each of which can compute with codes, and has others of the set around it. */
export function chooseNodes(graph: Graph, operators: OperatorTable): Choice {
  const stages = stagesOf(graph);
  const isPrepared = (value: ValueId): boolean => stages.get(value) === 'prepare';
  const dataOf = ({ op, operands }: Node): readonly ValueId[] =>
    operands.slice(0, dataCount(operatorOf(operators, op), operands.length));
  const forms = new Map<string, Form>();
  const reasons = new Map<string, string>();
  const running = graph.nodes.filter(({ results }) => !isPrepared(results[0]!));
  for (const node of running) {
    const form = formOf(node, { graph, operators, isPrepared });
    if (typeof form === 'string') reasons.set(node.name, form);
    else forms.set(node.name, form);
  }
  const producers = producersOf(graph);
  const uses = usesOf(graph);
  const isChosen = (node: Node | undefined): boolean => node !== undefined && forms.has(node.name);
  // For a concatenation, one operand on codes is enough: the others are converted instead of the result.
  const readsCodes = (node: Node): boolean => {
    const operands = dataOf(node).map((value) => isChosen(producers.get(value)));
    return forms.get(node.name)?.kind === 'moves' ? operands.includes(true) : operands.every((is) => is);
  };
  const isRead = (node: Node): boolean =>
    node.results.some((value) => uses.get(value)!.nodes.some((reader) => isChosen(reader)));
  // Removes nodes until all that are left have neighbours on codes. In both directions, so that two rounds are enough for most networks.
  for (let settled = false; !settled;) {
    settled = true;
    for (const node of [...running, ...running.toReversed()]) {
      const form = forms.get(node.name);
      if (!form || form.kind === 'layer') continue;
      const reason = readsCodes(node) ? (isRead(node) ? undefined : 'nothing on codes reads it') : 'an operand is f32';
      if (reason === undefined) continue;
      forms.delete(node.name);
      reasons.set(node.name, reason);
      settled = false;
    }
  }
  return { forms, reasons, producers, uses, isPrepared, dataOf };
}
