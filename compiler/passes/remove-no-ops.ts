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

import { isPositive, rangeOf } from '../analysis/range.ts';
import type { Node, ValueId } from '../ir/graph.ts';
import { editGraph, removeDead } from '../ir/rewrite.ts';
import { sameType } from '../ir/tensor-type.ts';
import { numberOf, paddingOf, sizeAt, wordOf } from '../ops/attributes.ts';
import type { Pass } from './pass.ts';
import { about, savedBy } from './pass.ts';

/** These store nothing. */
const views: ReadonlySet<string> = new Set(['reshape', 'flatten', 'split']);

/** `positive`: only where no element can be −0. */
type Answer = boolean | 'positive';

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
      const answer = doesNothing(node);
      if (answer === false) continue;
      if (answer === 'positive' && !isPositive(rangeOf(value, editor.producerOf))) {
        const reason = `${node.name} changes nothing but the sign of zeros, and its operand may hold -0`;
        context.miss({ ...about(node.op, node), reason });
        continue;
      }
      context.rewrite({ ...about(node.op, node), ...savedBy(...(views.has(node.op) ? [] : [editor.typeOf(value)])) });
      editor.replace(node, [value]);
    }
    return removeDead(editor.finish());

    /** Result and first operand have the same type. */
    function doesNothing({ op, attributes, operands }: Node): Answer {
      switch (op) {
        case 'max_pool':
        case 'avg_pool':
          return isOne(sizeAt(attributes, 'kernel')) && isOne(sizeAt(attributes, 'stride'));
        case 'adaptive_avg_pool':
        case 'global_avg_pool':
          return 'positive';
        case 'global_max_pool':
        case 'reshape':
        case 'flatten':
        case 'split':
          return true;
        case 'concat':
        case 'add':
          return operands.length === 1;
        case 'mul':
          return operands.slice(1).every((factor) => isConstant(factor, 1));
        case 'pad':
          return paddingOf(attributes).every((width) => width === 0);
        case 'upsample':
          return wordOf(attributes, 'mode') === 'nearest';
        case 'channel_shuffle': {
          const groups = numberOf(attributes, 'groups');
          return groups === 1 || groups === editor.typeOf(operands[0]!).shape[0];
        }
        case 'clip':
          return numberOf(attributes, 'min') === -Infinity && numberOf(attributes, 'max') === Infinity;
        case 'leaky_relu':
          return numberOf(attributes, 'slope') === 1;
        case 'prelu':
          return isConstant(operands[1]!, 1);
        case 'scale': {
          const [, factor, shift] = operands as readonly [ValueId, ValueId, ValueId?];
          if (!isConstant(factor, 1)) return false;
          return shift === undefined || isConstant(shift, -0) || (isConstant(shift, 0) && 'positive');
        }
        default:
          return false;
      }
    }

    function isConstant(value: ValueId, wanted: number): boolean {
      return editor.constantOf(value)?.data.every((number) => Object.is(number, wanted)) ?? false;
    }
  },
};

const isOne = ([height, width]: readonly [number, number]): boolean => height === 1 && width === 1;
