// Layer norm as PyTorch writes it before operator set 17 and as ConvNeXt has it over channels, and group norm, which is an instance norm
// between two reshapes.

import type { Node, ValueId } from '../../../compiler/ir/graph.ts';
import type { Editor } from '../../../compiler/ir/rewrite.ts';
import { sameShape } from '../../../compiler/ir/tensor-type.ts';
import { adjusted, isSquare, reshapedParameter, scopeOf } from './parts.ts';
import type { Draft, Idiom } from './parts.ts';

interface Centred {
  readonly x: ValueId;
  readonly epsilon: number;
  /** The axis, in the words of `reduce`. */
  readonly over: string;
}

/** (x − mean) / √(mean of its square + ε), scaled and shifted or not. */
export const layerNorm: Idiom = (draft, node) => {
  const { editor } = draft;
  const found =
    affine(draft, node, (value) => centred(editor, value), lastAxis) ??
    affine(
      draft,
      node,
      (value) => centred(editor, value),
      () => 0,
    );
  if (!found) return undefined;
  const {
    inner: { x, epsilon, over },
    factor,
    summand,
  } = found;
  const { shape } = editor.typeOf(x);
  const isLast = over === 'width' || over === 'features' || shape.length === 1;
  if (!isLast && over !== 'channels') return undefined;
  const isChannels = !isLast;
  if (factor !== undefined && editor.typeOf(factor).shape.at(isChannels ? 0 : -1) === 1) return undefined;
  const count = isChannels ? shape[0]! : shape.at(-1)!;
  const name = `${scopeOf(node)}layer_norm`;
  const parameters = parametersOf(draft, name, factor, summand, count);
  const attributes = { over: isChannels ? 'channels' : 'features', epsilon, affine: parameters !== undefined };
  const isImage = shape.length === 3 && isLast;
  const tokens = isImage
    ? editor.add({ op: 'reshape', inputs: [x], attributes: { shape: [shape[0]! * shape[1]!, count] } })[0]
    : x;
  const [result] = editor.add({
    op: 'layer_norm',
    name,
    inputs: [tokens],
    attributes,
    ...(parameters && { parameters }),
  });
  return isImage ? editor.add({ op: 'reshape', inputs: [result], attributes: { shape } })[0] : result;
};

const lastAxis = (shape: readonly number[]): number => shape.length - 1;

interface Affine<Inner> {
  readonly inner: Inner;
  readonly factor: ValueId | undefined;
  readonly summand: ValueId | undefined;
}

/** What `find` finds below a product with a learned tensor and a sum with another, or without both. */
function affine<Inner>(
  draft: Draft,
  node: Node,
  find: (value: ValueId) => Inner | undefined,
  axis: (shape: readonly number[]) => number,
): Affine<Inner> | undefined {
  const { editor } = draft;
  const sum = adjusted(draft, node, 'add', axis);
  const product = sum && adjusted(draft, editor.producerOf(sum.value), 'mul', axis);
  if (product) {
    const inner = find(product.value);
    return inner && { inner, factor: product.tensor, summand: sum.tensor };
  }
  // One that is scaled is found from its sum on.
  const [result] = node.results;
  const user = result === undefined ? undefined : editor.soleUserOf(result);
  const isScaled = user?.op === 'mul' && user.operands.some((operand) => editor.parameterOf(operand));
  const inner = isScaled || result === undefined ? undefined : find(result);
  return inner && { inner, factor: undefined, summand: undefined };
}

function parametersOf(
  draft: Draft,
  name: string,
  factor: ValueId | undefined,
  summand: ValueId | undefined,
  count: number,
): readonly ValueId[] | undefined {
  if (factor === undefined || summand === undefined) return undefined;
  return [
    reshapedParameter(draft, factor, `${name}.weight`, [count]),
    reshapedParameter(draft, summand, `${name}.bias`, [count]),
  ];
}

