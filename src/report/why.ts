// The arithmetic of one layer as data: how its size, its parameters, its multiplications, its memory and its receptive
// field come about. `cnnc why` prints it, and its --json is this object.

import { receptiveFields, windowOf } from '../../compiler/analysis/receptive-field.ts';
import type { ReceptiveField } from '../../compiler/analysis/receptive-field.ts';
import type { Graph, Node, ValueId } from '../../compiler/ir/graph.ts';
import type { Window } from '../../compiler/ir/operator.ts';
import { dataCount, operatorOf, typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { report } from './network-report.ts';
import type { Layer, Report, ReportedNetwork } from './network-report.ts';

/** Bytes are of f32 values, per image; extents are `[height, width]` in pixels. */
export interface Why {
  readonly schemaVersion: 1;
  readonly network: string;
  readonly layer: Layer;
  /** Present where a window slides over the first input. */
  readonly window?: Window;
  readonly parameters: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly count: number;
    /** False for running statistics, which are not learnt. */
    readonly learnt: boolean;
  }[];
  readonly macs: {
    readonly perValue: number;
    readonly values: number;
    readonly total: number;
    readonly networkTotal: number;
  };
  readonly memory: { readonly inputBytes: number; readonly outputBytes: number; readonly weightBytes: number };
  readonly receptiveField: {
    /** From the input to the layer, along the operand that sees most; steps that see single pixels are left out. */
    readonly chain: readonly FieldStep[];
  };
}

export interface FieldStep {
  readonly name: string;
  readonly description: string;
  /** Absent on the input. */
  readonly window?: Window;
  /** Values that it joins, where there are several: the field is what they see together. */
  readonly joins?: number;
  readonly size: readonly [number, number];
  readonly jump: readonly [number, number];
  readonly start: readonly [number, number];
}

/** Undefined when the network has no layer of that name. */
export function why(network: ReportedNetwork, name: string): Why | undefined {
  const { graph } = network;
  const data = report(network);
  const node = graph.nodes.find((candidate) => candidate.name === name);
  const layer = data.layers.find((candidate) => candidate.name === name);
  if (!node || !layer) return undefined;
  const window = operatorOf(operators, node.op).window && inputWindow(graph, node);
  const values = sizeOf(layer.outputShape);
  const parameters = layer.weights.map(({ name: tensor, shape, role }) => ({
    name: tensor,
    shape,
    count: sizeOf(shape),
    learnt: role === 'parameter',
  }));
  return {
    schemaVersion: 1,
    network: network.name,
    layer,
    ...(window && { window }),
    parameters,
    macs: { perValue: layer.macs / values, values, total: layer.macs, networkTotal: data.totals.macs },
    memory: {
      inputBytes: 4 * sum(layer.inputShapes.map(sizeOf)),
      outputBytes: layer.outputBytes,
      weightBytes: 4 * sum(parameters.map(({ count }) => count)),
    },
    receptiveField: { chain: fieldChain(graph, node, data) },
  };
}

function inputWindow(graph: Graph, node: Node): Window {
  const operator = operatorOf(operators, node.op);
  const inputs = dataOf(node).map((id) => typeOf(graph, id));
  return windowOf(operator, node, inputs, typeOf(graph, node.results[0]!));
}

function dataOf(node: Node): readonly ValueId[] {
  return node.operands.slice(0, dataCount(operatorOf(operators, node.op), node.operands.length));
}

function fieldChain(graph: Graph, target: Node, data: Report): readonly FieldStep[] {
  const fields = receptiveFields(graph, operators);
  const makers = new Map(graph.nodes.flatMap((node) => node.results.map((id) => [id, node] as const)));
  const layers = new Map(data.layers.map((layer) => [layer.name, layer]));
  const steps: FieldStep[] = [];
  let node: Node | undefined = target;
  let from: ValueId | undefined;
  while (node) {
    const operands: readonly ValueId[] = dataOf(node);
    const field = fields.get(node.results[0]!);
    const seen = operands.flatMap((id) => fields.get(id) ?? []);
    const window = inputWindow(graph, node);
    const joins = operands.length > 1 && !sameField(field, seen[0]);
    if (field && (node === target || looksFurther(window) || joins)) {
      const { description } = layers.get(node.name)!;
      steps.unshift({ name: node.name, description, window, ...(joins && { joins: operands.length }), ...field });
    }
    from = operands.toSorted((a, b) => area(fields.get(b)) - area(fields.get(a)))[0];
    node = from === undefined ? undefined : makers.get(from);
  }
  const input = graph.inputs.find(({ value }) => value === from);
  const start = input && fields.get(input.value);
  return input && start ? [{ name: input.name, description: 'input', ...start }, ...steps] : steps;
}

function sameField(a: ReceptiveField | undefined, b: ReceptiveField | undefined): boolean {
  return a !== undefined && b !== undefined && a.size.join() === b.size.join() && a.start.join() === b.start.join();
}

function area(field: ReceptiveField | undefined): number {
  return field ? field.size[0] * field.size[1] : 0;
}

function looksFurther({ kernel, stride, padding }: Window): boolean {
  return [...kernel, ...stride].some((extent) => extent !== 1) || padding.some((extent) => extent !== 0);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
