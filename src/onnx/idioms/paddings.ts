// A maximum whose padding is a node of its own, as where TensorFlow's SAME was written out: its padding is −∞, which no text can say.

import { inferNode, operatorOf } from '../../../compiler/ir/signature.ts';
import { sameType } from '../../../compiler/ir/tensor-type.ts';
import { paddingOf } from '../../../compiler/ops/attributes.ts';
import type { Idiom } from './parts.ts';

/** max_pool(pad(x, −∞)) gets the padding of both, where it has the same windows then. */
export const paddedMaximum: Idiom = ({ editor }, node) => {
  if (node.op !== 'max_pool') return undefined;
  const pad = editor.producerOf(node.operands[0]!);
  if (pad?.op !== 'pad' || pad.attributes['mode'] !== 'constant' || pad.attributes['value'] !== -Infinity)
    return undefined;
  const own = paddingOf(node.attributes);
  const padding = paddingOf(pad.attributes).map((width, side) => width + own[side]!);
  const attributes = { ...node.attributes, padding };
  const inputs = pad.operands.slice(0, 1);
  const { results } = inferNode(operatorOf(editor.operators, node.op), inputs.map(editor.typeOf), attributes);
  const [result] = results ?? [];
  if (result && sameType(result, editor.typeOf(node.results[0]!))) editor.update(node, { inputs, attributes });
  return undefined;
};
