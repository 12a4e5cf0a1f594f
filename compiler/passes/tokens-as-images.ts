// Rewrites operators on tokens [length, features] as operators on images [features, 1, length], whose elements lie in memory in the same
// order, because images are stored channels last. After this pass only views take or give tokens: at the border of the network, and at
// reshapes.
//
// Requires: nothing; an operator's `onImages` says what computes on images what it computes on tokens.
// Cost: none to weigh: kernels work on images. `tokens` and `to_image` move no data.
// Source: ONNX Runtime and XNNPACK compute dense layers of tokens as 1×1 convolutions, and the reverse.
//
// before:
//   %0 = input x : [N,4,2,3]
//   %1 = parameter dense.weight : [5,4] he(4, 5)
//   %2 = parameter dense.bias : [5] constant(0)
//   %3 = tokens(%0) as tokens
//   %4 = dense(%3, %1, %2) {features=5} as dense
//   %5 = relu(%4) as relu
//   output y = %5
// after:
//   %0 = input x : [N,4,2,3]
//   %1 = parameter dense.weight : [5,4] he(4, 5)
//   %2 = parameter dense.bias : [5] constant(0)
//   %3 = reshape(%0) {shape=[4, 1, 6]} as tokens
//   %4 = reshape(%1) {shape=[5, 4, 1, 1]} as dense.reshape
//   %5 = conv(%3, %4, %2) {channels=5, kernel=1} as dense
//   %6 = relu(%5) as relu
//   %7 = tokens(%6) as relu.tokens
//   output y = %7

import type { Attributes, Graph, Node, ValueId } from '../ir/graph.ts';
import type { Lowering } from '../ir/lowering.ts';
import { isWholeView } from '../ir/lowering.ts';
import type { OperatorTable } from '../ir/operator.ts';
import type { Editor } from '../ir/rewrite.ts';
import { editGraph, removeDead } from '../ir/rewrite.ts';
import { dataCount, inferNode, operatorOf, storedAttributes } from '../ir/signature.ts';
import { areTokens, sameShape } from '../ir/tensor-type.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';
import type { Pass } from './pass.ts';
import { about, savedBy } from './pass.ts';

export const tokensAsImages: Pass = {
  name: 'tokens-as-images',
  modes: ['infer', 'train'],
  exact: true,
  run: (graph, { operators, rewrite: record }) =>
    withoutTokens(graph, operators, (node) => record({ ...about(node.op, node), ...savedBy() })),
};

/** The same graph on images; the same object where there are no tokens. `visit` is told of each node that is rewritten. */
export function withoutTokens(graph: Graph, operators: OperatorTable, visit: (node: Node) => void = () => {}): Graph {
  if (![...graph.types.values()].some(areTokens)) return graph;
  const editor = editGraph(graph, operators);
  const rewriting: Rewriting = { editor, images: new Map() };
  for (const { results } of graph.nodes) {
    const node = editor.producerOf(results[0]!)!;
    const operator = operatorOf(operators, node.op);
    const data = node.operands.slice(0, dataCount(operator, node.operands.length));
    const flow = [...data, ...node.results].map(editor.typeOf);
    if (!flow.some(areTokens) || isWholeView(operator.lowering)) continue;
    if (isBorder(rewriting, node, operator.lowering)) continue;
    visit(node);
    rewrite(rewriting, node, data.length);
  }
  return removeDead(editor.finish());
}

interface Rewriting {
  readonly editor: Editor;
  /** Tokens → the image that they lie in. */
  readonly images: Map<ValueId, ValueId>;
}

/** Whether the node is a view between tokens and the image with the same elements, which may stay. */
function isBorder({ editor, images }: Rewriting, { operands, results }: Node, lowering: Lowering | undefined): boolean {
  if (lowering?.kind !== 'view' || lowering.of !== 'pixels') return false;
  const pair = [operands[0]!, results[0]!] as const;
  const [tokens, image] = areTokens(editor.typeOf(pair[0])) ? pair : pair.toReversed();
  if (editor.typeOf(image!).shape[1] !== 1 || images.has(tokens!)) return false;
  images.set(tokens!, image!);
  return true;
}

