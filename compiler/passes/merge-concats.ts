// Simplifies concatenations and splits that meet: a concatenation of concatenations becomes one, concatenating all parts of a split gives
// the split's operand, and splitting a concatenation where its operands meet gives these operands.
//
// Requires: nobody else reads the inner concatenation; all parts of a split are there, in order; the split cuts exactly where operands meet.
// Cost: always pays.
// Source: Glow's OptimizeConcatNodes, EliminateConcatSlice and EliminateSliceConcat, onnx/optimizer's fuse_consecutive_concats.
//
// before:
//   %0 = input a : [N,2]
//   %1 = input b : [N,3]
//   %2 = concat(%0, %1) as inner
//   %3 = concat(%2, %0) as outer
//   output y = %3
// after:
//   %0 = input a : [N,2]
//   %1 = input b : [N,3]
//   %2 = concat(%0, %1, %0) as outer
//   output y = %2
//
// before:
//   %0 = input x : [N,4]
//   %1, %2 = split(%0) {parts=2} as split
//   %3 = concat(%1, %2) as concat
//   %4 = relu(%3) as relu
//   output y = %4
// after:
//   %0 = input x : [N,4]
//   %1 = relu(%0) as relu
//   output y = %1
//
// before:
//   %0 = input a : [N,2]
//   %1 = input b : [N,3]
//   %2 = concat(%0, %1) as concat
//   %3, %4 = split(%2) {sizes=[2, 3]} as split
//   output y = %3
//   output z = %4
// after:
//   %0 = input a : [N,2]
//   %1 = input b : [N,3]
//   output y = %0
//   output z = %1

import type { Node, ValueId } from '../ir/graph.ts';
import { sameType } from '../ir/tensor-type.ts';
import type { Edit, Pass } from './pass.ts';
import { about, otherUse, savedBy, visiting } from './pass.ts';

export const mergeConcats: Pass = {
  name: 'merge-concats',
  modes: ['infer'],
  exact: true,
  run: visiting((edit, node) => {
    if (node.op === 'split') visitSplit(edit, node);
    if (node.op === 'concat') visitConcat(edit, node);
  }),
};

function visitSplit({ editor, context }: Edit, node: Node): void {
  const source = editor.producerOf(node.operands[0]!);
  if (source?.op !== 'concat') return;
  const { operands } = source;
  const fits = (value: ValueId, at: number): boolean => {
    const part = node.results[at];
    return part !== undefined && sameType(editor.typeOf(part), editor.typeOf(value));
  };
  if (!sameAxis(source, node) || operands.length !== node.results.length || !operands.every(fits)) {
    const reason = `${node.name} cuts ${source.name} elsewhere than between its values`;
    return context.miss({ ...about('split-of-concat', node, source), reason });
  }
  const whole = otherUse(editor, source, node) ? [] : [editor.typeOf(node.operands[0]!)];
  context.rewrite({ ...about('split-of-concat', node, source), ...savedBy(...whole) });
  editor.replace(node, operands);
}

function visitConcat(edit: Edit, node: Node): void {
  const { editor, context } = edit;
  const { operands } = node;
  const merged: ValueId[] = [];
  for (let at = 0; at < operands.length; at += 1) {
    const value = operands[at]!;
    const source = editor.producerOf(value);
    if (
      source?.op === 'split' &&
      sameAxis(source, node) &&
      source.results.every((part, place) => part === operands[at + place])
    ) {
      const whole = source.results.length === operands.length ? [editor.typeOf(node.results[0]!)] : [];
      context.rewrite({ ...about('concat-of-split', node, source), ...savedBy(...whole) });
      merged.push(source.operands[0]!);
      at += source.results.length - 1;
    } else if (
      source?.op === 'concat' &&
      sameAxis(source, node) &&
      (isReadOnce(edit, source, node) || source.operands.length === 1)
    ) {
      context.rewrite({ ...about('concat-of-concat', node, source), ...savedBy(editor.typeOf(value)) });
      merged.push(...source.operands);
    } else merged.push(value);
  }
  if (merged.length === 1 && operands.length > 1) editor.replace(node, merged);
  else if (merged.some((value, at) => value !== operands[at])) editor.update(node, { inputs: merged });
}

/** Whether the inner concatenation is read once, by the outer one. Records why not. */
function isReadOnce({ editor, context }: Edit, inner: Node, outer: Node): boolean {
  const times = outer.operands.filter((value) => value === inner.results[0]).length;
  const reason = otherUse(editor, inner, outer) ?? (times > 1 ? `${outer.name} reads ${inner.name} twice` : undefined);
  if (reason) context.miss({ ...about('concat-of-concat', outer, inner), reason });
  return !reason;
}

const sameAxis = (one: Node, other: Node): boolean => one.attributes['along'] === other.attributes['along'];