/** (x − m) / √(mean((x − m)²) + ε) */
function centred(editor: Editor, value: ValueId): Centred | undefined {
  const quotient = editor.producerOf(value);
  const root = quotient?.op === 'div' ? editor.producerOf(quotient.operands[1]!) : undefined;
  const sum = root?.op === 'sqrt' ? editor.producerOf(root.operands[0]!) : undefined;
  const variance = sum?.op === 'plus' ? editor.producerOf(sum.operands[0]!) : undefined;
  const difference = editor.producerOf(quotient?.operands[0] ?? -1);
  if (!variance || difference?.op !== 'sub') return undefined;
  const [x, m] = difference.operands as readonly [ValueId, ValueId];
  const mean = editor.producerOf(m);
  const over = meanOver(editor, mean);
  if (over === undefined || mean!.operands[0] !== x || meanOver(editor, variance) !== over) return undefined;
  const square = editor.producerOf(variance.operands[0]!);
  const inner = editor.producerOf(square?.operands[0] ?? -1);
  const isSame = inner?.op === 'sub' && inner.operands[0] === x && inner.operands[1] === m;
  const epsilon = sum!.attributes['number'] as number;
  if (!isSame || !isSquare(square, inner.results[0]!) || !(epsilon >= 0)) return undefined;
  return { x, epsilon, over };
}

/** Along which axis a node takes means; of one row of pixels it is their width. */
export function meanOver(editor: Editor, node: Node | undefined): string | undefined {
  if (node?.op === 'reduce' && node.attributes['operation'] === 'mean') return node.attributes['over'] as string;
  if (node?.op !== 'global_avg_pool') return undefined;
  return editor.typeOf(node.operands[0]!).shape[1] === 1 ? 'width' : undefined;
}

interface Grouped {
  readonly x: ValueId;
  readonly groups: number;
  readonly epsilon: number;
}

/** More are no group norm, and not looked at. */
const MAX_GROUPS = 2 ** 16;

/** An instance norm of groups as single channels, with a learned number per channel behind it. */
export const groupNorm: Idiom = (draft, node) => {
  const { editor } = draft;
  const found = affine(
    draft,
    node,
    (value) => grouped(draft, value),
    () => 0,
  );
  if (!found) return undefined;
  const {
    inner: { x, groups, epsilon },
    factor,
    summand,
  } = found;
  const name = `${scopeOf(node)}group_norm`;
  const parameters = parametersOf(draft, name, factor, summand, editor.typeOf(x).shape[0]!);
  const attributes = { groups, epsilon, affine: parameters !== undefined };
  return editor.add({ op: 'group_norm', name, inputs: [x], attributes, ...(parameters && { parameters }) })[0];
};

/** reshape(instance_norm(reshape(x))) of [C, H, W] as [groups, 1, …] and back, whose own factors are 1 and summands 0. */
function grouped({ editor, weights }: Draft, value: ValueId): Grouped | undefined {
  const back = editor.producerOf(value);
  const norm = back?.op === 'reshape' ? editor.producerOf(back.operands[0]!) : undefined;
  const there = norm?.op === 'instance_norm' ? editor.producerOf(norm.operands[0]!) : undefined;
  if (there?.op !== 'reshape') return undefined;
  const [x] = there.operands as readonly [ValueId];
  const { shape } = editor.typeOf(x);
  const [groups] = editor.typeOf(norm!.operands[0]!).shape;
  if (groups! > MAX_GROUPS || !sameShape(shape, editor.typeOf(value).shape) || shape[0]! % groups! !== 0)
    return undefined;
  const isPlain = norm!.operands.slice(1).every((operand, at) => {
    const weight = weights.get(editor.parameterOf(operand)?.name ?? '');
    return weight?.data.every((number) => number === 1 - at);
  });
  return isPlain ? { x, groups: groups!, epsilon: norm!.attributes['epsilon'] as number } : undefined;
}
