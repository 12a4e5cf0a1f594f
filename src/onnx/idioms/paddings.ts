// Padding of −∞, which no text can say, as a node of its own: before a maximum, as where TensorFlow's SAME was written out, and before the
// maximum whose places an unpooling reads, which is then cut to size.

import type { Attributes, Node, ValueId } from '../../../compiler/ir/graph.ts';
import type { Editor } from '../../../compiler/ir/rewrite.ts';
import { inferNode, operatorOf } from '../../../compiler/ir/signature.ts';
import { sameType } from '../../../compiler/ir/tensor-type.ts';
import { paddingOf } from '../../../compiler/ops/attributes.ts';
import { scopeOf } from './parts.ts';
import type { Idiom } from './parts.ts';

/** max_pool(pad(x, −∞)) gets the padding of both, where it has the same windows then. */
export const paddedMaximum: Idiom = ({ editor }, node) => {
  if (node.op !== 'max_pool') return undefined;
  const surrounded = surroundedOf(editor, node.operands[0]!);
  if (!surrounded) return undefined;
  const attributes = withPadding(node.attributes, surrounded.padding);
  const inputs = [surrounded.image];
  if (givesSame(editor, node.op, inputs, attributes, node.results[0]!)) editor.update(node, { inputs, attributes });
  return undefined;
};

/** max_unpool(v, pad(x, −∞)), cut to the size of x, gets the padding. */
export const paddedUnpooling: Idiom = ({ editor }, node) => {
  if (node.op !== 'slice') return undefined;
  const { value, starts } = cutOf(editor, node);
  const unpooling = editor.producerOf(value);
  const surrounded = unpooling?.op === 'max_unpool' ? surroundedOf(editor, unpooling.operands[1]!) : undefined;
  if (!surrounded) return undefined;
  const [top, left] = surrounded.padding;
  if ((starts.get('height') ?? 0) !== top || (starts.get('width') ?? 0) !== left) return undefined;
  const attributes = withPadding(unpooling!.attributes, surrounded.padding);
  const inputs = [unpooling!.operands[0]!, surrounded.image];
  if (!givesSame(editor, 'max_unpool', inputs, attributes, node.results[0]!)) return undefined;
  return editor.add({ op: 'max_unpool', name: `${scopeOf(node)}max_unpool`, inputs, attributes })[0];
};

type Padding = ReturnType<typeof paddingOf>;

/** An image with −∞ around it. */
function surroundedOf(
  editor: Editor,
  value: ValueId,
): { readonly image: ValueId; readonly padding: Padding } | undefined {
  const pad = editor.producerOf(value);
  if (pad?.op !== 'pad' || pad.attributes['mode'] !== 'constant' || pad.attributes['value'] !== -Infinity)
    return undefined;
  return { image: pad.operands[0]!, padding: paddingOf(pad.attributes) };
}

const withPadding = (attributes: Attributes, padding: Padding): Attributes => ({
  ...attributes,
  padding: paddingOf(attributes).map((width, side) => width + padding[side]!),
});

/** Whether an operator takes these operands and gives a value of the type of `result`. */
function givesSame(
  editor: Editor,
  op: string,
  inputs: readonly ValueId[],
  attributes: Attributes,
  result: ValueId,
): boolean {
  const { results } = inferNode(operatorOf(editor.operators, op), inputs.map(editor.typeOf), attributes);
  return results?.[0] !== undefined && sameType(results[0], editor.typeOf(result));
}

/** What slices in a row cut from, and where they begin along each axis; those of steps begin nowhere. */
function cutOf(editor: Editor, node: Node): { readonly value: ValueId; readonly starts: ReadonlyMap<string, number> } {
  const { along, start, step } = node.attributes as { along: string; start: number; step: number };
  const [value] = node.operands as readonly [ValueId];
  const before = editor.producerOf(value);
  const own = [along, step === 1 ? start : NaN] as const;
  if (before?.op !== 'slice' || before.attributes['along'] === along) return { value, starts: new Map([own]) };
  const inner = cutOf(editor, before);
  return { value: inner.value, starts: new Map([...inner.starts, own]) };
}
