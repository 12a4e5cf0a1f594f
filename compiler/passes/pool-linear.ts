// Swaps a 1×1 convolution and an average pooling, which commute because both are linear, so that the one that shrinks the map comes first.
// Merges a larger convolution and the average pooling behind it into one convolution: p windows of k taps, s pixels apart, are together
// a window of k + s·(p − 1).
//
// Requires: nobody else reads the value in between. To swap: stride 1 and no padding of the convolution, and no bias if the pooling averages
// zeros. To merge: no padding of the pooling, no window that overhangs the map, dilation 1.
// Cost: fires if there are fewer products and additions in all; merged weights may have four times as many elements at most.
// Source: DenseNet's transitions (Huang et al., 2017) order them the expensive way; none of the compilers we read has it.
//
// before:
//   %0 = input x : [N,4,4,4]
//   %1 = parameter conv.weight : [2,4,1,1] he(4, 2)
//   %2 = parameter conv.bias : [2] constant(0)
//   %3 = conv(%0, %1, %2) {channels=2, kernel=1} as conv
//   %4 = avg_pool(%3) {kernel=2} as pool
//   output y = %4
// after:
//   %0 = input x : [N,4,4,4]
//   %1 = parameter conv.weight : [2,4,1,1] he(4, 2)
//   %2 = parameter conv.bias : [2] constant(0)
//   %3 = avg_pool(%0) {kernel=2} as pool
//   %4 = conv(%3, %1, %2) {channels=2, kernel=1} as conv
//   output y = %4
//
// before:
//   %0 = input x : [N,4,4,4]
//   %1 = parameter conv.weight : [2,4,1,1] he(4, 2)
//   %2 = avg_pool(%0) {kernel=3, stride=1, padding=1} as pool
//   %3 = conv(%2, %1) {channels=2, kernel=1, bias=false} as conv
//   output y = %3
// after:
//   %0 = input x : [N,4,4,4]
//   %1 = parameter conv.weight : [2,4,1,1] he(4, 2)
//   %2 = conv(%0, %1) {channels=2, kernel=1, bias=false} as conv
//   %3 = avg_pool(%2) {kernel=3, stride=1, padding=1} as pool
//   output y = %3
//
// before:
//   %0 = input x : [N,1,5,5]
//   %1 = parameter conv.weight : [1,1,2,1] he(2, 2)
//   %2 = parameter conv.bias : [1] constant(0)
//   %3 = conv(%0, %1, %2) {channels=1, kernel=[2, 1]} as conv
//   %4 = avg_pool(%3) {kernel=[2, 1], stride=[2, 1]} as pool
//   output y = %4
// after:
//   %0 = input x : [N,1,5,5]
//   %1 = parameter conv.weight : [1,1,2,1] he(2, 2)
//   %2 = parameter conv.bias : [1] constant(0)
//   %3 = constant : [1,2,3] [0.5, 0.5, 0, 0, 0.5, 0.5]
//   %4 = reshape(%1) {shape=[1, 1, 2]} as pool.reshape
//   %5 = weight_matmul(%4, %3) as pool.matmul
//   %6 = reshape(%5) {shape=[1, 1, 3, 1]} as pool.reshape_2
//   %7 = conv(%0, %6, %2) {channels=1, kernel=[3, 1], stride=[2, 1]} as pool.conv
//   output y = %7

import type { Attributes, Node, ValueId } from '../ir/graph.ts';
import { sameType, sizeOf } from '../ir/tensor-type.ts';
import type { TensorType } from '../ir/tensor-type.ts';
import { inferNode, operatorOf } from '../ir/signature.ts';
import { flagOf, paddingOf, sizeAt } from '../ops/attributes.ts';
import type { Edit, Pass } from './pass.ts';
import { about, otherUse, visiting } from './pass.ts';
import { hasStride1, is1x1, layerOperands, weightArithmetic, withBias } from './weights.ts';

/** By how much merging may enlarge the weights, which are loaded for every image and kept in memory. */
const growthLimit = 4;

/** Elements at most of the constant matrix [k², n²] that turns the smaller filters into the larger ones. */
const spreadLimit = 2 ** 15;

export const poolLinear: Pass = {
  name: 'pool-linear',
  modes: ['infer'],
  exact: false,
  combinesWeights: true,
  run: visiting(visit),
};

