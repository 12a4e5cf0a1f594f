// Layer norm over the channels of an image as exporters write it from operator set 17 on: the channels are made the last axis, over which
// LayerNormalization works, and the first one again, as in ConvNeXt.

import type { Node, ValueId } from '../../../compiler/ir/graph.ts';
import type { Editor } from '../../../compiler/ir/rewrite.ts';
import { sameShape } from '../../../compiler/ir/tensor-type.ts';
import { scopeOf } from './parts.ts';
import type { Idiom } from './parts.ts';

/** [C,H,W] → [C,H·W] → [H·W,C] → layer_norm → [C,H·W] → [C,H,W]; of one pixel, [C,1,1] → [1,C] → layer_norm → another shape. */
export const pixelNorm: Idiom = ({ editor }, node) => {
  if (node.op !== 'reshape' && node.op !== 'flatten') return undefined;
  const { shape } = editor.typeOf(node.results[0]!);
  const inner = editor.producerOf(node.operands[0]!);
  const norm = inner?.op === 'transpose' ? editor.producerOf(inner.operands[0]!) : inner;
  if (norm?.op !== 'layer_norm' || norm.attributes['over'] === 'map' || norm.weightsName !== undefined)
    return undefined;
  const image = inner === norm ? pixelOf(editor, norm) : pixelsOf(editor, norm);
  if (image === undefined || isShared(editor, norm)) return undefined;
  const isSame = sameShape(editor.typeOf(image).shape, shape);
  if (inner !== norm && !isSame) return undefined;
  const [result] = editor.add({
    op: norm.op,
    name: `${scopeOf(norm)}layer_norm`,
    inputs: [image],
    attributes: { ...norm.attributes, over: 'channels' },
    parameters: norm.operands.slice(1),
  });
  if (isSame) return result;
  return editor.add({ op: node.op, inputs: [result], attributes: node.attributes })[0];
};

/** The image [C,H,W] whose pixels are the tokens that are normalised. */
function pixelsOf(editor: Editor, norm: Node): ValueId | undefined {
  const turned = editor.producerOf(norm.operands[0]!);
  const rows = turned?.op === 'transpose' ? editor.producerOf(turned.operands[0]!) : undefined;
  if (rows?.op !== 'reshape') return undefined;
  const [image] = rows.operands as readonly [ValueId];
  const { shape } = editor.typeOf(image);
  return shape.length === 3 && shape[0] === editor.typeOf(rows.results[0]!).shape[0] ? image : undefined;
}

/** The image [C,1,1] of which one token was made. */
function pixelOf(editor: Editor, norm: Node): ValueId | undefined {
  const token = editor.producerOf(norm.operands[0]!);
  if (token?.op !== 'reshape') return undefined;
  const [image] = token.operands as readonly [ValueId];
  const { shape } = editor.typeOf(image);
  const isOne = editor.typeOf(token.results[0]!).shape.join() === `1,${shape[0]}`;
  return shape.length === 3 && shape[1] === 1 && shape[2] === 1 && isOne ? image : undefined;
}

/** Whether others read its weights by its name. */
const isShared = (editor: Editor, norm: Node): boolean =>
  [...editor.nodes()].some(({ weightsName }) => weightsName === norm.name);
