// Two activations that hold numbers between bounds become one, and an activation that changes nothing because of what
// comes before it disappears: relu after relu6, sigmoid or softmax, leaky_relu after relu, clips around a known range.
// Bounds may be rounded to f32 in between: rounding is monotone, so it commutes with them.
//
// Requires: nobody else reads the value between two clips; to disappear, only bounds that follow from the operators before.
// Cost: always pays.
// Source: ONNX Runtime's FuseReluClip, Glow's OptimizeClips, RemoveIdentityRelu and RemoveIdentityClip, nncase's FoldClamp.
//
// before:
//   %0 = input x : [N,4]
//   %1 = relu(%0) as relu
//   %2 = clip(%1) {min=-1, max=0.25} as clip
//   output y = %2
// after:
//   %0 = input x : [N,4]
//   %1 = clip(%0) {min=0, max=0.25} as clip
//   output y = %1
//
// before:
//   %0 = input x : [N,4]
//   %1 = sigmoid(%0) as sigmoid
//   %2 = relu6(%1) as relu6
//   %3 = leaky_relu(%2) as leaky
//   output y = %3
// after:
//   %0 = input x : [N,4]
//   %1 = sigmoid(%0) as sigmoid
//   output y = %1

import { clipOf, rangeOf } from '../analysis/range.ts';
import type { Attributes, Node, ValueId } from '../ir/graph.ts';
import { contains, held, isPositive } from '../ir/range.ts';
import type { Range } from '../ir/range.ts';
import { editGraph, removeDead } from '../ir/rewrite.ts';
import { operatorOf } from '../ir/signature.ts';
import type { Pass } from './pass.ts';
import { about, otherUse, savedBy } from './pass.ts';

export const mergeActivations: Pass = {
  name: 'merge-activations',
  summary: 'Consecutive clips become one; activations that change nothing in their place disappear.',
  modes: ['infer'],
  exact: true,
  run(graph, context) {
    const editor = editGraph(graph, context.operators);
    for (const node of editor.nodes()) {
      const outer = clipOf(node, context.operators);
      if (!outer && !operatorOf(context.operators, node.op).keepsPositive) continue;
      const value = node.operands[0]!;
      const range = rangeOf(value, editor);
      const producer = editor.producerOf(value);
      if (producer && (outer ? contains(outer, range) : isPositive(range))) {
        context.rewrite({ ...about('no-effect', node, producer), ...savedBy(editor.typeOf(value)) });
        editor.replace(node, [value]);
        continue;
      }
      const inner = producer && clipOf(producer, context.operators);
      if (!outer || !inner) continue;
      const reason = otherUse(editor, producer, node);
      if (reason) {
        context.miss({ ...about('clip', node, producer), reason });
        continue;
      }
      context.rewrite({ ...about('clip', node, producer), ...savedBy(editor.typeOf(value)) });
      replace(node, producer.operands[0]!, held(outer, inner));
    }
    return removeDead(editor.finish());

    function replace(node: Node, value: ValueId, bounds: Range): void {
      const { op, attributes } = clipping(bounds);
      if (op === node.op) {
        editor.update(node, { inputs: [value], attributes });
        return;
      }
      const { name, origin } = node;
      const [merged] = editor.add({
        op,
        name: `${name}.${op}`,
        inputs: [value],
        attributes,
        ...(origin && { origin }),
      });
      editor.replace(node, [merged]);
    }
  },
};

/** The plainest operator that holds numbers between these bounds. */
function clipping({ low, high }: Range): { readonly op: string; readonly attributes: Attributes } {
  if (Object.is(low, 0) && high === Infinity) return { op: 'relu', attributes: {} };
  if (Object.is(low, 0) && high === 6) return { op: 'relu6', attributes: {} };
  return { op: 'clip', attributes: { min: low, max: high } };
}
