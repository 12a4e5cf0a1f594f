// A node of the graph as a step: its attributes as they are written, shortest form first.

import type { Attribute, Node } from '../../compiler/ir/graph.ts';
import type { AttributeSpec } from '../../compiler/ir/operator.ts';
import { operatorOf } from '../../compiler/ir/signature.ts';
import type { Flow } from './flow.ts';
import type { Operand, Slot, StepItem } from './tree.ts';

/** The step that a node is, with these operands. */
export function stepOf(flow: Flow, node: Node, operands: readonly Operand[]): StepItem {
  const operator = operatorOf(flow.operators, node.op);
  const numbers = new Map<string, Slot>();
  const words = new Map<string, string | boolean>();
  for (const [name, spec] of Object.entries(operator.attributes)) {
    const value = node.attributes[name];
    if (value === undefined) continue;
    if (typeof value === 'string' || typeof value === 'boolean') words.set(name, value);
    else if (value === Infinity || value === -Infinity) words.set(name, `${value}`);
    else numbers.set(name, { value: shortest(spec, value), about: name, type: spec.type });
  }
  const share = flow.shares.get(node);
  return {
    kind: 'step',
    op: node.op,
    numbers,
    words,
    operands,
    literals: literalsOf(flow, node),
    ...(share !== undefined && { share }),
    node,
    result: node.results[0]!,
  };
}

/** `[3, 3]` as 3, `[1, 1, 1, 1]` as 1, `[0, 3, 0, 3]` as `[0, 3]`. */
export function shortest({ type }: Pick<AttributeSpec, 'type'>, value: Attribute): number | readonly number[] {
  if (typeof value === 'number') return value;
  const list = value as readonly number[];
  if (type !== 'size' && type !== 'padding') return list;
  const [top, left, bottom = top, right = left] = list;
  if (top !== bottom || left !== right) return list;
  return top === left ? top! : [top!, left!];
}

/** Weights that are written down: nested lists. */
function literalsOf({ graph, constants, operators, dataOf }: Flow, node: Node): ReadonlyMap<string, string> {
  const weights = node.operands.slice(dataOf(node).length);
  const written = weights.flatMap((value, at) => {
    const constant = constants.get(value);
    return constant ? [{ at, constant }] : [];
  });
  if (written.length === 0) return new Map();
  const operator = operatorOf(operators, node.op);
  const inputs = dataOf(node).map((value) => graph.types.get(value)!);
  const names = operator.parameters?.(node.attributes, inputs).map(({ name }) => name) ?? [];
  return new Map(
    written.map(({ at, constant: { value, data } }) => [names[at]!, nested(graph.types.get(value)!.shape, data)]),
  );
}

function nested(shape: readonly number[], data: Float64Array): string {
  const [extent, ...inner] = shape;
  if (extent === undefined) return `${data[0]!}`;
  const size = data.length / extent;
  return `[${Array.from({ length: extent }, (_, at) => nested(inner, data.subarray(at * size, (at + 1) * size))).join(', ')}]`;
}
