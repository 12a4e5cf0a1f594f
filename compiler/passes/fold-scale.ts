// Folds a scale and shift per channel, y = s·x + t, into the weights of the layer before it (w' = s·w, b' = s·b + t) or
// after it (w' = w·s, b' = b + Σ w·t), also through a flatten, and merges two of them. Arithmetic with a constant per
// channel is turned into such a scale first. Since batch norms have become scales, this folds batch normalisation.
//
// Requires: nobody else reads the value in between. A shift t is folded into the layer after it only if that has no padding, which is 0
// and not t, and is no transposed convolution, whose borders sum fewer taps.
// Cost: always pays: weights are scaled once, when the module loads.
// Source: Jacob et al., 2018, section 3.2; ONNX Runtime's ConvBNFusion and ConvMulFusion, TVM's FoldScaleAxis, nncase's
// merge_binary_before_conv.
//
// before:
//   %0 = input x : [N,2]
//   %1 = parameter dense.weight : [3,2] he(2, 3)
//   %2 = parameter dense.bias : [3] constant(0)
//   %3 = parameter scale.weight : [3] constant(1)
//   %4 = parameter scale.bias : [3] constant(0)
//   %5 = dense(%0, %1, %2) {features=3} as dense
//   %6 = scale(%5, %3, %4) as scale
//   output y = %6
// after:
//   %0 = input x : [N,2]
//   %1 = parameter dense.weight : [3,2] he(2, 3)
//   %2 = parameter dense.bias : [3] constant(0)
//   %3 = parameter scale.weight : [3] constant(1)
//   %4 = parameter scale.bias : [3] constant(0)
//   %5 = reshape(%3) {shape=[3, 1]} as dense.reshape
//   %6 = mul(%1, %5) as dense.mul
//   %7 = mul(%2, %3) as dense.mul_2
//   %8 = add(%7, %4) as dense.add
//   %9 = dense(%0, %6, %8) {features=3} as dense
//   output y = %9
//
// before:
//   %0 = input x : [N,2,4,4]
//   %1 = parameter scale.weight : [2] constant(1)
//   %2 = parameter scale.bias : [2] constant(0)
//   %3 = parameter conv.weight : [5,2,3,3] he(18, 45)
//   %4 = scale(%0, %1, %2) as scale
//   %5 = conv(%4, %3) {channels=5, kernel=3, bias=false} as conv
//   output y = %5
// after:
//   %0 = input x : [N,2,4,4]
//   %1 = parameter scale.weight : [2] constant(1)
//   %2 = parameter scale.bias : [2] constant(0)
//   %3 = parameter conv.weight : [5,2,3,3] he(18, 45)
//   %4 = reshape(%3) {shape=[1, 5, 2, 9]} as conv.reshape
//   %5 = reshape(%1) {shape=[1, 1, 2, 1]} as conv.reshape_2
//   %6 = mul(%4, %5) as conv.mul
//   %7 = reshape(%6) {shape=[5, 2, 3, 3]} as conv.reshape_3
//   %8 = reshape(%2) {shape=[1, 1, 2, 1]} as conv.reshape_4
//   %9 = mul(%4, %8) as conv.mul_2
//   %10 = reduce_sum(%9) {axes=[2, 3]} as conv.reduce_sum
//   %11 = reshape(%10) {shape=[5]} as conv.reshape_5
//   %12 = conv(%0, %7, %11) {channels=5, kernel=3} as conv
//   output y = %12

import type { Node, ValueId } from '../ir/graph.ts';
import type { Arithmetic } from '../ir/lowering.ts';
import { operatorOf } from '../ir/signature.ts';
import { sameShape, sizeOf } from '../ir/tensor-type.ts';
import { numberOf, paddingOf } from '../ops/attributes.ts';
import type { Edit, Pass } from './pass.ts';
import { about, otherUse, savedBy, visiting } from './pass.ts';
import type { WeightArithmetic } from './weights.ts';
import { layerOperands, weightArithmetic, withBias } from './weights.ts';

