// Activations that exporters write out become the operators they are: SiLU, HardSwish and Mish as products with their gates,
// HardSigmoid with ReLU6, Gelu with the error function or tanh, Softplus with its beta.

import type { Attributes, Node, ValueId } from '../../../compiler/ir/graph.ts';
import type { Editor } from '../../../compiler/ir/rewrite.ts';
import { isPlain, softplusOf } from '../softplus.ts';
import { bothWays, isNear, isSquare, scaleOf, scopeOf } from './parts.ts';
import type { Idiom } from './parts.ts';

interface Activation {
  readonly op: string;
  readonly operand: ValueId;
  readonly attributes?: Attributes;
}

/** The activation that ends with this node, as a node of its own; undefined where there is none. */
export const activation: Idiom = ({ editor }, node) => {
  const found = hardSigmoid(editor, node) ?? gelu(editor, node) ?? gated(editor, node) ?? steepSoftplus(editor, node);
  if (!found) return undefined;
  const { op, operand, attributes } = found;
  const [result] = editor.add({
    op,
    name: `${scopeOf(node)}${op}`,
    inputs: [operand],
    ...(attributes && { attributes }),
  });
  return result;
};

/** x · sigmoid(x), x · hard_sigmoid(x), x · tanh(softplus(x)) */
function gated(editor: Editor, { op, operands }: Node): Activation | undefined {
  if (op !== 'mul' || operands.length !== 2) return undefined;
  for (const [x, gate] of bothWays(operands)) {
    const producer = editor.producerOf(gate);
    if (producer?.op === 'tanh') {
      const softplus = editor.producerOf(producer.operands[0]!);
      if (softplus?.op === 'softplus' && softplus.operands[0] === x && isPlain(softplus.attributes))
        return { op: 'mish', operand: x };
    }
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

/** x · (1 + erf(x / √2)) / 2 or with its approximation by tanh; halved before the product, behind it, or the sum itself. */
function gelu(editor: Editor, node: Node): Activation | undefined {
  const inner = isNear(scaleOf(node), 0.5) ? editor.producerOf(node.operands[0]!) : node;
  if (inner?.op !== 'mul' || inner.operands.length !== 2) return undefined;
  for (const [factor, sum] of bothWays(inner.operands)) {
    const halved = editor.producerOf(sum);
    const isHalved = inner === node && halved !== undefined && isNear(scaleOf(halved), 0.5);
    const found = summed(editor, isHalved ? halved.operands[0]! : sum);
    if (!found) continue;
    const { operand: x } = found;
    if ((inner !== node || isHalved) && factor === x) return found;
    const half = editor.producerOf(factor);
    if (inner === node && half && isNear(scaleOf(half), 0.5) && half.operands[0] === x) return found;
  }
  return undefined;
}

/** Gelu of the x in 1 + erf(x / √2) or 1 + tanh(√(2/π) · (x + 0.044715 · x³)). */
function summed(editor: Editor, value: ValueId): Activation | undefined {
  const sum = editor.producerOf(value);
  if (sum?.op !== 'plus' || sum.attributes['number'] !== 1) return undefined;
  const inner = editor.producerOf(sum.operands[0]!);
  const scaled = inner && editor.producerOf(inner.operands[0]!);
  if (!scaled) return undefined;
  if (inner.op === 'erf' && isNear(scaleOf(scaled), Math.SQRT1_2)) return { op: 'gelu', operand: scaled.operands[0]! };
  if (inner.op !== 'tanh' || !isNear(scaleOf(scaled), Math.sqrt(2 / Math.PI))) return undefined;
  const added = editor.producerOf(scaled.operands[0]!);
  if (added?.op !== 'add' || added.operands.length !== 2) return undefined;
  for (const [x, cubic] of bothWays(added.operands)) {
    const term = editor.producerOf(cubic);
    if (term && isNear(scaleOf(term), 0.044715) && isCube(editor, term.operands[0]!, x))
      return { op: 'gelu', operand: x, attributes: { approximate: 'tanh' } };
  }
  return undefined;
}

/** x³, or x² · x */
function isCube(editor: Editor, value: ValueId, x: ValueId): boolean {
  const node = editor.producerOf(value);
  if (node?.op === 'pow') return node.attributes['exponent'] === 3 && node.operands[0] === x;
  return (
    node?.op === 'mul' &&
    bothWays(node.operands).some(([left, right]) => right === x && isSquare(editor.producerOf(left), x))
  );
}

/** ln(1 + e^(beta · x)) / beta */
function steepSoftplus(editor: Editor, { op, results }: Node): Activation | undefined {
  if (op === 'softplus') return undefined;
  const found = softplusOf(editor.producerOf, results[0]!);
  return found && { op: 'softplus', operand: found.x, attributes: { beta: found.beta } };
}
