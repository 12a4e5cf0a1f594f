// Attention with heads, softmax(q·kᵀ/√d)·v (Vaswani et al., 2017), which ONNX writes as products of stacks of matrices, one for each head:
// here they have become products one by one, between splits and joins.

import type { Node, ValueId } from '../../../compiler/ir/graph.ts';
import type { Editor } from '../../../compiler/ir/rewrite.ts';
import { sameShape } from '../../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../../compiler/ir/tensor-type.ts';
import { isNear, scaleOf, scopeOf } from './parts.ts';
import type { Idiom } from './parts.ts';

/** Of the stack [heads,Q,E/heads] of products, put together as tokens [Q,E]; of one head, of the product. */
export const attention: Idiom = ({ editor }, node) => {
  const { shape } = editor.typeOf(node.results[0]!);
  if (shape.length !== 2) return undefined;
  const joined = node.op === 'reshape' ? producerOf(editor, node.operands[0]!) : undefined;
  const heads = joined?.op === 'channel_shuffle' ? (joined.attributes['groups'] as number) : 1;
  if (heads > 1 && editor.typeOf(joined!.operands[0]!).shape[0] !== heads * shape[0]!) return undefined;
  const mixed = heads === 1 ? product(editor, node.results[0]!, 1) : product(editor, joined!.operands[0]!, heads);
  const softmax = mixed && producerOf(editor, mixed.left);
  if (!softmax || softmax.op !== 'softmax' || !['width', 'features'].includes(String(softmax.attributes['over'])))
    return undefined;
  const scaled = producerOf(editor, softmax.operands[0]!);
  const factor = scaled && scaleOf(scaled);
  const scores = product(editor, factor === undefined ? softmax.operands[0]! : scaled!.operands[0]!, heads);
  if (!scores) return undefined;
  const q = tokensOf(editor, scores.left, heads, 'rows');
  const k = tokensOf(editor, scores.right, heads, 'columns');
  const v = tokensOf(editor, mixed.right, heads, 'rows');
  if (q === undefined || k === undefined || v === undefined) return undefined;
  const [queries, features] = editor.typeOf(q).shape as readonly [number, number];
  const [keys, valued] = editor.typeOf(v).shape as readonly [number, number];
  if (queries !== shape[0] || valued !== shape[1] || editor.typeOf(k).shape[0] !== keys) return undefined;
  if (editor.typeOf(softmax.results[0]!).shape.at(-1) !== keys) return undefined;
  const name = `${scopeOf(node)}attention`;
  const inputs = [rescaled(editor, q, (factor ?? 1) * Math.sqrt(features / heads)), k, v];
  return editor.add({ op: 'attention', name, inputs, attributes: { heads } })[0];
};

/** The value before any change of its shape alone, and the node that gives it. */
function originOf(editor: Editor, value: ValueId): ValueId {
  const producer = editor.producerOf(value);
  const isView = producer?.op === 'reshape' || producer?.op === 'flatten';
  return isView ? originOf(editor, producer.operands[0]!) : value;
}

const producerOf = (editor: Editor, value: ValueId): Node | undefined => editor.producerOf(originOf(editor, value));

interface Product {
  /** Stacks [heads,M,K] and [heads,K,N], or matrices where there is one head. */
  readonly left: ValueId;
  readonly right: ValueId;
}

/** A stack of products: the join of each product of two matrices that are the parts of stacks. */
function product(editor: Editor, value: ValueId, heads: number): Product | undefined {
  if (heads === 1) return matricesOf(producerOf(editor, value));
  const join = producerOf(editor, value);
  if (join?.op !== 'concat' || join.attributes['along'] !== 'channels' || join.operands.length !== heads)
    return undefined;
  const pairs = join.operands.map((part) => matricesOf(producerOf(editor, part)));
  const [left, right] = (['left', 'right'] as const).map((side) =>
    stackOf(
      editor,
      pairs.map((pair) => pair?.[side]),
    ),
  );
  return left === undefined || right === undefined ? undefined : { left, right };
}

function matricesOf(node: Node | undefined): Product | undefined {
  if (node?.op !== 'matmul' || node.attributes['transpose_a'] === true || node.attributes['transpose_b'] === true)
    return undefined;
  return { left: node.operands[0]!, right: node.operands[1]! };
}

/** What these matrices are all the parts of, in their order. */
function stackOf(editor: Editor, matrices: readonly (ValueId | undefined)[]): ValueId | undefined {
  const origins = matrices.map((matrix) => (matrix === undefined ? undefined : originOf(editor, matrix)));
  const split = origins[0] === undefined ? undefined : editor.producerOf(origins[0]);
  const isWhole = split?.op === 'split' && split.attributes['along'] === 'channels';
  if (!isWhole || split.results.length !== origins.length) return undefined;
  const { shape } = editor.typeOf(split.operands[0]!);
  const isEach = matrices.every(
    (matrix, at) => origins[at] === split.results[at] && sameShape(editor.typeOf(matrix!).shape, shape.slice(1)),
  );
  return isEach && shape[0] === matrices.length ? split.operands[0] : undefined;
}

/** The tokens [L,heads·d] whose features were divided among heads, with the tokens as rows [heads,L,d] or columns [heads,d,L]. */
function tokensOf(editor: Editor, stack: ValueId, heads: number, tokensAre: 'rows' | 'columns'): ValueId | undefined {
  const { shape } = editor.typeOf(stack);
  const [rows, columns] = shape.slice(-2) as [number, number];
  const [length, depth] = tokensAre === 'rows' ? [rows, columns] : [columns, rows];
  if (tokensAre === 'rows' && heads === 1) return shapedAs(editor, stack, [length, depth]);
  const mover = producerOf(editor, stack);
  const moves =
    tokensAre === 'rows'
      ? mover?.op === 'channel_shuffle' && mover.attributes['groups'] === length
      : mover?.op === 'transpose' && editor.typeOf(mover.operands[0]!).shape.length === 2;
  if (!mover || !moves) return undefined;
  const given = editor.typeOf(mover.operands[0]!).shape;
  const isDivided = tokensAre === 'columns' ? given[0] === length : given[0] === length * heads;
  return isDivided ? shapedAs(editor, mover.operands[0]!, [length, heads * depth]) : undefined;
}

/** The value in that shape, of the same size: one that it was made of, or a new one. */
function shapedAs(editor: Editor, value: ValueId, shape: Shape): ValueId {
  if (sameShape(editor.typeOf(value).shape, shape)) return value;
  const producer = editor.producerOf(value);
  const isView = producer?.op === 'reshape' || producer?.op === 'flatten';
  if (isView) return shapedAs(editor, producer.operands[0]!, shape);
  return editor.add({ op: 'reshape', inputs: [value], attributes: { shape } })[0];
}

/** Queries times a factor, which is 1 where the scores are divided by √d as they should be. */
function rescaled(editor: Editor, q: ValueId, factor: number): ValueId {
  const producer = producerOf(editor, q);
  const before = producer && scaleOf(producer);
  if (before !== undefined) {
    const given = shapedAs(editor, producer!.operands[0]!, editor.typeOf(q).shape);
    return rescaled(editor, given, before * factor);
  }
  return isNear(factor, 1) ? q : editor.add({ op: 'times', inputs: [q], attributes: { factor } })[0];
}
