// Turns an explicit `pad` into the padding of the convolution, pooling or `pad` that reads it. Convolutions and means that count
// padding see zeros around the image. A maximum sees −∞; padding with zeros is the same if no pixel is negative. A mean without padding
// of its own may count all of the pad.
//
// Requires: nobody else reads the padded value; the padding is a constant of the right value (two pads: the same, or both
// repeat the border); the windows stay where they are, and each contains a pixel of the image. Weights are finite. A mean
// reads no −0, because −0 + 0 is +0.
// Cost: always pays.
// Source: TVM's FoldExplicitPadding, ONNX Runtime's PadFusion, Glow's MergePadIntoConvolution, ncnn's fuse_padding_convolution.
//
// before:
//   %0 = input x : [N,1,4,4]
//   %1 = parameter conv.weight : [2,1,3,3] he(9, 18)
//   %2 = pad(%0) {padding=[1, 0]} as rows
//   %3 = pad(%2) {padding=[0, 1]} as columns
//   %4 = conv(%3, %1) {channels=2, kernel=3, padding=[0, 0, 1, 1], bias=false} as conv
//   output y = %4
// after:
//   %0 = input x : [N,1,4,4]
//   %1 = parameter conv.weight : [2,1,3,3] he(9, 18)
//   %2 = conv(%0, %1) {channels=2, kernel=3, padding=[1, 1, 2, 2], bias=false} as conv
//   output y = %2
//
// before:
//   %0 = input x : [N,1,4,4]
//   %1 = relu(%0) as relu
//   %2 = pad(%1) {padding=1} as pad
//   %3 = max_pool(%2) {kernel=3, stride=2} as pool
//   output y = %3
// after:
//   %0 = input x : [N,1,4,4]
//   %1 = relu(%0) as relu
//   %2 = max_pool(%1) {kernel=3, stride=2, padding=1} as pool
//   output y = %2

import { rangeOf } from '../analysis/range.ts';
import type { Attributes, Node } from '../ir/graph.ts';
import type { Lowering } from '../ir/lowering.ts';
import { paddingValue } from '../ir/lowering.ts';
import { isPositive } from '../ir/range.ts';
import { inferNode, operatorOf } from '../ir/signature.ts';
import { sameType } from '../ir/tensor-type.ts';
import { flagOf, numberOf, paddingOf, wordOf } from '../ops/attributes.ts';
import type { Edit, Pass } from './pass.ts';
import { about, otherUse, savedBy, visiting } from './pass.ts';

export const foldPadding: Pass = {
  name: 'fold-padding',
  modes: ['infer'],
  exact: true,
  run: visiting(visit),
};

function visit(edit: Edit, node: Node): void {
  const { editor, context } = edit;
  const value = node.operands[0]!;
  const pad = editor.producerOf(value);
  const { lowering } = operatorOf(context.operators, node.op);
  if (pad?.op !== 'pad' || !paddingValue(lowering)) return;
  const attributes = { ...node.attributes, padding: sum(paddingOf(pad.attributes), paddingOf(node.attributes)) };
  const changed = isMean(lowering) ? { ...attributes, count_padding: true } : attributes;
  const reason = otherUse(editor, pad, node) ?? valuesDiffer(edit, node, pad) ?? windowsMove(edit, node, changed, pad);
  if (reason) return context.miss({ ...about(node.op, node, pad), reason });
  context.rewrite({ ...about(node.op, node, pad), ...savedBy(editor.typeOf(value)) });
  editor.update(node, { inputs: [pad.operands[0]!], attributes: changed });
}

/** Why the operator would see other values around the image than those that the pad put there; undefined if it would not. */
function valuesDiffer({ editor, context }: Edit, node: Node, pad: Node): string | undefined {
  const mode = wordOf(pad.attributes, 'mode');
  const value = numberOf(pad.attributes, 'value');
  if (node.op === 'pad') {
    const same = wordOf(node.attributes, 'mode') === mode && (mode === 'replicate' || mode === 'constant');
    if (same && (mode === 'replicate' || Object.is(numberOf(node.attributes, 'value'), value))) return undefined;
    return `${pad.name} and ${node.name} fill in different values`;
  }
  if (mode !== 'constant') return `${pad.name} fills in pixels of the image (${mode})`;
  const { lowering } = operatorOf(context.operators, node.op);
  if (paddingValue(lowering) === 'least') {
    if (value === -Infinity) return undefined;
    if (value !== 0) return `${pad.name} fills in ${value}, ${node.name} pads with -Infinity`;
    if (isPositive(rangeOf(pad.operands[0]!, editor))) return undefined;
    return `${pad.name} fills in 0, and what ${node.name} reads may be negative`;
  }
  if (value !== 0) return `${pad.name} fills in ${value}, ${node.name} pads with 0`;
  if (!isMean(lowering)) return undefined;
  if (!flagOf(node.attributes, 'count_padding') && paddingOf(node.attributes).some((width) => width > 0)) {
    return `${node.name} counts the zeros of ${pad.name} but not its own padding`;
  }
  if (isPositive(rangeOf(pad.operands[0]!, editor))) return undefined;
  return `what ${node.name} reads may hold -0, which ${pad.name} makes +0`;
}

/** Why the windows would not stay where they are; undefined if they would. */
function windowsMove({ editor, context }: Edit, node: Node, attributes: Attributes, pad: Node): string | undefined {
  const operator = operatorOf(context.operators, node.op);
  const { results, problems } = inferNode(operator, [editor.typeOf(pad.operands[0]!)], attributes);
  if (!results) return `${node.name} cannot take the padding of ${pad.name}: ${problems.join('; ')}`;
  if (sameType(results[0]!, editor.typeOf(node.results[0]!))) return undefined;
  return `${node.name} rounds up, and its last window would start in the padding of ${pad.name}`;
}

const isMean = (lowering: Lowering | undefined): boolean => lowering?.kind === 'pool' && lowering.reduces === 'mean';

const sum = (a: readonly number[], b: readonly number[]): readonly number[] => a.map((width, at) => width + b[at]!);
