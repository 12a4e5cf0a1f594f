// Why a tensor does not fit: what the layer has and the file has, the chain of shapes that led to it, and arithmetic that
// finds the padding with which it would.

import type { Attributes, Graph, Node, ValueId } from '../../compiler/ir/graph.ts';
import type { OperatorTable } from '../../compiler/ir/operator.ts';
import { dataCount, dataTypes, inferNode, operatorOf } from '../../compiler/ir/signature.ts';
import {
  type Shape,
  type TensorType,
  formatShape,
  sameShape,
  sizeOf,
  tensorType,
} from '../../compiler/ir/tensor-type.ts';
import type { Diagnostic, Fix, TraceLine } from '../../grammar/diagnostic.ts';
import { lineOf } from '../../grammar/source.ts';
import { printable } from '../data/input-error.ts';
import type { Named } from './order.ts';
import type { WantedWeights } from './specs.ts';

export interface Mismatch {
  readonly wanted: Named;
  readonly found: Named;
}

/** One error about the first of the mismatches, in the order of the network; the others usually follow from it and are listed. */
export function explainShape(
  { network, graph, freshOption }: Omit<WantedWeights, 'tensors'>,
  operators: OperatorTable,
  mismatches: readonly Mismatch[],
  fileName: string,
): Diagnostic {
  const [{ wanted, found }, ...others] = mismatches as [Mismatch, ...Mismatch[]];
  const place = graph && placeOf(graph, wanted.name);
  const list = others
    .slice(0, 9)
    .map((other) => `also ${describe(other.wanted)}: the file has ${describe(other.found)}`);
  const notes = [
    ...transposed(wanted.shape, found.shape),
    ...list,
    ...(others.length > 9 ? [`and ${others.length - 9} more`] : []),
  ];
  const fixes = place ? suggestions(graph, operators, place, wanted.shape, found.shape) : [];
  return {
    code: 'weights/shape',
    severity: 'error',
    message: sentence(place?.node, wanted, found.shape, fileName),
    ...(place?.node.origin && { span: place.node.origin.span }),
    found: describe(found),
    expected: describe(wanted),
    ...(place && { trace: traceTo(graph, operators, place.node) }),
    ...(notes.length > 0 && { notes }),
    fixes: [
      ...(fixes.length > 0
        ? fixes
        : [{ message: `give weights of ${network}, or change the layer to what the file has` }]),
      ...freshFix(
        freshOption,
        mismatches.map((mismatch) => mismatch.wanted),
      ),
    ],
  };
}

/** `--fresh dense1 lets it begin by chance`, where there is such an option and few layers need it. */
export function freshFix(option: string | undefined, tensors: readonly Named[]): readonly Fix[] {
  const layers = [...new Set(tensors.map(({ name }) => name.slice(0, Math.max(name.lastIndexOf('.'), 0)) || name))];
  if (option === undefined || layers.length > 3) return [];
  const options = layers.map((layer) => `${option} ${layer}`).join(' ');
  return [{ message: `${options} ${layers.length === 1 ? 'lets it begin' : 'let them begin'} by chance` }];
}

interface Place {
  readonly node: Node;
  readonly value: ValueId;
}

function placeOf(graph: Graph, name: string): Place | undefined {
  const value = graph.parameters.find((parameter) => parameter.name === name)?.value;
  const node = value === undefined ? undefined : graph.nodes.find(({ operands }) => operands.includes(value));
  return node && { node, value: value! };
}

function describe({ name, shape }: Named): string {
  return `${printable(name)} ${formatShape(shape)}`;
}

