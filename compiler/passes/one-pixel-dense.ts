// Turns a convolution whose window covers its whole map, and so has a single position, into a dense layer: above all a 1×1 convolution on
// a single pixel. The activations that follow then work on flat values, and a flatten behind them disappears.
//
// Requires: one group, no padding, dilation 1; a flipped window only on a single pixel.
// Cost: fires where flattening the input copies nothing: on a single pixel, or on a map that is no part of a larger one. A dense layer
// multiplies all images of a batch as the rows of one matrix, and gathers no windows.
// Source: ncnn's replace_convolution_with_innerproduct_after_global_pooling.
//
// before:
//   %0 = input x : [N,4,3,3]
//   %1 = parameter conv.weight : [2,4,1,1] he(4, 2)
//   %2 = parameter conv.bias : [2] constant(0)
//   %3 = global_avg_pool(%0) as pool
//   %4 = conv(%3, %1, %2) {channels=2, kernel=1} as conv
//   %5 = relu(%4) as relu
//   %6 = flatten(%5) as flatten
//   output y = %6
// after:
//   %0 = input x : [N,4,3,3]
//   %1 = parameter conv.weight : [2,4,1,1] he(4, 2)
//   %2 = parameter conv.bias : [2] constant(0)
//   %3 = global_avg_pool(%0) as pool
//   %4 = flatten(%3) as conv.flatten
//   %5 = reshape(%1) {shape=[2, 4]} as conv.reshape
//   %6 = dense(%4, %5, %2) {features=2} as conv
//   %7 = relu(%6) as relu
//   output y = %7

import type { Node, ValueId } from '../ir/graph.ts';
import { operatorOf } from '../ir/signature.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import { numberOf, paddingOf, sizeAt, wordOf } from '../ops/attributes.ts';
import type { Edit, Pass } from './pass.ts';
import { about, savedBy, visiting } from './pass.ts';
import { layerOperands, weightArithmetic, withBias } from './weights.ts';

export const onePixelDense: Pass = {
  name: 'one-pixel-dense',
  modes: ['infer'],
  exact: false,
  run: visiting((edit, node) => {
    if (node.op === 'conv' && coversMap(edit, node)) toDense(edit, node);
  }),
};

/** Whether the window is the whole map, once. */
function coversMap({ editor }: Edit, { operands, attributes }: Node): boolean {
  const [, height, width] = editor.typeOf(operands[0]!).shape;
  const [kh, kw] = sizeAt(attributes, 'kernel');
  const pixel = kh * kw === 1;
  const plain = sizeAt(attributes, 'dilation').every((step) => step === 1);
  const ordered = plain && wordOf(attributes, 'mode') === 'cross_correlation';
  const whole = kh === height && kw === width && paddingOf(attributes).every((extent) => extent === 0);
  return whole && (pixel || ordered) && numberOf(attributes, 'groups') === 1;
}

function toDense(edit: Edit, conv: Node): void {
  const { editor, context } = edit;
  const [input, weight, bias] = layerOperands(conv);
  const { shape } = editor.typeOf(input);
  const reason = sizeOf(shape) > shape[0]! ? partOfLarger(edit, input) : undefined;
  if (reason) return context.miss({ ...about('dense', conv), reason });
  context.rewrite({ ...about('dense', conv), ...savedBy() });
  const { name, attributes, origin } = conv;
  const [flat] = editor.add({ op: 'flatten', name: `${name}.flatten`, inputs: [input], origin });
  const features = numberOf(attributes, 'channels');
  const matrix = weightArithmetic(editor, conv).reshape(weight, [features, sizeOf(shape)]);
  const [dense] = editor.add({
    op: 'dense',
    name: `${name}.dense`,
    inputs: [flat],
    attributes: { features, bias: bias !== undefined },
    parameters: withBias(matrix, bias),
    origin,
  });
  const old = [conv, ...activationsAfter(edit, conv)];
  const end = old.at(-1)!.results[0]!;
  const flatValues = [dense];
  for (const activation of old.slice(1)) {
    const parameters = activation.operands.slice(1);
    flatValues.push(editor.add({ ...activation, inputs: [flatValues.at(-1)!], parameters })[0]);
  }
  const last = flatValues.at(-1)!;
  const reader = editor.soleUserOf(end);
  if (reader?.op === 'flatten') editor.replace(reader, [last]);
  const pixel = { shape: [features, 1, 1] };
  const [image] = editor.add({
    op: 'reshape',
    name: `${name}.pixel`,
    inputs: [last],
    attributes: pixel,
    origin,
  });
  editor.replaceUses(end, image);
  for (const node of old.toReversed()) editor.remove(node);
  flatValues.forEach((value, at) => editor.rename(editor.producerOf(value)!, old[at]!.name));
}

/** The activations that follow a node one after the other, up to the first value that has another reader. */
function activationsAfter({ editor, context }: Edit, node: Node): readonly Node[] {
  const found: Node[] = [];
  for (let reader = editor.soleUserOf(node.results[0]!); reader; reader = editor.soleUserOf(reader.results[0]!)) {
    if (!operatorOf(context.operators, reader.op).pointwise) break;
    found.push(reader);
  }
  return found;
}

/** Why the pixels of a map may not lie next to one another in memory. */
function partOfLarger({ editor }: Edit, value: ValueId): string | undefined {
  const producer = editor.producerOf(value);
  if (producer?.op === 'split') return `its map is a part of ${producer.name}`;
  const concat = editor.usesOf(value).nodes.find(({ op }) => op === 'concat');
  return concat && `its map is a part of ${concat.name}`;
}
