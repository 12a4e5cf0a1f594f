// Removes nodes whose result is their operand: 1×1 pooling, padding by nothing, reshaping to the same shape, joins of one
// value, splitting into one part, enlarging by 1, shuffles that keep the order, clips without bounds, scaling by ones.
//
// Requires: every bit stays. A sum may turn −0 into +0, so averages of one pixel and added zeros go only where the value
// is known to be positive; blending with a weight of 0 turns infinities into NaN, so bilinear enlarging stays.
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
import { editGraph, removeDead } from '../ir/rewrite.ts';
import { operatorOf } from '../ir/signature.ts';
import { sameType } from '../ir/tensor-type.ts';
import type { Pass } from './pass.ts';
import { about, savedBy } from './pass.ts';

export const removeNoOps: Pass = {
  name: 'remove-no-ops',
  summary: 'Nodes whose result is their operand disappear: 1×1 pooling, padding by nothing, joins of one value, …',
  modes: ['infer'],
  exact: true,
  run(graph, context) {
    const editor = editGraph(graph, context.operators);
    for (const node of editor.nodes()) {
      const [value] = node.operands as [ValueId];
      if (node.results.length !== 1 || !sameType(editor.typeOf(value), editor.typeOf(node.results[0]!))) continue;
      const answer = unchanged(node);
      if (answer === false) continue;
      if (answer === 'positive' && !isPositive(rangeOf(value, editor))) {
        const reason = `${node.name} changes nothing but the sign of zeros, and its operand may hold -0`;
        context.miss({ ...about(node.op, node), reason });
        continue;
      }
      context.rewrite({
        ...about(node.op, node),
        ...savedBy(...(isView(operatorOf(context.operators, node.op).lowering) ? [] : [editor.typeOf(value)])),
      });
      editor.replace(node, [value]);
    }
    return removeDead(editor.finish());

    /** Result and first operand have the same type. */
    function unchanged({ op, attributes, operands }: Node): boolean | 'positive' {
      const operator = operatorOf(context.operators, op);
      const { shape } = editor.typeOf(operands[0]!);
      const constant = (operand: number, value: number): boolean => isConstant(operands[operand]!, value);
      return operator.unchanged?.({ attributes, shape, operands: operands.length, isConstant: constant }) ?? false;
    }

    function isConstant(value: ValueId, wanted: number): boolean {
      return editor.constantOf(value)?.data.every((number) => Object.is(number, wanted)) ?? false;
    }
  },
};
