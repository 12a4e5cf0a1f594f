// Reshapes that lead back: operators read values in the shapes that they need, and where several nodes became one, or activations lie
// between, the value had that shape before.

import type { Graph, Node, ValueId } from '../../../compiler/ir/graph.ts';
import { editGraph, removeDead } from '../../../compiler/ir/rewrite.ts';
import type { Editor } from '../../../compiler/ir/rewrite.ts';
import { operatorOf } from '../../../compiler/ir/signature.ts';
import { sameShape } from '../../../compiler/ir/tensor-type.ts';
import { operators } from '../../../compiler/ops/index.ts';

/** The graph in which no reshape undoes another, and none reads another. */
export function withoutDetours(graph: Graph): Graph {
  const editor = editGraph(graph, operators);
  for (const node of editor.nodes()) {
    if (!isReshape(node)) continue;
    const { source, activations } = wayTo(editor, node);
    const [result] = node.results as [ValueId];
    if (sameShape(editor.typeOf(source).shape, editor.typeOf(result).shape))
      editor.replace(node, [activated(editor, source, activations)]);
    else if (activations.length === 0 && source !== node.operands[0]) editor.update(node, { inputs: [source] });
  }
  return removeDead(editor.finish());
}

function isReshape({ op }: Node): boolean {
  const { lowering } = operatorOf(operators, op);
  return lowering?.kind === 'view' && lowering.of === 'whole';
}

interface Way {
  /** What the first of the reshapes reads. */
  readonly source: ValueId;
  /** Between the reshapes, the first one first. */
  readonly activations: readonly Node[];
}

/** From the reshapes before `node` to it, over activations that nobody else reads. */
function wayTo(editor: Editor, node: Node): Way {
  const activations: Node[] = [];
  let way: Way = { source: node.operands[0]!, activations: [] };
  for (let value = node.operands[0]!; ;) {
    const producer = editor.producerOf(value);
    if (!producer) return way;
    if (isReshape(producer)) way = { source: producer.operands[0]!, activations: [...activations] };
    else if (isActivation(producer) && editor.soleUserOf(value)) activations.unshift(producer);
    else return way;
    value = producer.operands[0]!;
  }
}

/** Whether each element is computed from the one in its place alone, wherever that is. */
function isActivation({ op }: Node): boolean {
  const { pointwise, parameters } = operatorOf(operators, op);
  return pointwise !== undefined && !parameters;
}

/** The value after the activations, which are made anew in its shape. */
function activated(editor: Editor, source: ValueId, activations: readonly Node[]): ValueId {
  return activations.reduce(
    (value, { op, name, attributes }) => editor.add({ op, name, inputs: [value], attributes })[0],
    source,
  );
}
