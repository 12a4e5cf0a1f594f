// Activations that exporters write out become the operators they are: SiLU and HardSwish as products with their gates, HardSigmoid with
// ReLU6, Gelu with the error function.

import type { Attributes, Graph, Node, ValueId } from '../../compiler/ir/graph.ts';
import { editGraph, removeDead } from '../../compiler/ir/rewrite.ts';
import type { Editor } from '../../compiler/ir/rewrite.ts';
import { operators } from '../../compiler/ops/index.ts';

export interface Recognised {
  readonly graph: Graph;
  /** Nodes that others took the place of → what those are called. */
  readonly renamed: ReadonlyMap<string, string>;
}

interface Activation {
  readonly op: string;
  readonly operand: ValueId;
  readonly attributes?: Attributes;
}

/** The graph with such activations as single nodes. */
export function recognised(graph: Graph): Recognised {
  const editor = editGraph(graph, operators);
  const renamed = new Map<string, string>();
  for (const node of editor.nodes()) {
    const found = hardSigmoid(editor, node) ?? gelu(editor, node) ?? gated(editor, node);
    if (!found) continue;
    const scope = node.name.slice(0, node.name.lastIndexOf('.') + 1);
    const { op, operand, attributes } = found;
    const [result] = editor.add({ op, name: `${scope}${op}`, inputs: [operand], ...(attributes && { attributes }) });
    renamed.set(node.name, editor.producerOf(result)!.name);
    editor.replace(node, [result]);
  }
  return { graph: removeDead(editor.finish()), renamed };
}

/** x · sigmoid(x), x · hard_sigmoid(x) */
function gated(editor: Editor, { op, operands }: Node): Activation | undefined {
  if (op !== 'mul' || operands.length !== 2) return undefined;
  for (const [x, gate] of bothWays(operands)) {
    const producer = editor.producerOf(gate);
    if (producer?.operands[0] !== x) continue;
    if (producer.op === 'sigmoid') return { op: 'silu', operand: x };
    const { slope, offset } = producer.attributes;
    if (producer.op === 'hard_sigmoid' && isNear(slope, 1 / 6) && isNear(offset, 0.5))
      return { op: 'hard_swish', operand: x };
  }
  return undefined;
}

/** relu6(x + 3) / 6, and x · relu6(x + 3) / 6 */
function hardSigmoid(editor: Editor, node: Node): Activation | undefined {
  if (!isNear(scaleOf(node), 1 / 6)) return undefined;
  const operand = heldOperand(editor, node.operands[0]!);
  if (operand !== undefined) return { op: 'hard_sigmoid', operand, attributes: { slope: 1 / 6, offset: 0.5 } };
  const product = editor.producerOf(node.operands[0]!);
  if (product?.op !== 'mul' || product.operands.length !== 2) return undefined;
  const [left, right] = product.operands as readonly [ValueId, ValueId];
  const isGated = heldOperand(editor, right) === left || heldOperand(editor, left) === right;
  const x = heldOperand(editor, right) === left ? left : right;
  return isGated ? { op: 'hard_swish', operand: x } : undefined;
}

/** x of min(max(x + 3, 0), 6) */
function heldOperand(editor: Editor, value: ValueId): ValueId | undefined {
  const held = editor.producerOf(value);
  const isHeld =
    held?.op === 'relu6' || (held?.op === 'clip' && held.attributes['min'] === 0 && held.attributes['max'] === 6);
  const sum = isHeld ? editor.producerOf(held.operands[0]!) : undefined;
  return sum?.op === 'plus' && sum.attributes['number'] === 3 ? sum.operands[0] : undefined;
}

/** x · (1 + erf(x / √2)) / 2, halved before or after the product. */
function gelu(editor: Editor, node: Node): Activation | undefined {
  const inner = isNear(scaleOf(node), 0.5) ? editor.producerOf(node.operands[0]!) : node;
  if (inner?.op !== 'mul' || inner.operands.length !== 2) return undefined;
  for (const [factor, sum] of bothWays(inner.operands)) {
    const x = errorOperand(editor, sum);
    if (x === undefined) continue;
    if (inner !== node && factor === x) return { op: 'gelu', operand: x };
    const half = editor.producerOf(factor);
    if (inner === node && half && isNear(scaleOf(half), 0.5) && half.operands[0] === x)
      return { op: 'gelu', operand: x };
  }
  return undefined;
}

/** x of 1 + erf(x / √2) */
function errorOperand(editor: Editor, value: ValueId): ValueId | undefined {
  const sum = editor.producerOf(value);
  if (sum?.op !== 'plus' || sum.attributes['number'] !== 1) return undefined;
  const erf = editor.producerOf(sum.operands[0]!);
  const scaled = erf?.op === 'erf' ? editor.producerOf(erf.operands[0]!) : undefined;
  return scaled && isNear(scaleOf(scaled), Math.SQRT1_2) ? scaled.operands[0] : undefined;
}

/** Two operands in either order. */
function bothWays([left, right]: readonly ValueId[]): readonly (readonly [ValueId, ValueId])[] {
  return [
    [left!, right!],
    [right!, left!],
  ];
}

/** By what a node multiplies its operand, where it does. */
function scaleOf({ op, attributes }: Node): number | undefined {
  if (op === 'times') return attributes['factor'] as number;
  return op === 'divided_by' ? 1 / (attributes['number'] as number) : undefined;
}

/** Equal but for the rounding to f32, and what exporters round more. */
function isNear(value: unknown, expected: number): boolean {
  return typeof value === 'number' && Math.abs(value - expected) < 1e-6;
}
