// Removes nodes whose result is their operand: 1×1 pooling, padding by nothing, reshaping to the same shape, concatenating one value,
// splitting into one part, upsampling by 1, shuffles that keep the order, clips without bounds, scaling by ones.
//
// Requires: every bit stays. Adding 0 turns −0 into +0, so means of one pixel and sums with zeros go only if their operand is never
// negative or −0. Blending with a weight of 0 turns infinities into NaN, so bilinear upsampling stays.
// Cost: always pays.
// Source: Glow's EliminateNoop, ONNX Runtime's NoopElimination, ncnn's eliminate_pooling1x1 and eliminate_noop.
//
// before:
//   %0 = input x : [N,2,3,3]
//   %1 = max_pool(%0) {kernel=1} as pool
//   %2 = pad(%1) {padding=0} as pad
//   %3 = reshape(%2) {shape=[2, 3, 3]} as reshape
//   %4 = concat(%3) as concat
//   %5 = clip(%4) {min=-Infinity, max=Infinity} as clip
//   %6 = relu(%5) as relu
//   output y = %6
// after:
//   %0 = input x : [N,2,3,3]
//   %1 = relu(%0) as relu
//   output y = %1
//
// before:
//   %0 = input x : [N,2,3,3]
//   %1 = relu(%0) as relu
//   %2 = adaptive_avg_pool(%1) {size=3} as mean
//   output y = %2
// after:
//   %0 = input x : [N,2,3,3]
//   %1 = relu(%0) as relu
//   output y = %1

import { rangeOf } from '../analysis/range.ts';
import type { Node, ValueId } from '../ir/graph.ts';
import { isView } from '../ir/lowering.ts';
import { isPositive } from '../ir/range.ts';
import { operatorOf } from '../ir/signature.ts';
import { sameType } from '../ir/tensor-type.ts';
import type { Edit, Pass } from './pass.ts';
import { about, savedBy, visiting } from './pass.ts';

export const removeNoOps: Pass = {
  name: 'remove-no-ops',
  modes: ['infer'],
  exact: true,
  run: visiting(visit),
};

function visit(edit: Edit, node: Node): void {
  const { editor, context } = edit;
  const [value] = node.operands as [ValueId];
  if (node.results.length !== 1 || !sameType(editor.typeOf(value), editor.typeOf(node.results[0]!))) return;
  const answer = isUnchanged(edit, node);
  if (answer === false) return;
  if (answer === 'positive' && !isPositive(rangeOf(value, editor))) {
    const reason = `${node.name} changes nothing but the sign of zeros, and its operand may hold -0`;
    return context.miss({ ...about(node.op, node), reason });
  }
  const isFree = isView(operatorOf(context.operators, node.op).lowering);
  context.rewrite({ ...about(node.op, node), ...savedBy(...(isFree ? [] : [editor.typeOf(value)])) });
  editor.replace(node, [value]);
}

/** What the operator says of a node whose result has the type of its first operand. */
function isUnchanged({ editor, context }: Edit, { op, attributes, operands }: Node): boolean | 'positive' {
  const operator = operatorOf(context.operators, op);
  const { shape } = editor.typeOf(operands[0]!);
  const isConstant = (operand: number, wanted: number): boolean =>
    editor.constantOf(operands[operand]!)?.data.every((number) => Object.is(number, wanted)) ?? false;
  return operator.unchanged?.({ attributes, shape, operands: operands.length, isConstant }) ?? false;
}
