// Merges two convolutions with nothing between them, one of which is 1×1, into a convolution with the window of the other:
// w' = w₂·w₁, b' = w₂·b₁ + b₂.
//
// Requires: nobody else reads the value in between; one group; the 1×1 convolution has no padding and, if it comes first, stride 1, and
// no bias where the second one has padding: that is 0, and would have to be the bias.
// Cost: fires if the merged one takes fewer multiply–accumulates than both; a bottleneck stays.
// Source: Paddle-Lite's ConvConvFuser, with its guard; nncase v1's fold_1x1_conv2d_depthwise_conv2d.
//
// before:
//   %0 = input x : [N,1,4,4]
//   %1 = parameter first.weight : [6,1,3,3] he(9, 54)
//   %2 = parameter first.bias : [6] constant(0)
//   %3 = parameter second.weight : [2,6,1,1] he(6, 2)
//   %4 = parameter second.bias : [2] constant(0)
//   %5 = conv(%0, %1, %2) {channels=6, kernel=3, padding=1} as first
//   %6 = conv(%5, %3, %4) {channels=2, kernel=1, stride=2} as second
//   output y = %6
// after:
//   %0 = input x : [N,1,4,4]
//   %1 = parameter first.weight : [6,1,3,3] he(9, 54)
//   %2 = parameter first.bias : [6] constant(0)
//   %3 = parameter second.weight : [2,6,1,1] he(6, 2)
//   %4 = parameter second.bias : [2] constant(0)
//   %5 = reshape(%3) {shape=[1, 2, 6]} as second.reshape
//   %6 = reshape(%1) {shape=[1, 6, 9]} as second.reshape_2
//   %7 = weight_matmul(%5, %6) as second.matmul
//   %8 = reshape(%7) {shape=[2, 1, 3, 3]} as second.reshape_3
//   %9 = reshape(%2) {shape=[1, 6, 1]} as second.reshape_4
//   %10 = weight_matmul(%5, %9) as second.matmul_2
//   %11 = reshape(%10) {shape=[2]} as second.reshape_5
//   %12 = add(%4, %11) as second.add
//   %13 = conv(%0, %8, %12) {channels=2, kernel=3, stride=2, padding=1} as second
//   output y = %13
//
// before:
//   %0 = input x : [N,1,4,4]
//   %1 = parameter first.weight : [6,1,1,1] he(1, 6)
//   %2 = parameter second.weight : [2,6,3,3] he(54, 18)
//   %3 = conv(%0, %1) {channels=6, kernel=1, bias=false} as first
//   %4 = conv(%3, %2) {channels=2, kernel=3, padding=1, bias=false} as second
//   output y = %4
// after:
//   %0 = input x : [N,1,4,4]
//   %1 = parameter first.weight : [6,1,1,1] he(1, 6)
//   %2 = parameter second.weight : [2,6,3,3] he(54, 18)
//   %3 = reshape(%2) {shape=[2, 6, 9]} as second.reshape
//   %4 = reshape(%1) {shape=[1, 6, 1]} as second.reshape_2
//   %5 = weight_matmul(%4, %3) {transpose=true} as second.matmul
//   %6 = reshape(%5) {shape=[2, 1, 3, 3]} as second.reshape_3
//   %7 = conv(%0, %6) {channels=2, kernel=3, padding=1, bias=false} as second
//   output y = %7

import type { Attributes, Node, ValueId } from '../ir/graph.ts';
import { inferNode, operatorOf } from '../ir/signature.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import { numberOf, paddingOf, sizeAt } from '../ops/attributes.ts';
import type { Edit, Pass } from './pass.ts';
import { about, millions, otherUse, visiting } from './pass.ts';
import { hasStride1, is1x1, layerOperands, weightArithmetic, withBias } from './weights.ts';

export const mergeLinearConvolutions: Pass = {
  name: 'merge-linear-convolutions',
  modes: ['infer'],
  exact: false,
  combinesWeights: true,
  run: visiting(visit),
};

function visit(edit: Edit, second: Node): void {
  const { editor } = edit;
  if (second.op !== 'conv') return;
  const between = editor.producerOf(second.operands[0]!);
  if (between?.op === 'conv') merge(edit, between, second);
  else if (between && isActivation(edit, between)) activated(edit, between, second);
}

function merge(edit: Edit, first: Node, second: Node): void {
  const { editor, context } = edit;
  const order = orderOf(first, second);
  if (!order) return;
  const macs = macsSaved(edit, first, second, order);
  if (macs === undefined) return;
  const reason =
    otherUse(editor, first, second) ??
    liftedBorder(first, second, order) ??
    (macs > 0 ? undefined : macs < 0 ? `would cost ${millions(-macs)} more MACs` : 'would cost as many MACs');
  if (reason) return context.miss({ ...about(order, second, first), reason });
  const between = editor.typeOf(first.results[0]!);
  context.rewrite({
    ...about(order, second, first),
    macsSaved: macs,
    bytesSaved: 8 * sizeOf(between.shape),
    callsSaved: 1,
  });
  const { weight, bias } = order === '1x1-last' ? mixedOutputs(edit, first, second) : mixedInputs(edit, first, second);
  const { origin } = second;
  const [merged] = editor.add({
    op: 'conv',
    name: `${second.name}.merged`,
    inputs: [first.operands[0]!],
    attributes: { ...attributesOf(first, second, order), bias: bias !== undefined },
    parameters: withBias(weight, bias),
    origin,
  });
  editor.replace(second, [merged]);
  editor.remove(first);
  editor.rename(editor.producerOf(merged)!, second.name);
}

