// Which input pixels a position of a value depends on, by the recurrences of Araujo, Norris and Sim, "Computing
// Receptive Fields of Convolutional Neural Networks" (Distill, 2019); height and width apart.

import type { Graph, Node, ValueId } from '../ir/graph.ts';
import type { Operator, OperatorTable, Window } from '../ir/operator.ts';
import { dataCount, operatorOf, typeOf } from '../ir/signature.ts';
import type { TensorType } from '../ir/tensor-type.ts';

type Pair = readonly [number, number];

/** In input pixels, `[height, width]`. */
export interface ReceptiveField {
  /** Pixels that one position sees; the padding around the picture included. */
  readonly size: Pair;
  /** Distance between the fields of neighbouring positions. */
  readonly jump: Pair;
  /** First pixel that position 0 sees; negative where it starts in the padding. */
  readonly start: Pair;
}

/**
 * Value → its field, for every value that depends on an input. Where paths join, and over several inputs, it is their
 * union, with the larger jump; where a map becomes a list of features (flatten), each feature sees the whole map. A token sees what
 * the pixel did of which it was made; what mixes tokens, such as attention, sees what all of them do.
 */
export function receptiveFields(graph: Graph, operators: OperatorTable): ReadonlyMap<ValueId, ReceptiveField> {
  const fields = new Map<ValueId, ReceptiveField>();
  /** Tokens → what all of them see together. */
  const wholes = new Map<ValueId, ReceptiveField>();
  for (const { value } of graph.inputs) {
    const field: ReceptiveField = { size: [1, 1], jump: [1, 1], start: [0, 0] };
    fields.set(value, field);
    const { shape } = typeOf(graph, value);
    if (shape.length === 2) wholes.set(value, { ...field, size: [1, shape[0]!] });
  }
  for (const node of graph.nodes) {
    const operator = operatorOf(operators, node.op);
    const data = node.operands.slice(0, dataCount(operator, node.operands.length));
    const paths = data.flatMap((id) => fields.get(id) ?? []);
    if (paths.length === 0) continue;
    const inputs = data.map((id) => typeOf(graph, id));
    const areMixed = data.some((id) => wholes.has(id));
    const all = areMixed ? data.flatMap((id, at) => wholes.get(id) ?? wholeOf(fields.get(id), inputs[at]!)) : [];
    for (const id of node.results) {
      const result = typeOf(graph, id);
      const window = windowOf(operator, node, inputs, result);
      const mixes = all.length > 0 && window.kernel.some((extent) => extent > 1);
      fields.set(id, mixes ? { ...all.reduce(union), jump: [0, 0] } : slide(paths.reduce(union), window));
      if (result.shape.length !== 2) continue;
      wholes.set(id, (areMixed ? all : wholeOf(paths[0], inputs[0]!)).reduce(union));
    }
  }
  return fields;
}

const POINT: Window = { kernel: [1, 1], stride: [1, 1], padding: [0, 0, 0, 0], dilation: [1, 1] };

/** What all pixels of an image see together; nothing of one that depends on no input. */
function wholeOf(field: ReceptiveField | undefined, { shape }: TensorType): readonly ReceptiveField[] {
  const [, height = 1, width = 1] = shape;
  return field ? [slide(field, { ...POINT, kernel: [height, width] })] : [];
}

/** The window of an operator that has one; one that makes features of a map sees all of it, any other a single pixel or token. */
export function windowOf(operator: Operator, node: Node, inputs: readonly TensorType[], result: TensorType): Window {
  const window = operator.window?.(node.attributes, inputs);
  if (window) return window;
  if (result.shape.length > 1) return POINT;
  const { shape = [] } = inputs[0] ?? {};
  const [, height = 1, width = 1] = shape.length === 2 ? [1, 1, shape[0]!] : shape;
  return { ...POINT, kernel: [height, width] };
}

/** The field of a window over values with this field. */
function slide({ size, jump, start }: ReceptiveField, { kernel, stride, padding, dilation }: Window): ReceptiveField {
  const both = (axis: (at: 0 | 1) => number): Pair => [axis(0), axis(1)];
  return {
    size: both((at) => size[at] + (kernel[at] - 1) * dilation[at] * jump[at]),
    jump: both((at) => jump[at] * stride[at]),
    start: both((at) => start[at] - padding[at] * jump[at]),
  };
}

function union(a: ReceptiveField, b: ReceptiveField): ReceptiveField {
  const both = (axis: (at: 0 | 1) => number): Pair => [axis(0), axis(1)];
  const start = both((at) => Math.min(a.start[at], b.start[at]));
  const end = (at: 0 | 1): number => Math.max(a.start[at] + a.size[at], b.start[at] + b.size[at]);
  return {
    size: both((at) => end(at) - start[at]),
    jump: both((at) => Math.max(a.jump[at], b.jump[at])),
    start,
  };
}
