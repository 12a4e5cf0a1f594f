// Two networks that went through ONNX as one form of each: what has several words in the language, and one in ONNX, has one word here.

import type { Attributes, Graph, Node, Parameter, ValueId } from '../../compiler/ir/graph.ts';
import { createNames } from '../../compiler/ir/names.ts';
import { editGraph } from '../../compiler/ir/rewrite.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { channelsOf, sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { Shape, TensorType } from '../../compiler/ir/tensor-type.ts';
import { alongAxis } from '../../compiler/ops/axes.ts';
import { isOverMap } from '../../compiler/ops/normalization-axes.ts';
import { operators } from '../../compiler/ops/index.ts';
import { mergeReshapes } from '../../compiler/passes/merge-reshapes.ts';
import { runPasses } from '../../compiler/passes/pass.ts';
import { removeIdentity } from '../../compiler/passes/remove-identity.ts';
import { removeNoOps } from '../../compiler/passes/remove-no-ops.ts';
import { flipped } from '../../src/export/onnx/tensors.ts';
import { tidied } from '../../src/recover/tidied.ts';

export type Tensors = ReadonlyMap<string, Float32Array>;

export interface Weighted {
  readonly graph: Graph;
  /** By the names of the graph's parameters. */
  readonly tensors: Tensors;
}

/**
 * The same network: weights that are written in its text are those of a file, windows of strict convolutions lie turned among the
 * weights, and the compiler's own passes have removed identities, dropout, joins of one value and all but the last of several
 * reshapes; sums of several values are made from left to right.
 */
export function canonical(given: Weighted): Weighted {
  const { graph, tensors } = withTurnedWindows(withoutConstants(given));
  const passes = [removeIdentity, removeNoOps, mergeReshapes];
  const worded = { ...graph, nodes: graph.nodes.map((node) => oneWord(graph, node)) };
  const plain = runPasses(inSmallSteps(worded), passes, operators).graph;
  return { graph: tidied(plain), tensors };
}

function withoutConstants({ graph, tensors }: Weighted): Weighted {
  const names = createNames(graph.parameters.map(({ name }) => name));
  const written = graph.constants.map(({ value, data }) => ({ name: names.numbered('written'), value, data }));
  const parameters = written.map(({ name, value }): Parameter => ({
    name,
    value,
    role: 'parameter',
    initial: { kind: 'constant', value: 0 },
  }));
  return {
    graph: { ...graph, constants: [], parameters: [...graph.parameters, ...parameters] },
    tensors: new Map([...tensors, ...written.map(({ name, data }) => [name, Float32Array.from(data)] as const)]),
  };
}

function withTurnedWindows({ graph, tensors }: Weighted): Weighted {
  const strict = graph.nodes.filter(({ attributes }) => attributes['mode'] === 'convolution');
  const weights = new Set<ValueId>(strict.map(({ operands }) => operands[1]!));
  const turned = graph.parameters.flatMap(({ name, value }) => {
    if (!weights.has(value)) return [];
    const kernel = typeOf(graph, value).shape.slice(-2) as unknown as readonly [number, number];
    return [[name, flipped(tensors.get(name)!, kernel)] as const];
  });
  const nodes = graph.nodes.map((node) =>
    strict.includes(node) ? { ...node, attributes: { ...node.attributes, mode: 'cross_correlation' } } : node,
  );
  return { graph: { ...graph, nodes }, tensors: new Map([...tensors, ...turned]) };
}

/** Of two operators, or settings of one, that are the same for ONNX, one. Numbers are those of f32, as in its files. */
function oneWord(graph: Graph, node: Node): Node {
  const { op, attributes, results, operands } = node;
  const [shape, input] = [results[0]!, operands[0]!].map((value) => typeOf(graph, value).shape) as [Shape, Shape];
  switch (op) {
    case 'upsample':
      return renamed(node, 'resize', { size: shape.slice(1), mode: attributes['mode']!, align_corners: false });
    case 'split': {
      const axis = alongAxis(typeOf(graph, operands[0]!), attributes)!;
      const sizes = results.map((value) => typeOf(graph, value).shape[axis]!);
      return renamed(node, 'split', { sizes, along: attributes['along']! });
    }
    case 'layer_norm':
      // All numbers of a list are its features.
      return isOverMap(attributes) && input.length > 1
        ? node
        : { ...node, attributes: { ...attributes, over: 'channels' } };
    case 'pow':
      return attributes['exponent'] === 0.5 ? renamed(node, 'sqrt', {}) : withSingles(node);
    default:
      return withSingles(node);
  }
}

/** With the numbers of f32. */
const withSingles = (node: Node): Node => ({
  ...node,
  attributes: Object.fromEntries(
    Object.entries(node.attributes).map(([name, value]) => [
      name,
      typeof value === 'number' ? Math.fround(value) : value,
    ]),
  ),
});

const renamed = (node: Node, op: string, attributes: Attributes): Node => ({ ...node, op, attributes });

const isOfOnePixel = (type: TensorType): boolean => type.shape.length > 1 && sizeOf(type.shape) === channelsOf(type);

/** Several summands or factors from left to right, two at a time; the channels of a single pixel as a list; tokens as turned pixels. */
function inSmallSteps(graph: Graph): Graph {
  const editor = editGraph(graph, operators);
  for (const node of editor.nodes()) {
    const { op, operands, name, attributes } = node;
    const { shape } = editor.typeOf(operands[0]!);
    if (['add', 'mul', 'maximum', 'minimum'].includes(op) && operands.length > 2) {
      const joined = operands.reduce((left, right) => editor.add({ op, name, inputs: [left, right] })[0]);
      editor.replace(node, [joined]);
    } else if (op === 'layer_norm' && isOfOnePixel(editor.typeOf(operands[0]!)) && !isOverMap(attributes)) {
      const [flat] = editor.add({ op: 'flatten', name, inputs: [operands[0]!] });
      const [normal] = editor.add({ op, name, inputs: [flat], attributes, parameters: operands.slice(1) });
      editor.replace(node, editor.add({ op: 'reshape', name, inputs: [normal], attributes: { shape } }));
    } else if (op === 'tokens') {
      const [channels, pixels] = [shape[0]!, shape[1]! * shape[2]!];
      const reshaped = (value: ValueId, to: Shape) =>
        editor.add({ op: 'reshape', name, inputs: [value], attributes: { shape: to } });
      const rows = reshaped(operands[0]!, [channels, pixels]);
      const isOneRow = channels === 1 || pixels === 1;
      editor.replace(
        node,
        isOneRow ? reshaped(rows[0], [pixels, channels]) : editor.add({ op: 'transpose', name, inputs: [rows[0]] }),
      );
    }
  }
  return editor.finish();
}
