// RMS norm as exporters write it before operator set 23: a value divided by the root of its mean square, then scaled or not.

import type { Node, ValueId } from '../../../compiler/ir/graph.ts';
import type { Editor } from '../../../compiler/ir/rewrite.ts';
import { sameShape } from '../../../compiler/ir/tensor-type.ts';
import { meanOver } from './normalizations.ts';
import { adjusted, bothWays, isSquare, reshapedParameter, scopeOf } from './parts.ts';
import type { Draft, Idiom } from './parts.ts';

/** x / √(mean(x²) + ε), or such a norm times a learned factor. */
export const rmsNorm: Idiom = (draft, node) => plain(draft.editor, node) ?? scaled(draft, node);

function plain(editor: Editor, node: Node): ValueId | undefined {
  const { x, root } = quotientOf(editor, node) ?? {};
  const sum = root === undefined ? undefined : editor.producerOf(root);
  const mean = sum?.op === 'plus' ? editor.producerOf(sum.operands[0]!) : undefined;
  const over = meanOver(editor, mean);
  const epsilon = sum?.attributes['number'] as number;
  if (x === undefined || over === undefined || !isSquare(editor.producerOf(mean!.operands[0]!), x) || !(epsilon >= 0))
    return undefined;
  const { shape } = editor.typeOf(x);
  const isOfRows = shape.length === 3 && over === 'width';
  if (!isOfRows && over !== 'map' && over !== (shape.length === 2 ? 'features' : 'channels')) return undefined;
  const rows = [shape[0]! * (shape[1] ?? 1), shape.at(-1)!];
  const [result] = editor.add({
    op: 'rms_norm',
    name: `${scopeOf(node)}rms_norm`,
    inputs: isOfRows ? editor.add({ op: 'reshape', inputs: [x], attributes: { shape: rows } }) : [x],
    attributes: { over: over === 'map' ? 'map' : 'channels', epsilon, affine: false },
  });
  return isOfRows ? editor.add({ op: 'reshape', inputs: [result], attributes: { shape } })[0] : result;
}

/** The x and r of x / √r or x · (1 / √r). */
function quotientOf(
  editor: Editor,
  { op, operands }: Node,
): { readonly x: ValueId; readonly root: ValueId } | undefined {
  if (operands.length !== 2) return undefined;
  const rootOf = (node: Node | undefined): ValueId | undefined => (node?.op === 'sqrt' ? node.operands[0] : undefined);
  const pairs = op === 'div' ? [operands] : op === 'mul' ? bothWays(operands) : [];
  for (const [x, other] of pairs) {
    const divisor = editor.producerOf(other!);
    const isInverse =
      divisor?.op === 'reciprocal' || (divisor?.op === 'dividing' && divisor.attributes['number'] === 1);
    const root =
      op === 'div' ? rootOf(divisor) : isInverse ? rootOf(editor.producerOf(divisor.operands[0]!)) : undefined;
    if (root !== undefined) return { x: x!, root };
  }
  return undefined;
}

/** A norm without weights times a learned number per channel, or per number of the map. */
function scaled(draft: Draft, node: Node): ValueId | undefined {
  const { editor } = draft;
  if (node.op !== 'mul' || node.operands.length !== 2) return undefined;
  const { shape } = editor.typeOf(node.results[0]!);
  for (const [value] of bothWays(node.operands)) {
    const view = editor.producerOf(value);
    const norm = view?.op === 'reshape' ? editor.producerOf(view.operands[0]!) : view;
    if (norm?.op !== 'rms_norm' || norm.attributes['affine'] !== false) continue;
    const [x] = norm.operands as readonly [ValueId];
    const own = editor.typeOf(x).shape;
    const isMap = norm.attributes['over'] === 'map';
    const tensor = isMap
      ? wholeFactor(editor, node)
      : adjusted(draft, node, 'mul', lastUnless(own.length === 3))?.tensor;
    if (tensor === undefined) continue;
    const name = `${scopeOf(node)}rms_norm`;
    const count = isMap ? own : own.length === 3 ? own.slice(0, 1) : own.slice(-1);
    const [result] = editor.add({
      op: 'rms_norm',
      name,
      inputs: [x],
      attributes: { ...norm.attributes, affine: true },
      parameters: [reshapedParameter(draft, tensor, `${name}.weight`, count)],
    });
    return view === norm ? result : editor.add({ op: 'reshape', inputs: [result], attributes: { shape } })[0];
  }
  return undefined;
}

/** Where the factors lie: along the channels of an image, and the last axis of all else. */
const lastUnless = (isImage: boolean) => (whole: readonly number[]) => (isImage ? 0 : whole.length - 1);

/** A learned tensor with a number for each of the product's. */
function wholeFactor(editor: Editor, { operands, results }: Node): ValueId | undefined {
  const { shape } = editor.typeOf(results[0]!);
  return operands.find((operand) => editor.parameterOf(operand) && sameShape(editor.typeOf(operand).shape, shape));
}