/** `dense1 has 256 inputs; lenet.safetensors has 400` */
function sentence(node: Node | undefined, wanted: Named, found: Shape, fileName: string): string {
  const differs = found.map((extent, axis) => extent !== wanted.shape[axis]);
  const say = (axis: number, what: string) =>
    `${node!.name} has ${wanted.shape[axis]} ${what}; ${fileName} has ${found[axis]}`;
  if (node && found.length === wanted.shape.length && node.op !== 'conv_transpose') {
    if (found.length === 2) return differs[1] ? say(1, 'inputs') : say(0, 'outputs');
    if (found.length === 4 && (differs[2] || differs[3])) {
      return `${node.name} has a ${wanted.shape.slice(2).join('×')} kernel; ${fileName} has ${found.slice(2).join('×')}`;
    }
    if (found.length === 4) return differs[1] ? say(1, 'input channels for each output') : say(0, 'output channels');
    if (found.length === 1) return say(0, `elements of ${wanted.name.slice(wanted.name.lastIndexOf('.') + 1)}`);
  }
  return `${wanted.name} is ${formatShape(wanted.shape)}; ${fileName} has ${formatShape(found)}`;
}

function transposed(wanted: Shape, found: Shape): string[] {
  const [a, b, c, d] = wanted as [number, number, number, number];
  const ends = wanted.length === 2 ? [b, a] : wanted.length === 4 ? [c, d, b, a] : undefined;
  return ends && sameShape(ends, found)
    ? ['the file has the outputs last, as TensorFlow stores weights; they must come first']
    : [];
}

const MAX_TRACE = 12;

/** From the input to the node's first operand; steps that change no shape and have no window are left out. */
export function traceTo(graph: Graph, operators: OperatorTable, target: Node): readonly TraceLine[] {
  const lines: TraceLine[] = [];
  const chain = chainTo(graph, operators, target);
  for (const node of chain) {
    const operator = operatorOf(operators, node.op);
    const inputs = dataTypes(graph, node, operator);
    const { shape } = graph.types.get(node.results[0]!)!;
    if (!operator.window && inputs.length === 1 && sameShape(shape, inputs[0]!.shape)) continue;
    const arithmetic = operator.explain?.(node.attributes, inputs);
    lines.push({
      ...(node.origin && { line: lineOf(node.origin.span) }),
      label: node.name,
      shape: formatShape(shape),
      ...(arithmetic !== undefined && { arithmetic }),
    });
  }
  const input = graph.inputs.find(({ value }) => value === (chain[0] ?? target).operands[0]);
  const start = input ? [{ label: input.name, shape: formatShape(graph.types.get(input.value)!.shape) }] : [];
  if (start.length + lines.length <= MAX_TRACE) return [...start, ...lines];
  return [...start, { label: '…', shape: '' }, ...lines.slice(-(MAX_TRACE - 2))];
}

/** The nodes on the way of the first operands, the first one first, without the target. */
function chainTo(graph: Graph, operators: OperatorTable, target: Node): readonly Node[] {
  const producers = new Map(graph.nodes.flatMap((node) => node.results.map((value) => [value, node] as const)));
  const chain: Node[] = [];
  for (let node: Node | undefined = target; node;) {
    const producer: Node | undefined =
      dataCount(operatorOf(operators, node.op), node.operands.length) > 0
        ? producers.get(node.operands[0]!)
        : undefined;
    if (producer) chain.unshift(producer);
    node = producer;
  }
  return chain;
}

function suggestions(
  graph: Graph,
  operators: OperatorTable,
  place: Place,
  wanted: Shape,
  found: Shape,
): readonly Fix[] {
  const { node } = place;
  if (wanted.length === 2 && found.length === 2 && wanted[1] !== found[1]) {
    const fix = paddingFix(graph, operators, place, found) ?? mapsFix(graph, operators, node, found[1]!);
    return fix === undefined ? [] : [{ message: fix }];
  }
  const onlyFirst = wanted.length === found.length && sameShape(wanted.slice(1), found.slice(1));
  if (onlyFirst && (node.op === 'dense' || node.op === 'conv'))
    return [{ message: `${node.op}(${found[0]}) has the file's shape` }];
  if (wanted.length === 4 && found.length === 4 && sameShape(wanted.slice(0, 2), found.slice(0, 2))) {
    const [height, width] = found.slice(2) as [number, number];
    return [{ message: `kernel: ${height === width ? height : `${height}x${width}`} has the file's shape` }];
  }
  return [];
}

/** Shape inferences that one search may take. */
const MAX_TRIALS = 200;