/** Records that only an activation between the two keeps them from being merged. */
function activated(edit: Edit, activation: Node, second: Node): void {
  const { editor, context } = edit;
  const first = editor.producerOf(activation.operands[0]!);
  const order = first?.op === 'conv' ? orderOf(first, second) : undefined;
  if (!first || !order || !(macsSaved(edit, first, second, order)! > 0) || liftedBorder(first, second, order)) return;
  context.miss({ ...about(order, second, first), reason: `${activation.name} stands between` });
}

function isActivation({ context }: Edit, { op }: Node): boolean {
  return operatorOf(context.operators, op).pointwise !== undefined && op !== 'scale';
}

/** Multiply–accumulates that merging saves per image; undefined where the merged filters would exceed the limit of elements. */
function macsSaved({ editor, context }: Edit, first: Node, second: Node, order: Order): number | undefined {
  const [input, between, result] = [first.operands[0]!, first.results[0]!, second.results[0]!].map(editor.typeOf);
  const { macs } = operatorOf(context.operators, 'conv');
  const attributes = attributesOf(first, second, order);
  const { results } = inferNode(operatorOf(context.operators, 'conv'), [input!], attributes);
  if (!results) return undefined;
  const both = macs!(first.attributes, [input!], [between!]) + macs!(second.attributes, [between!], [result!]);
  return both - macs!(attributes, [input!], results);
}

/** k×k, then 1×1: each new filter is a weighted sum of the k×k filters. */
function mixedOutputs({ editor }: Edit, first: Node, second: Node): Merged {
  const [, inner, shift] = layerOperands(first);
  const [, outer, bias] = layerOperands(second);
  const w = weightArithmetic(editor, second);
  const { shape } = editor.typeOf(inner);
  const [outputs, middle] = editor.typeOf(outer).shape as [number, number];
  const mixing = w.reshape(outer, [1, outputs, middle]);
  const weight = w.matmul(mixing, w.reshape(inner, [1, middle, sizeOf(shape) / middle]));
  const reshaped = w.reshape(weight, [outputs, ...shape.slice(1)]);
  if (shift === undefined) return { weight: reshaped, bias };
  const moved = w.reshape(w.matmul(mixing, w.reshape(shift, [1, middle, 1])), [outputs]);
  return { weight: reshaped, bias: bias === undefined ? moved : w.add(bias, moved) };
}

/** 1×1, then k×k: each tap of the k×k filters, a vector over channels, is multiplied by the 1×1 matrix. */
function mixedInputs({ editor }: Edit, first: Node, second: Node): Merged {
  const [, inner, shift] = layerOperands(first);
  const [, outer, bias] = layerOperands(second);
  const w = weightArithmetic(editor, second);
  const [outputs, middle, ...kernel] = editor.typeOf(outer).shape as [number, number, number, number];
  const inputs = editor.typeOf(inner).shape[1]!;
  const taps = w.reshape(outer, [outputs, middle, sizeOf(kernel)]);
  const weight = w.matmul(w.reshape(inner, [1, middle, inputs]), taps, true);
  const reshaped = w.reshape(weight, [outputs, inputs, ...kernel]);
  if (shift === undefined) return { weight: reshaped, bias };
  const moved = w.reshape(w.sum(w.mul(taps, w.reshape(shift, [1, middle, 1])), [1, 2]), [outputs]);
  return { weight: reshaped, bias: bias === undefined ? moved : w.add(bias, moved) };
}

interface Merged {
  readonly weight: ValueId;
  readonly bias: ValueId | undefined;
}

type Order = '1x1-last' | '1x1-first';

/** Which of the two is the 1×1 convolution; undefined where they are not one convolution at all. */
function orderOf(first: Node, second: Node): Order | undefined {
  if ([first, second].some(({ attributes }) => numberOf(attributes, 'groups') !== 1)) return undefined;
  if (is1x1(second)) return '1x1-last';
  return is1x1(first) && hasStride1(first) ? '1x1-first' : undefined;
}

function attributesOf(first: Node, second: Node, order: Order): Attributes {
  if (order === '1x1-first') return second.attributes;
  const [steps, more] = [sizeAt(first.attributes, 'stride'), sizeAt(second.attributes, 'stride')];
  return {
    ...first.attributes,
    channels: numberOf(second.attributes, 'channels'),
    stride: steps.map((step, axis) => step * more[axis]!),
  };
}

function liftedBorder(first: Node, second: Node, order: Order): string | undefined {
  const lifted = order === '1x1-first' && first.attributes['bias'] === true;
  const padded = paddingOf(second.attributes).some((width) => width > 0);
  return lifted && padded ? `${second.name} pads with 0, not with the bias of ${first.name}` : undefined;
}