/** Replaces a node on tokens by one on images. Its results become tokens again for readers that are still to be rewritten. */
function rewrite(rewriting: Rewriting, node: Node, count: number): void {
  const { editor, images } = rewriting;
  const inputs = node.operands.slice(0, count).map(editor.typeOf);
  const operands = node.operands.map((value, at) => (at < count ? imageOf(rewriting, node, value) : value));
  const made = onImages(editor, node, operands, inputs);
  const tokens = made.map((image, at) => {
    if (!areTokens(editor.typeOf(node.results[at]!))) return image;
    const value = addFor(editor, node, 'tokens', [image]);
    images.set(value, image);
    return value;
  });
  editor.replace(node, tokens);
  const last = editor.producerOf(made[0]!);
  if (last) editor.rename(last, node.name);
}

/** Tokens [L,F], with the batch axis or without, as an image [F,1,L]; any other value itself. */
function imageOf({ editor, images }: Rewriting, reader: Node, value: ValueId): ValueId {
  const { shape } = editor.typeOf(value);
  if (shape.length !== 2) return value;
  const image = images.get(value) ?? addFor(editor, reader, 'to_image', [value], { size: [1, shape[0]!] });
  images.set(value, image);
  return image;
}

/** What the node computes, on images. */
function onImages(
  editor: Editor,
  node: Node,
  operands: readonly ValueId[],
  inputs: readonly TensorType[],
): readonly ValueId[] {
  const operator = operatorOf(editor.operators, node.op);
  if (operator.onImages) {
    const { typeOf } = editor;
    return operator.onImages({
      apply: (op, values, attributes, parameters) => addFor(editor, node, op, values, attributes, parameters),
      applyAll: (op, values, attributes) => addAllFor(editor, node, op, values, attributes),
      typeOf,
      attributes: node.attributes,
      operands,
      inputs,
    });
  }
  const data = operands.slice(0, inputs.length);
  const types = data.map(editor.typeOf);
  const attributes = storedAttributes(operator, inImages(node.attributes), types);
  const { parameters } = inferNode(operator, types, attributes);
  const weights = operands
    .slice(inputs.length)
    .map((value, at) => weightsOfImage(editor, node, value, parameters[at]!.shape));
  return addAllFor(editor, node, node.op, data, attributes, operator.parameters && weights);
}

/** Weights [L,F] of tokens as those [F,1,L] of the image, where these are of another shape. */
function weightsOfImage(editor: Editor, node: Node, value: ValueId, shape: Shape): ValueId {
  const own = editor.typeOf(value).shape;
  return sameShape(own, shape) ? value : addFor(editor, node, 'to_image', [value], { size: [1, own[0]!] });
}

const namesInImages = new Map([
  ['features', 'channels'],
  ['length', 'width'],
]);

/** Attributes that name an axis of tokens, with its name in an image. */
function inImages(attributes: Attributes): Attributes {
  const renamed = ['over', 'along', 'axis'].flatMap((name) => {
    const word = namesInImages.get(String(attributes[name]));
    return word === undefined ? [] : [[name, word]];
  });
  return { ...attributes, ...Object.fromEntries(renamed) };
}

function addAllFor(
  editor: Editor,
  { name, origin, weightsName }: Node,
  op: string,
  inputs: readonly ValueId[],
  attributes: Attributes = {},
  parameters?: readonly ValueId[],
): readonly ValueId[] {
  const weights = parameters && { parameters, weightsName };
  return editor.add({ op, name: `${name}.${op}`, inputs, attributes, ...weights, origin });
}

const addFor = (...added: Parameters<typeof addAllFor>): ValueId => addAllFor(...added)[0]!;