/** The padding of one earlier step with which the layer's weight has the found shape; one that keeps height and width is preferred. */
function paddingFix(
  graph: Graph,
  operators: OperatorTable,
  { node: target, value }: Place,
  found: Shape,
): string | undefined {
  let best: string | undefined;
  let trials = 0;
  const tried = new Set<string>();
  for (const node of chainTo(graph, operators, target)) {
    const { padding, kernel } = node.attributes;
    if (!isList(padding) || !isList(kernel)) continue;
    const span = node.origin?.span;
    const key = span ? `${span.source.path}:${span.start}` : node.name;
    if (tried.has(key)) continue;
    tried.add(key);
    const same = span
      ? graph.nodes.filter(
          (other) =>
            other.origin?.span.source === span.source && other.origin.span.start === span.start && other.op === node.op,
        )
      : [node];
    for (let size = 0; size <= Math.max(...kernel) && trials < MAX_TRIALS; size++) {
      if (padding.every((side) => side === size)) continue;
      trials++;
      const types = reinfer(
        graph,
        operators,
        new Map(same.map((other) => [other, { ...other.attributes, padding: [size, size, size, size] }])),
      );
      if (!types || !sameShape(types.get(value)?.shape ?? [], found)) continue;
      const before = types.get(node.operands[0]!)!.shape.slice(1);
      const keeps = sameShape(before, types.get(node.results[0]!)!.shape.slice(1));
      const where = span ? `Line ${lineOf(span)}` : node.name;
      const product = productOf(graph, operators, types, target, found[1]!);
      const message = `${product === undefined ? '' : `${product}. `}${where} with padding: ${size} ${keeps ? `keeps ${before.join('×')} and ` : ''}gives it`;
      if (keeps) return message;
      best ??= message;
    }
  }
  return best;
}

/** All types anew with some nodes' attributes changed, until a constraint is violated; parameters take the shapes they would need. */
function reinfer(
  graph: Graph,
  operators: OperatorTable,
  changed: ReadonlyMap<Node, Attributes>,
): ReadonlyMap<ValueId, TensorType> | undefined {
  const types = new Map(graph.types);
  for (const node of graph.nodes) {
    const operator = operatorOf(operators, node.op);
    const count = dataCount(operator, node.operands.length);
    const inputs = node.operands.slice(0, count).map((operand) => types.get(operand)!);
    const { results, parameters } = inferNode(operator, inputs, changed.get(node) ?? node.attributes);
    if (!results) return undefined;
    node.results.forEach((result, i) => types.set(result, results[i]!));
    parameters.forEach((spec, i) => types.set(node.operands[count + i]!, tensorType(spec.shape, false)));
  }
  return types;
}

/** `400 = 16·5·5` where the layer's inputs come from maps. */
function productOf(
  graph: Graph,
  operators: OperatorTable,
  types: ReadonlyMap<ValueId, TensorType>,
  target: Node,
  inputs: number,
): string | undefined {
  const maps = mapsBefore(graph, operators, types, target);
  return maps && sizeOf(maps) === inputs ? `${inputs} = ${maps.join('·')}` : undefined;
}

/** When no padding helps: the size of maps that would. */
function mapsFix(graph: Graph, operators: OperatorTable, target: Node, inputs: number): string | undefined {
  const maps = mapsBefore(graph, operators, graph.types, target);
  if (!maps) return undefined;
  const [channels, height, width] = maps as [number, number, number];
  const side = Math.round(Math.sqrt(inputs / channels));
  if (side < 1 || side * side * channels !== inputs) return undefined;
  return `${inputs} = ${channels}·${side}·${side}: maps of ${side}×${side} are needed here, and they are ${height}×${width}`;
}

/** The last value [C,H,W] on the way to the layer. */
function mapsBefore(
  graph: Graph,
  operators: OperatorTable,
  types: ReadonlyMap<ValueId, TensorType>,
  target: Node,
): Shape | undefined {
  for (const node of [...chainTo(graph, operators, target), target].toReversed()) {
    const shape = types.get(node.operands[0]!)?.shape;
    if (shape?.length === 3) return shape;
  }
  return undefined;
}

function isList(value: unknown): value is readonly number[] {
  return Array.isArray(value);
}
