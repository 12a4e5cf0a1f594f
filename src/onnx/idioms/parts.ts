// What the idioms share: the graph that is being changed, and questions about its nodes.

import type { Node, ValueId } from '../../../compiler/ir/graph.ts';
import type { Editor } from '../../../compiler/ir/rewrite.ts';
import type { Shape } from '../../../compiler/ir/tensor-type.ts';
import { sizeOf } from '../../../compiler/ir/tensor-type.ts';
import type { Weight } from '../session.ts';

export interface Draft {
  readonly editor: Editor;
  /** By the names of parameters; what an idiom makes of some is added. */
  readonly weights: Map<string, Weight>;
  /** Nodes that compute something else than before: what others wanted of them is not there any more. */
  readonly altered: Set<string>;
}

/** What takes the place of the node's only result; undefined where the node does not end the idiom. */
export type Idiom = (draft: Draft, node: Node) => ValueId | undefined;

/** What stands before the last point of a name, with it: `layer1.0.` */
export const scopeOf = ({ name }: Node): string => name.slice(0, name.lastIndexOf('.') + 1);

/** Two operands in either order. */
export function bothWays([left, right]: readonly ValueId[]): readonly (readonly [ValueId, ValueId])[] {
  return [
    [left!, right!],
    [right!, left!],
  ];
}

/** By what a node multiplies its operand, where it does. */
export function scaleOf({ op, attributes }: Pick<Node, 'op' | 'attributes'>): number | undefined {
  if (op === 'times') return attributes['factor'] as number;
  return op === 'divided_by' ? 1 / (attributes['number'] as number) : undefined;
}

/** Equal but for the rounding to f32, and what exporters round more. */
export function isNear(value: unknown, expected: number): boolean {
  return typeof value === 'number' && Math.abs(value - expected) < 1e-6;
}

/** x², or x · x */
export function isSquare(node: Node | undefined, x: ValueId): boolean {
  if (node?.op === 'pow') return node.attributes['exponent'] === 2 && node.operands[0] === x;
  return node?.op === 'mul' && node.operands.length === 2 && node.operands.every((operand) => operand === x);
}

/** A join of a value with a learned tensor of `count` numbers, which lie along axis `axis` of the result. */
export function adjusted(
  { editor }: Draft,
  node: Node | undefined,
  op: string,
  axis: (shape: Shape) => number,
): { readonly value: ValueId; readonly tensor: ValueId } | undefined {
  if (node?.op !== op || node.operands.length !== 2) return undefined;
  for (const [value, tensor] of bothWays(node.operands)) {
    if (!editor.parameterOf(tensor)) continue;
    const [own, whole] = [editor.typeOf(tensor).shape, editor.typeOf(node.results[0]!).shape];
    const at = axis(whole);
    if (own.length === whole.length && own[at] === whole[at] && sizeOf(own) === whole[at]) return { value, tensor };
  }
  return undefined;
}

/** The parameter's numbers as a parameter of that name and shape, of the same size. */
export function reshapedParameter({ editor, weights }: Draft, tensor: ValueId, name: string, shape: Shape): ValueId {
  const { name: source, role, initial } = editor.parameterOf(tensor)!;
  const value = editor.parameter(name, shape, role, initial);
  const weight = weights.get(source)!;
  weights.set(editor.parameterOf(value)!.name, {
    shape,
    get data() {
      return weight.data;
    },
  });
  return value;
}
