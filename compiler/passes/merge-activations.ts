// Merges two activations that clip, such as relu and relu6, and removes activations that change nothing because of the range of their
// operand: relu after relu6, sigmoid or softmax, leaky_relu after relu, clip around a known range. Values may be rounded to f32 between
// two clips: rounding is monotone, so clipping and rounding commute.
//
// Requires: to merge, nobody else reads the value in between; to remove, nothing but the ranges of the operators before.
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
import { operatorOf } from '../ir/signature.ts';
import type { Edit, Pass } from './pass.ts';
import { about, otherUse, savedBy, visiting } from './pass.ts';

export const mergeActivations: Pass = {
  name: 'merge-activations',
  modes: ['infer'],
  exact: true,
  run: visiting(visit),
};

function visit(edit: Edit, node: Node): void {
  const { editor, context } = edit;
  const outer = clipOf(node, context.operators);
  if (!outer && !operatorOf(context.operators, node.op).keepsPositive) return;
  const value = node.operands[0]!;
  const range = rangeOf(value, editor);
  const producer = editor.producerOf(value);
  if (producer && (outer ? contains(outer, range) : isPositive(range))) {
    context.rewrite({ ...about('no-effect', node, producer), ...savedBy(editor.typeOf(value)) });
    return editor.replace(node, [value]);
  }
  const inner = producer && clipOf(producer, context.operators);
  if (!outer || !inner) return;
  const reason = otherUse(editor, producer, node);
  if (reason) return context.miss({ ...about('clip', node, producer), reason });
  context.rewrite({ ...about('clip', node, producer), ...savedBy(editor.typeOf(value)) });
  clipInstead(edit, node, producer.operands[0]!, held(outer, inner));
}

/** Puts a clip of `value` in the place of `node`. */
function clipInstead({ editor }: Edit, node: Node, value: ValueId, bounds: Range): void {
  const { op, attributes } = clipTo(bounds);
  if (op === node.op) return editor.update(node, { inputs: [value], attributes });
  const { name, origin } = node;
  const [merged] = editor.add({ op, name: `${name}.${op}`, inputs: [value], attributes, origin });
  editor.replace(node, [merged]);
}

/** The most specific operator that clips to these bounds. */
function clipTo({ low, high }: Range): { readonly op: string; readonly attributes: Attributes } {
  if (Object.is(low, 0) && high === Infinity) return { op: 'relu', attributes: {} };
  if (Object.is(low, 0) && high === 6) return { op: 'relu6', attributes: {} };
  return { op: 'clip', attributes: { min: low, max: high } };
}