export const foldScale: Pass = {
  name: 'fold-scale',
  modes: ['infer'],
  exact: false,
  combinesWeights: true,
  run: visiting(visit),
};

function visit(edit: Edit, node: Node): void {
  const { context } = edit;
  const { lowering } = operatorOf(context.operators, node.op);
  if (lowering?.kind === 'arithmetic') toScale(edit, node, lowering.operation);
  else if (node.op === 'scale' && !intoProducer(edit, node)) intoReader(edit, node);
}

/** Whether the node has weights into which a factor per channel can be folded. */
function isLayer({ context }: Edit, { op }: Node): boolean {
  return operatorOf(context.operators, op).groups !== undefined;
}

/** Folds the scale into the layer or scale before it; false where it stays. */
function intoProducer(edit: Edit, scale: Node): boolean {
  const { editor, context } = edit;
  const input = scale.operands[0]!;
  const producer = editor.producerOf(input);
  if (!producer || !(isLayer(edit, producer) || producer.op === 'scale')) return false;
  const reason = otherUse(editor, producer, scale);
  if (reason) {
    context.miss({ ...about('scale', scale, producer), reason });
    return false;
  }
  context.rewrite({ ...about('scale', scale, producer), ...savedBy(editor.typeOf(input)) });
  const [, factor, shift] = layerOperands(scale);
  const [, weight, bias] = layerOperands(producer);
  const w = weightArithmetic(editor, producer);
  const newWeight = scaledOutputs(edit, w, producer, weight, factor);
  const scaledBias = bias === undefined ? shift : w.mul(bias, factor);
  const newBias = bias === undefined || shift === undefined ? scaledBias : w.add(scaledBias!, shift);
  editor.update(producer, {
    attributes: { bias: newBias !== undefined },
    parameters: withBias(newWeight, newBias),
  });
  editor.replace(scale, [producer.results[0]!]);
  return true;
}

/** The weight with each output channel multiplied by its factor. */
function scaledOutputs(
  { editor }: Edit,
  w: WeightArithmetic,
  { op, attributes }: Node,
  weight: ValueId,
  factor: ValueId,
): ValueId {
  const { shape } = editor.typeOf(weight);
  const channels = sizeOf(editor.typeOf(factor).shape);
  if (op !== 'conv_transpose') {
    return w.mul(weight, w.reshape(factor, [channels, ...shape.slice(1).map(() => 1)]));
  }
  const groups = numberOf(attributes, 'groups');
  const view = [groups, shape[0]! / groups, shape[1]!, shape[2]! * shape[3]!];
  return w.reshape(w.mul(w.reshape(weight, view), w.reshape(factor, [groups, 1, shape[1]!, 1])), shape);
}

