// The shape report of a network as data: what each step is, what it makes, what it costs and what it sees. The JSON of
// `cnnc report --json` is this object.

import { costOf } from '../../compiler/analysis/cost.ts';
import { liveness } from '../../compiler/analysis/memory.ts';
import { receptiveFields } from '../../compiler/analysis/receptive-field.ts';
import type { ReceptiveField } from '../../compiler/analysis/receptive-field.ts';
import type { Graph, Node, ValueId } from '../../compiler/ir/graph.ts';
import { dataCount, operatorOf, typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { Program } from '../../compiler/program/program.ts';
import { arenaBytes } from '../../compiler/program/program.ts';
import { lineOf } from '../../grammar/source.ts';
import type { Extent } from '../text/format.ts';
import { quantizedSteps, quantizedWeightBytes } from './quantized.ts';
import type { QuantizedForm, QuantizedStep } from './quantized.ts';

export type { Extent } from '../text/format.ts';

/** Shapes are `[C, H, W]` or `[features]`, without the batch axis; bytes are of f32 values, per image. */
export interface Report {
  readonly schemaVersion: 1;
  readonly network: string;
  readonly doc?: string;
  readonly inputs: readonly NamedShape[];
  /** `layer` is the step or input whose result it is. */
  readonly outputs: readonly (NamedShape & { readonly layer: string })[];
  /** Names of the outputs that only a training has, of which nothing else is here; absent where there are none. */
  readonly auxiliary?: readonly string[];
  /** Every step of the network as written, in the order in which it runs. */
  readonly layers: readonly Layer[];
  readonly totals: {
    /** Running statistics are not parameters. */
    readonly parameters: number;
    /** Multiply–accumulates of convolutions and dense layers, without biases. */
    readonly macs: number;
    /** Bytes of all weights and running statistics in f32, without a file's header. */
    readonly weightBytes: number;
    /** Those of a quantised file; present of a network of whole numbers. */
    readonly quantizedWeightBytes?: number;
    /** The least memory for activations when the steps run one by one, nothing fused. */
    readonly peakActivationBytes: number;
    /** The arena of the compiled module at batch 1; present when a program was given. */
    readonly compiledArenaBytes?: number;
  };
  /** Where the peak is, and what is alive there. */
  readonly peak: {
    readonly at: string | null;
    readonly alive: readonly { readonly name: string; readonly bytes: number }[];
  };
}

export interface NamedShape {
  readonly name: string;
  readonly shape: Shape;
}

export interface Layer {
  /** `inception1.path2.conv1` */
  readonly name: string;
  readonly op: string;
  /** Short form: `conv 3×3 /2`. */
  readonly description: string;
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape;
  /** Present when there are several results. */
  readonly outputShapes?: readonly Shape[];
  /** Elements of the parameters it reads, shared ones included. */
  readonly parameters: number;
  /** Present where it reads parameters that an earlier step has read: that step, and how many of `parameters` they are. */
  readonly shared?: { readonly with: string; readonly parameters: number };
  readonly macs: number;
  /** In input pixels; a pair is height and width where they differ. `start` is the first pixel, negative in the padding. */
  readonly receptiveField: { readonly size: Extent; readonly jump: Extent; readonly start: Extent };
  readonly outputBytes: number;
  /** Present of a network of whole numbers, unless the step became part of another one's weights. */
  readonly quantized?: QuantizedStep;
  /** Names of the steps and inputs whose results it reads, and of learned tensors that it reads like these. */
  readonly reads: readonly string[];
  /** Blocks and paths around it, outermost first. */
  readonly scopes: readonly ScopeReport[];
  /** 1-based line of the step, in `file`. */
  readonly line?: number;
  readonly file?: string;
  /** How the output's extent comes about: `28 + 2·2 − 5 + 1 = 28`. */
  readonly arithmetic?: string;
  /** Present where its weights are called by another name than its own. */
  readonly weightsName?: string;
  readonly weights: readonly (NamedShape & { readonly role: 'parameter' | 'buffer' })[];
  /** True where the compiled module moves no data for it: its operands are written in place. */
  readonly free?: boolean;
}

export interface ScopeReport {
  readonly kind: 'block' | 'path';
  /** `inception1.path2` */
  readonly name: string;
  /** The block's name, or the join of the path's `parallel`. */
  readonly of: string;
  /** Line of the call or path. */
  readonly line: number;
  readonly file: string;
}

const F32_BYTES = 4;

/** What `report` needs of the front end's `Network`. */
export interface ReportedNetwork {
  readonly name: string;
  readonly doc?: string;
  readonly graph: Graph;
  readonly trainingGraph?: Graph;
}

/**
 * `program` is that of the same network compiled; it adds the compiled arena and which joins cost no copy. `quantized` adds what computes in
 * whole numbers; the program is then that of its graph.
 */
export function report(network: ReportedNetwork, program?: Program, quantized?: QuantizedForm): Report {
  const { name, doc, graph, trainingGraph } = network;
  const auxiliary = trainingGraph?.outputs.filter((output) => output.auxiliary !== undefined);
  const cost = costOf(graph, operators);
  const peak = liveness(graph, operators);
  const sources = sourcesOf(graph);
  const describe = layerReporter(graph, cost.nodes, sources, program);
  const stepOf = quantized && quantizedSteps(quantized);
  const shaped = ({ name: label, value }: { readonly name: string; readonly value: ValueId }): NamedShape => ({
    name: label,
    shape: typeOf(graph, value).shape,
  });
  return {
    schemaVersion: 1,
    network: name,
    ...(doc !== undefined && { doc }),
    inputs: graph.inputs.map(shaped),
    outputs: graph.outputs.map((output) => ({ ...shaped(output), layer: sources.get(output.value)! })),
    ...(auxiliary && { auxiliary: auxiliary.map((output) => output.name) }),
    layers: graph.nodes.map((node) => {
      const layer = describe(node);
      const step = stepOf?.(layer.name, layer.outputShape);
      return step ? { ...layer, quantized: step } : layer;
    }),
    totals: {
      parameters: cost.total.parameters,
      macs: cost.total.macs,
      weightBytes: F32_BYTES * graph.parameters.reduce((sum, { value }) => sum + sizeOf(typeOf(graph, value).shape), 0),
      ...(quantized && { quantizedWeightBytes: quantizedWeightBytes(quantized) }),
      peakActivationBytes: peak.peakBytes,
      ...(program && { compiledArenaBytes: arenaBytes(program) }),
    },
    peak: { at: peak.at?.name ?? null, alive: peak.alive },
  };
}

function layerReporter(
  graph: Graph,
  costs: ReturnType<typeof costOf>['nodes'],
  sources: ReadonlyMap<ValueId, string>,
  program: Program | undefined,
): (node: Node) => Layer {
  const fields = receptiveFields(graph, operators);
  const parameters = new Map(graph.parameters.map((parameter) => [parameter.value, parameter]));
  const firstReader = new Map<ValueId, string>();
  for (const node of graph.nodes)
    for (const id of node.operands) if (parameters.has(id) && !firstReader.has(id)) firstReader.set(id, node.name);
  const sharedBy = (node: Node): Layer['shared'] => {
    const shared = [...new Set(node.operands)].filter(
      (id) => parameters.get(id)?.role === 'parameter' && firstReader.get(id) !== node.name,
    );
    if (shared.length === 0) return undefined;
    const sizes = shared.map((id) => sizeOf(typeOf(graph, id).shape));
    return { with: firstReader.get(shared[0]!)!, parameters: sizes.reduce((sum, size) => sum + size, 0) };
  };
  const called = program && new Set(program.run.flatMap(({ nodes }) => nodes));
  return (node) => {
    const operator = operatorOf(operators, node.op);
    const data = node.operands.slice(0, dataCount(operator, node.operands.length));
    const inputs = data.map((id) => typeOf(graph, id));
    const results = node.results.map((id) => typeOf(graph, id).shape);
    const cost = costs.get(node.name)!;
    const arithmetic = operator.explain?.(node.attributes, inputs);
    const shared = sharedBy(node);
    return {
      name: node.name,
      op: node.op,
      description: operator.describe?.(node.attributes) ?? node.op,
      inputShapes: inputs.map(({ shape }) => shape),
      outputShape: results[0]!,
      ...(results.length > 1 && { outputShapes: results }),
      parameters: cost.parameters,
      ...(shared && { shared }),
      macs: cost.macs,
      receptiveField: fieldOf(fields.get(node.results[0]!)),
      outputBytes: cost.outputBytes,
      reads: data.flatMap((id) => sources.get(id) ?? []),
      scopes: (node.origin?.scopes ?? []).map(({ kind, name, of, span }) => ({
        kind,
        name,
        of,
        line: lineOf(span),
        file: span.source.path,
      })),
      ...(node.origin && { line: lineOf(node.origin.span), file: node.origin.span.source.path }),
      ...(arithmetic !== undefined && { arithmetic }),
      ...(node.weightsName !== undefined && { weightsName: node.weightsName }),
      weights: node.operands.flatMap((id) => {
        const parameter = parameters.get(id);
        return parameter ? [{ name: parameter.name, shape: typeOf(graph, id).shape, role: parameter.role }] : [];
      }),
      ...(called && node.op === 'concat' && !called.has(node.name) && { free: true }),
    };
  };
}

/** Value → the name of the step or input that makes it, or of the learned tensor. */
function sourcesOf(graph: Graph): ReadonlyMap<ValueId, string> {
  const sources = new Map<ValueId, string>(
    [...graph.parameters, ...graph.inputs].map(({ name, value }) => [value, name]),
  );
  for (const node of graph.nodes) for (const id of node.results) sources.set(id, node.name);
  return sources;
}

const POINT: ReceptiveField = { size: [1, 1], jump: [1, 1], start: [0, 0] };

function fieldOf({ size, jump, start }: ReceptiveField = POINT): Layer['receptiveField'] {
  const extent = ([h, w]: readonly [number, number]): Extent => (h === w ? h : [h, w]);
  return { size: extent(size), jump: extent(jump), start: extent(start) };
}
