// A network as an ONNX model: its graph as written, not optimised, with its weights, in one file.

import type { Graph, Node } from '../../../compiler/ir/graph.ts';
import { typeOf } from '../../../compiler/ir/signature.ts';
import { bytesOf, tensorType } from '../../../compiler/ir/tensor-type.ts';
import { operators } from '../../../compiler/ops/index.ts';
import { refuse, Refusal } from '../../onnx/problem.ts';
import type { Problem } from '../../onnx/problem.ts';
import { encodeModel } from './model.ts';
import type { Border } from './model.ts';
import { exporters } from './operators/index.ts';
import { createSession } from './session.ts';
import type { Session } from './session.ts';
import type { Exporter } from './site.ts';

export interface ExportOptions {
  /** The number of images that the model takes; absent: any. */
  readonly batch?: number;
  /** What the network is, in words. */
  readonly doc?: string;
  /** Of the program that writes the file. */
  readonly producerVersion?: string;
}

export interface Exported {
  readonly bytes: Uint8Array;
  /** Nodes and tensors of the file. */
  readonly nodes: number;
  readonly tensors: number;
}

/** Protobuf messages are shorter than 2 GiB; the rest is for nodes and names. */
const MAX_WEIGHT_BYTES = 2 ** 31 - 2 ** 24;

/**
 * The bytes of the file, with the weights under their names in the graph, or everything that ONNX cannot say. The batch axis is
 * symbolic unless `batch` is given.
 */
export function exportOnnx(
  graph: Graph,
  tensors: ReadonlyMap<string, Float32Array>,
  { batch, doc, producerVersion = '' }: ExportOptions = {},
): Exported | { readonly problems: readonly Problem[] } {
  const tooLarge = sizeProblem(graph);
  if (tooLarge) return { problems: [tooLarge] };
  const session = createSession(graph, operators, tensors);
  const problems = graph.nodes.flatMap((node) => exportNode(session, node));
  if (problems.length > 0) return { problems };
  const outputs = graph.outputs.map(({ name, value }) => session.put(name, value));
  const border = (name: string, value: number): Border => ({ name, type: tensorType(typeOf(graph, value).shape) });
  const borders = new Set([...outputs, ...graph.inputs.map(({ name }) => name)]);
  const values = graph.nodes
    .flatMap(({ results }) => results.map((value) => border(session.nameOf(value), value)))
    .filter(({ name }) => !borders.has(name));
  const bytes = encodeModel({
    name: graph.name,
    ...(doc !== undefined && { doc }),
    producerVersion,
    nodes: session.nodes,
    tensors: session.tensors,
    inputs: graph.inputs.map(({ name, value }) => border(name, value)),
    outputs: outputs.map((name, at) => border(name, graph.outputs[at]!.value)),
    values,
    ...(batch !== undefined && { batch }),
  });
  return { bytes, nodes: session.nodes.length, tensors: session.tensors.length };
}

function sizeProblem(graph: Graph): Problem | undefined {
  const bytes = graph.parameters.reduce((sum, { value }) => sum + bytesOf(typeOf(graph, value)), 0);
  if (bytes <= MAX_WEIGHT_BYTES) return undefined;
  return {
    what: `the weights take ${bytes} bytes, and an ONNX file holds at most ${MAX_WEIGHT_BYTES} of them`,
    mend: 'make layers smaller: a protobuf message has less than 2 GiB',
  };
}

/** Adds the nodes of one step; what ONNX has no words for is a problem, and the walk goes on. */
function exportNode(session: Session, node: Node): readonly Problem[] {
  const problems: Problem[] = [];
  session.add(node, (site) => {
    try {
      return [exporterOf(node)(site)].flat();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      problems.push({ node: node.name, operator: node.op, what: error.message, mend: error.mend });
      // What follows is looked at as well, so that all problems are told at once.
      return node.results.map(() => site.operand(0));
    }
  });
  return problems;
}

function exporterOf({ op }: Node): Exporter {
  const exporter = exporters.get(op);
  if (exporter) return exporter;
  return refuse('ONNX has no operator for it, and only steps of a training use it', 'export the network itself');
}