/** Folds the scale into the layer that reads its result, directly or through a flatten. */
function intoReader(edit: Edit, scale: Node): void {
  const { editor, context } = edit;
  const flatten = editor.usesOf(scale.results[0]!).nodes.find(({ op }) => op === 'flatten');
  const read = flatten ?? scale;
  const layer = editor.usesOf(read.results[0]!).nodes.find((node) => isLayer(edit, node));
  if (!layer) return;
  const [input, factor, shift] = layerOperands(scale);
  const shifted = shift !== undefined && !isZero(edit, shift);
  const reason =
    otherUse(editor, scale, flatten ?? layer) ??
    (flatten ? otherUse(editor, flatten, layer) : undefined) ??
    (shifted ? bordersOf(layer, scale) : undefined);
  if (reason) return context.miss({ ...about('scale', scale, layer), reason });
  context.rewrite({ ...about('scale', scale, layer), ...savedBy(editor.typeOf(scale.results[0]!)) });
  const [, weight, bias] = layerOperands(layer);
  const w = weightArithmetic(editor, layer);
  const { shape } = editor.typeOf(weight);
  const channels = editor.typeOf(factor).shape[0]!;
  if (flatten) editor.replaceUses(scale.results[0]!, input);
  const inputs = flatten ? {} : { inputs: [input] };
  if (layer.op === 'conv_transpose') {
    const scaled = w.mul(weight, w.reshape(factor, [channels, 1, 1, 1]));
    return editor.update(layer, { ...inputs, parameters: withBias(scaled, bias) });
  }
  // w [groups, O/groups, C/groups, taps], so that a vector [groups, 1, C/groups, 1] scales input channels.
  const groups = operatorOf(context.operators, layer.op).groups!(layer.attributes, [editor.typeOf(input)]);
  const depth = channels / groups;
  const view = w.reshape(weight, [groups, shape[0]! / groups, depth, sizeOf(shape) / shape[0]! / depth]);
  const perInput = (vector: ValueId): ValueId => w.reshape(vector, [groups, 1, depth, 1]);
  const scaled = w.reshape(w.mul(view, perInput(factor)), shape);
  const moved = shifted ? w.reshape(w.sum(w.mul(view, perInput(shift)), [2, 3]), [shape[0]!]) : undefined;
  const newBias = bias === undefined || moved === undefined ? (bias ?? moved) : w.add(bias, moved);
  editor.update(layer, {
    ...inputs,
    attributes: { bias: newBias !== undefined },
    parameters: withBias(scaled, newBias),
  });
}

/** Why the sum Σ w·t over the taps would differ between outputs, so that no bias can replace the shift. */
function bordersOf(layer: Node, scale: Node): string | undefined {
  if (layer.op === 'conv_transpose') return `the shift of ${scale.name} would differ at the borders of ${layer.name}`;
  const padded = layer.op !== 'dense' && paddingOf(layer.attributes).some((width) => width > 0);
  return padded ? `${layer.name} pads with 0 what ${scale.name} shifts` : undefined;
}

function isZero({ editor }: Edit, value: ValueId): boolean {
  return editor.constantOf(value)?.data.every((element) => element === 0) ?? false;
}

type Affine = readonly [factor: ValueId, shift?: ValueId];

/** x ∘ c as factor · x + shift, for the operations of which that is the form. */
const affine: Partial<
  Record<Arithmetic, (w: WeightArithmetic, filled: (value: number) => ValueId, c: ValueId) => Affine>
> = {
  add: (_, filled, c) => [filled(1), c],
  sub: (w, filled, c) => [filled(1), w.sub(filled(0), c)],
  mul: (_, __, c) => [c],
  div: (w, filled, c) => [w.div(filled(1), c)],
};

/** Turns x ∘ c into a scale, if c is known when the module loads and has one element, or one per channel. */
function toScale({ editor, context }: Edit, node: Node, operation: Arithmetic): void {
  const partsOf = affine[operation];
  if (!partsOf) return;
  const [left, right] = node.operands;
  if (node.operands.length !== 2 || editor.isPrepared(left!) === editor.isPrepared(right!)) return;
  const [x, constant] = editor.isPrepared(left!) ? [right!, left!] : [left!, right!];
  const { shape } = editor.typeOf(x);
  const { shape: given } = editor.typeOf(constant);
  const perChannel = given.every((extent, axis) => axis === 0 || extent === 1);
  if (!perChannel || !sameShape(editor.typeOf(node.results[0]!).shape, shape)) return;
  if (x === right && (operation === 'sub' || operation === 'div')) return;
  const w = weightArithmetic(editor, node);
  const channels = [shape[0]!];
  const single = w.reshape(constant, [given[0]!]);
  const vector = given[0] === shape[0] ? single : w.mul(w.filled(channels, 1), single);
  const [factor, shift] = partsOf(w, (value) => w.filled(channels, value), vector);
  context.rewrite({ ...about('arithmetic', node), ...savedBy() });
  const [scaled] = editor.add({
    op: 'scale',
    name: `${node.name}.scale`,
    inputs: [x],
    attributes: { bias: shift !== undefined },
    parameters: withBias(factor, shift),
    origin: node.origin,
  });
  editor.replace(node, [scaled]);
}