function visit(edit: Edit, node: Node): void {
  const { editor } = edit;
  const before = editor.producerOf(node.operands[0]!);
  if (!before) return;
  if (isMean(edit, node) && before.op === 'conv') {
    if (mapsPixels(before)) swap(edit, before, node, before);
    else if (node.op === 'avg_pool') merge(edit, before, node);
  } else if (node.op === 'conv' && isMean(edit, before) && mapsPixels(node)) swap(edit, before, node, node);
}

function isMean({ context }: Edit, { op }: Node): boolean {
  const { lowering } = operatorOf(context.operators, op);
  return lowering?.kind === 'pool' && lowering.reduces === 'mean';
}

/** Swaps `first` and `second`, of which `conv` is the convolution. */
function swap(edit: Edit, first: Node, second: Node, conv: Node): void {
  const { editor, context } = edit;
  const pool = conv === first ? second : first;
  const [input, between, result] = [first.operands[0]!, second.operands[0]!, second.results[0]!];
  const [inputType, betweenType, resultType] = [input, between, result].map(editor.typeOf) as [
    TensorType,
    TensorType,
    TensorType,
  ];
  const { results } = inferNode(operatorOf(context.operators, second.op), [inputType], second.attributes);
  const middle = results?.[0];
  if (!middle) return;
  const now = work(edit, first, inputType, betweenType) + work(edit, second, betweenType, resultType);
  const then = work(edit, second, inputType, middle) + work(edit, first, middle, resultType);
  if (then >= now) return;
  const reason = otherUse(editor, first, second) ?? zerosUnderBias(conv, pool);
  if (reason) return context.miss({ ...about('swap', conv, pool), reason });
  const macs = (node: Node, from: TensorType, to: TensorType): number =>
    node === conv ? work(edit, node, from, to) : 0;
  context.rewrite({
    ...about('swap', conv, pool),
    macsSaved:
      macs(first, inputType, betweenType) +
      macs(second, betweenType, resultType) -
      macs(second, inputType, middle) -
      macs(first, middle, resultType),
    bytesSaved: 8 * (sizeOf(betweenType.shape) - sizeOf(middle.shape)),
    callsSaved: 0,
  });
  const [ahead] = editor.add({ ...spec(second), inputs: [input] });
  const [behind] = editor.add({ ...spec(first), inputs: [ahead] });
  editor.replace(second, [behind]);
  editor.remove(first);
  editor.rename(editor.producerOf(ahead)!, second.name);
  editor.rename(editor.producerOf(behind)!, first.name);
}

/** Products of a convolution or additions of a pooling, per image. */
function work({ context }: Edit, node: Node, from: TensorType, to: TensorType): number {
  const operator = operatorOf(context.operators, node.op);
  if (operator.macs) return operator.macs(node.attributes, [from], [to]);
  const [kh, kw] = operator.window!(node.attributes, [from]).kernel;
  return kh * kw * sizeOf(to.shape);
}

function merge(edit: Edit, conv: Node, pool: Node): void {
  const { editor, context } = edit;
  const [input, weight, bias] = layerOperands(conv);
  const [inputType, between, result] = [input, conv.results[0]!, pool.results[0]!].map(editor.typeOf) as [
    TensorType,
    TensorType,
    TensorType,
  ];
  const attributes = mergedAttributes(conv, pool);
  const { shape } = editor.typeOf(weight);
  const products = work(edit, conv, inputType, between);
  const fewer = products + work(edit, pool, between, result) - macsOf(attributes, result);
  if (fewer <= 0) return;
  const reason = otherUse(editor, conv, pool) ?? misfit(edit, conv, pool, attributes, inputType, result);
  if (reason) return context.miss({ ...about('merge', conv, pool), reason });
  context.rewrite({
    ...about('merge', conv, pool),
    macsSaved: products - macsOf(attributes, result),
    bytesSaved: 8 * sizeOf(between.shape),
    callsSaved: 1,
  });
  const w = weightArithmetic(editor, pool);
  const [kh, kw] = sizeAt(conv.attributes, 'kernel');
  const [nh, nw] = sizeAt(attributes, 'kernel');
  const spread = editor.constant([1, kh * kw, nh * nw], spreadOf(conv, pool, [nh, nw]));
  const flat = w.reshape(weight, [1, shape[0]! * shape[1]!, kh * kw]);
  const spreadWeight = w.reshape(w.matmul(flat, spread), [shape[0]!, shape[1]!, nh, nw]);
  const { origin } = conv;
  const [merged] = editor.add({
    op: 'conv',
    name: `${pool.name}.conv`,
    inputs: [input],
    attributes,
    parameters: withBias(spreadWeight, bias),
    origin,
  });
  editor.replace(pool, [merged]);
  editor.remove(conv);

  function macsOf({ kernel }: Attributes, { shape: [, oh, ow] }: TensorType): number {
    const [height, width] = kernel as readonly [number, number];
    return shape[0]! * shape[1]! * height * width * oh! * ow!;
  }
}

