// Finds a small graph that still shows a fault: first fewer nodes (delta debugging: Zeller and Hildebrandt, "Simplifying
// and Isolating Failure-Inducing Input", 2002), then fewer outputs, then smaller extents.

import type { Attributes, Graph, GraphInput, GraphOutput, Node, ValueId } from './ir/graph.ts';
import { valueNames } from './ir/names.ts';
import type { OperatorTable } from './ir/operator.ts';
import { removeDead } from './ir/rewrite.ts';
import { dataCount, inferNode, typeOf } from './ir/signature.ts';
import { splitStages, stagesOf } from './ir/stage.ts';
import type { Shape, TensorType } from './ir/tensor-type.ts';
import { sizeOf, tensorType } from './ir/tensor-type.ts';
import { verifyGraph } from './ir/verify.ts';

/** `fails(graph)` holds; so it does for the result, which is as small as this search finds. Every candidate is a valid graph. */
export function shrinkGraph(graph: Graph, operators: OperatorTable, fails: (graph: Graph) => boolean): Graph {
  const valid = (candidate: Graph): boolean => verifyGraph(candidate, operators).length === 0 && fails(candidate);
  const names = splitStages(graph).run.map(({ name }) => name);
  const kept = minimise(names, (subset) => {
    const part = subgraph(graph, new Set(subset));
    return part !== undefined && valid(part);
  });
  // The whole graph may be the smallest: its cut-out has other inputs and outputs, and need not fail.
  const cut = kept.length < names.length ? subgraph(graph, new Set(kept))! : graph;
  return withSmallExtents(withFewOutputs(cut, valid), operators, valid);
}

/** The subset that ddmin ends with: without any one of its parts, it no longer fails. */
function minimise<T>(all: readonly T[], fails: (subset: readonly T[]) => boolean): readonly T[] {
  let items = all;
  let parts = 2;
  while (items.length > 1) {
    const size = Math.ceil(items.length / parts);
    const chunks = Array.from({ length: Math.ceil(items.length / size) }, (_, at) => [at * size, (at + 1) * size]);
    const chunk = chunks.map(([from, to]) => items.slice(from, to)).find(fails);
    if (chunk) {
      items = chunk;
      parts = 2;
      continue;
    }
    const rest = parts > 2 && chunks.map(([from, to]) => items.filter((_, at) => at < from! || at >= to!)).find(fails);
    if (rest) {
      items = rest;
      parts = Math.max(parts - 1, 2);
      continue;
    }
    if (size === 1) break;
    parts = Math.min(items.length, 2 * parts);
  }
  return items;
}

/** These nodes alone: values from outside become inputs, values that others read become outputs. */
function subgraph(graph: Graph, keep: ReadonlySet<string>): Graph | undefined {
  const names = valueNames(graph);
  const stages = stagesOf(graph);
  const kept = graph.nodes.filter((node) => keep.has(node.name) || stages.get(node.results[0]!) === 'prepare');
  const made = new Set(kept.flatMap((node) => node.results));
  const outside = new Set(graph.nodes.filter((node) => !kept.includes(node)).flatMap(({ operands }) => operands));
  const known = new Map(graph.inputs.map((input) => [input.value, input]));
  const inputs = new Map<ValueId, GraphInput>();
  for (const id of kept.flatMap(({ operands }) => operands)) {
    if (stages.get(id) === 'run' && !made.has(id)) inputs.set(id, known.get(id) ?? { name: names.get(id)!, value: id });
  }
  const outputs: GraphOutput[] = graph.outputs.filter(({ value }) => made.has(value));
  for (const { results } of kept) {
    for (const value of results) {
      const seen = outputs.some((output) => output.value === value);
      if (outside.has(value) && !seen) outputs.push({ name: names.get(value)!, value });
    }
  }
  if (outputs.length === 0) return undefined;
  return tidied({ ...graph, inputs: [...inputs.values()], nodes: kept, outputs });
}

function withFewOutputs(graph: Graph, fails: (graph: Graph) => boolean): Graph {
  let current = graph;
  for (const { name } of graph.outputs) {
    const fewer = { ...current, outputs: current.outputs.filter((output) => output.name !== name) };
    if (fewer.outputs.length === 0) continue;
    const candidate = tidied(fewer);
    if (fails(candidate)) current = candidate;
  }
  return current;
}