function misfit(
  { context }: Edit,
  conv: Node,
  pool: Node,
  attributes: Attributes,
  input: TensorType,
  result: TensorType,
): string | undefined {
  if (paddingOf(pool.attributes).some((width) => width > 0)) return `${pool.name} has padding`;
  if (sizeAt(conv.attributes, 'dilation').some((step) => step > 1)) return `${conv.name} is dilated`;
  const [before, after] = [conv.attributes, attributes].map(tapsOf);
  if (after! > growthLimit * before!) return `the weights would grow ${(after! / before!).toFixed(1)}-fold`;
  if (before! * after! > spreadLimit) return `the windows of ${conv.name} are too large`;
  const { results } = inferNode(operatorOf(context.operators, conv.op), [input], attributes);
  const same = results && sameType(results[0]!, result);
  return same ? undefined : `the last windows of ${pool.name} overhang`;
}

const spec = ({ op, name, attributes, operands, origin }: Node) => ({
  op,
  name,
  attributes,
  parameters: operands.slice(1) as readonly ValueId[],
  origin,
});

const tapsOf = (attributes: Attributes): number => sizeOf(sizeAt(attributes, 'kernel'));

/** Whether each pixel of the result depends on the same pixel of the operand alone. */
const mapsPixels = (conv: Node): boolean => is1x1(conv) && hasStride1(conv);

/** Why the two may not be swapped: a convolution adds its bias to zeros of the padding only if it comes after the pooling. */
function zerosUnderBias(conv: Node, pool: Node): string | undefined {
  if (pool.op !== 'avg_pool' || !flagOf(conv.attributes, 'bias') || !flagOf(pool.attributes, 'count_padding'))
    return undefined;
  const padded = paddingOf(pool.attributes).some((width) => width > 0);
  return padded ? `${pool.name} averages zeros, to which ${conv.name} adds a bias` : undefined;
}

/** The attributes of the merged convolution, whose windows are those of the pooling, seen on the operand of `conv`. */
function mergedAttributes(conv: Node, pool: Node): Attributes {
  const [kernel, stride] = [sizeAt(conv.attributes, 'kernel'), sizeAt(conv.attributes, 'stride')];
  const [window, step] = [sizeAt(pool.attributes, 'kernel'), sizeAt(pool.attributes, 'stride')];
  return {
    ...conv.attributes,
    kernel: kernel.map((extent, axis) => extent + stride[axis]! * (window[axis]! - 1)),
    stride: stride.map((own, axis) => own * step[axis]!),
  };
}

/** [k², n²], to be multiplied by filters: the share of each tap of the smaller window in each tap of the larger one. */
function spreadOf(conv: Node, pool: Node, [nh, nw]: readonly [number, number]): readonly number[] {
  const [[kh, kw], [sh, sw]] = [sizeAt(conv.attributes, 'kernel'), sizeAt(conv.attributes, 'stride')];
  const [ph, pw] = sizeAt(pool.attributes, 'kernel');
  /** Whether tap `from` of some of the `count` windows, `step` apart, is tap `to` of the larger one. */
  const hits = (from: number, to: number, step: number, count: number): boolean =>
    to >= from && (to - from) % step === 0 && (to - from) / step < count;
  return Array.from({ length: kh * kw * nh * nw }, (_, at) => {
    const [from, to] = [Math.floor(at / (nh * nw)), at % (nh * nw)];
    const row = hits(Math.floor(from / kw), Math.floor(to / nw), sh, ph);
    return row && hits(from % kw, to % nw, sw, pw) ? 1 / (ph * pw) : 0;
  });
}