/** Nothing that no output needs, and no type of anything else. */
function tidied(graph: Graph): Graph {
  const { parameters, constants, nodes } = removeDead(graph);
  const read = new Set([...nodes.flatMap(({ operands }) => operands), ...graph.outputs.map(({ value }) => value)]);
  const inputs = graph.inputs.filter(({ value }) => read.has(value));
  const defined = [...inputs, ...parameters, ...constants].map(({ value }) => value);
  const ids = new Set([...defined, ...nodes.flatMap(({ results }) => results)]);
  const types = new Map([...graph.types].filter(([id]) => ids.has(id)));
  return { ...graph, inputs, parameters, constants, nodes, types };
}

type Resize = (extent: number) => number;

/** Tries smaller numbers for every extent of the graph at once, and for every axis of every input. */
function withSmallExtents(graph: Graph, operators: OperatorTable, fails: (graph: Graph) => boolean): Graph {
  let current = graph;
  const attempt = (resize: Resize, shapes: ReadonlyMap<ValueId, Shape> = new Map()): boolean => {
    const candidate = resized(current, operators, resize, shapes);
    if (!candidate || !fails(candidate)) return false;
    current = candidate;
    return true;
  };
  for (const extent of extentsOf(graph)) {
    smaller(extent).some((to) => attempt((other) => (other === extent ? to : other)));
  }
  for (const { value } of graph.inputs) {
    const { shape } = typeOf(current, value);
    shape.forEach((extent, axis) => {
      smaller(extent).some((to) =>
        attempt((other) => other, new Map([[value, typeOf(current, value).shape.with(axis, to)]])),
      );
    });
  }
  return current;
}

const smaller = (extent: number): readonly number[] =>
  [...new Set([1, 2, 3, 4, extent >> 1])].filter((to) => to < extent).toSorted((a, b) => a - b);

/** Largest first. */
function extentsOf(graph: Graph): readonly number[] {
  const written = graph.nodes.flatMap(({ attributes }) => Object.values(attributes).flat());
  const extents = [...graph.types.values()].flatMap(({ shape }) => shape);
  const whole = [...extents, ...written].filter((n): n is number => typeof n === 'number' && Number.isInteger(n));
  return [...new Set(whole)].filter((extent) => extent > 1).toSorted((a, b) => b - a);
}

/** The graph with every extent put through `resize`, types inferred anew; undefined where an operator refuses. */
function resized(
  graph: Graph,
  operators: OperatorTable,
  resize: Resize,
  shapes: ReadonlyMap<ValueId, Shape>,
): Graph | undefined {
  const types = new Map<ValueId, TensorType>();
  for (const { value } of [...graph.inputs, ...graph.parameters, ...graph.constants]) {
    const type = typeOf(graph, value);
    types.set(value, { ...type, shape: shapes.get(value) ?? type.shape.map(resize) });
  }
  const supplied = new Set(graph.parameters.map(({ value }) => value));
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const operator = operators.get(node.op)!;
    const count = dataCount(operator, node.operands.length);
    const inputs = node.operands.slice(0, count).map((id) => typeOf({ types }, id));
    const changed = mapNumbers(node.attributes, resize);
    const attributes = operator.canonical?.(changed, inputs) ?? changed;
    const { results, parameters } = inferNode(operator, inputs, attributes);
    if (results?.length !== node.results.length) return undefined;
    node.results.forEach((id, at) => types.set(id, results[at]!));
    node.operands.slice(count).forEach((id, at) => {
      const spec = parameters[at];
      if (spec && supplied.has(id)) types.set(id, tensorType(spec.shape, false));
    });
    nodes.push({ ...node, attributes });
  }
  const constants = graph.constants.map(({ value, data }) => ({
    value,
    data: Float64Array.from({ length: sizeOf(typeOf({ types }, value).shape) }, (_, at) => data[at % data.length]!),
  }));
  return { ...graph, constants, nodes, types };
}

function mapNumbers(attributes: Attributes, resize: Resize): Attributes {
  const changed = Object.entries(attributes).map(([name, value]) => {
    if (typeof value === 'number') return [name, resize(value)];
    return [name, Array.isArray(value) ? (value as readonly number[]).map(resize) : value];
  });
  return Object.fromEntries(changed) as Attributes;
}
