// The editor by which passes rewrite a graph. Edits are visible at once, the uses of each value are kept up to date, and `finish`
// returns a sorted graph, or the original object if nothing was changed.

import type { Constant, Graph, Node, Parameter, ValueId } from './graph.ts';
import type { GraphBuilder, NodeSpec, Results } from './builder.ts';
import { namedWeights } from './graph.ts';
import { invariant } from './invariant.ts';
import { createNames } from './names.ts';
import type { Names } from './names.ts';
import type { OperatorTable } from './operator.ts';
import { applyOperator, dataCount, operatorOf, requireParameters, typeOf } from './signature.ts';
import { sortedNodes } from './sorted-nodes.ts';
import { formatType, sameType, sizeOf, tensorType } from './tensor-type.ts';
import type { Shape, TensorType } from './tensor-type.ts';

/** The readers of a value. */
export interface Uses {
  /** Each node once, even if it reads the value several times. */
  readonly nodes: readonly Node[];
  /** Whether a graph output is the value. */
  readonly output: boolean;
}

/** Value → the node that computes it; inputs, parameters and constants have none. */
export function producersOf(graph: Graph): ReadonlyMap<ValueId, Node> {
  return new Map(graph.nodes.flatMap((node) => node.results.map((id) => [id, node])));
}

/** Value → its uses, for every value of the graph. */
export function usesOf(graph: Graph): ReadonlyMap<ValueId, Uses> {
  const outputs = new Set(graph.outputs.map(({ value }) => value));
  const readers = new Map([...graph.types.keys()].map((id) => [id, new Set<Node>()]));
  for (const node of graph.nodes) for (const id of node.operands) readers.get(id)?.add(node);
  return new Map([...readers].map(([id, nodes]) => [id, { nodes: [...nodes], output: outputs.has(id) }]));
}

/** Nodes are immutable: an edit replaces them. So after an edit, look a node up again by its name or by a value. */
export interface Editor {
  readonly operators: OperatorTable;
  /** All nodes in the graph's order, then those added since. May be edited while it is walked: removed nodes are not visited. */
  nodes(): IterableIterator<Node>;
  typeOf(value: ValueId): TensorType;
  /** Whether the value is computed when a module loads, because it depends on no input. */
  isPrepared(value: ValueId): boolean;
  producerOf(value: ValueId): Node | undefined;
  parameterOf(value: ValueId): Parameter | undefined;
  constantOf(value: ValueId): Constant | undefined;
  usesOf(value: ValueId): Uses;
  /** The only reader of the value; undefined if there are more, or it is an output. */
  soleUserOf(value: ValueId): Node | undefined;

  /**
   * Adds a node. Attributes are completed and types inferred; `parameters` are required if the operator has some. If `name` is
   * taken, `_2`, `_3`, … is appended. Throws `InternalError` if a constraint of the operator is violated.
   */
  add(spec: NodeSpec): Results;
  /** Changes operands or attributes of a node; those not given stay. Its name, its results and their types stay as well. */
  update(node: Node, changes: Partial<Pick<NodeSpec, 'inputs' | 'attributes' | 'parameters'>>): void;
  /** Renames a node, with a number appended as by `add` if the name is taken: for a node that replaces a removed one. */
  rename(node: Node, name: string): void;
  /** Adds a constant; equal ones are not shared. */
  constant(shape: Shape, data: ArrayLike<number>): ValueId;
  /** Removes a constant, unless it is still read or is an output. */
  removeConstant(value: ValueId): void;
  /** Adds a parameter, as a graph builder does, with a number appended to its name if that is taken. */
  readonly parameter: GraphBuilder['parameter'];
  /** Lets every reader of `from`, except the nodes of those names, read `to`, which has the same type. Outputs keep their names. */
  replaceUses(from: ValueId, to: ValueId, except?: readonly string[]): void;
  /** Removes a node none of whose results is used; its name is free again. */
  remove(node: Node): void;
  /** Replaces the results of a node by `values` and removes it. */
  replace(node: Node, values: readonly ValueId[]): void;
  /** Sorted: old nodes keep their order, new ones stand right before their first user. */
  finish(): Graph;
}

/** An editor for rewriting a graph; the graph itself does not change. */
export function editGraph(graph: Graph, operators: OperatorTable): Editor {
  const draft = draftOf(graph);
  return {
    operators,
    nodes: () => draft.nodes.values(),
    typeOf: (id) => typeOf(draft, id),
    isPrepared: (id) => isPrepared(draft, id),
    producerOf: (id) => producerOf(draft, id),
    parameterOf: (id) => draft.parameters.get(id),
    constantOf: (id) => draft.constants.get(id),
    usesOf: (id) => ({
      nodes: [...readersOf(draft, id)].map((name) => draft.nodes.get(name)!),
      output: isOutput(draft, id),
    }),
    soleUserOf: (id) => soleUserOf(draft, id),
    add: (spec) => addNode(draft, operators, spec),
    update: (node, changes) => updateNode(draft, operators, node, changes),
    rename: (node, name) => renameNode(draft, node, name),
    constant: (shape, data) => addConstant(draft, shape, data),
    removeConstant(id) {
      if (readersOf(draft, id).size > 0 || isOutput(draft, id) || !draft.constants.delete(id)) return;
      draft.types.delete(id);
      draft.changed = true;
    },
    parameter(name, shape, role, initial, element) {
      const value = addValue(draft, tensorType(shape, false, element));
      draft.parameters.set(value, { name: draft.parameterNames.fresh(name), value, role, initial });
      return value;
    },
    replaceUses: (from, to, except) => replaceUses(draft, from, to, except),
    remove: (node) => removeNode(draft, node),
    replace(node, values) {
      invariant(values.length === node.results.length, `${node.name} has ${node.results.length} results`);
      for (const [place, id] of node.results.entries()) replaceUses(draft, id, values[place]!);
      removeNode(draft, node);
    },
    finish: () => (draft.changed ? finished(draft, graph) : graph),
  };
}

/** A graph in the making. */
interface Draft {
  readonly types: Map<ValueId, TensorType>;
  /** By name. */
  readonly nodes: Map<string, Node>;
  /** Value → the name of the node whose result it is. */
  readonly producers: Map<ValueId, string>;
  /** Value → the names of the nodes that read it; see `readersOf`. */
  readonly readers: Map<ValueId, Set<string>>;
  /** Values that `isPrepared` found to be computed when a module loads. */
  readonly prepared: Set<ValueId>;
  readonly inputs: ReadonlySet<ValueId>;
  readonly parameters: Map<ValueId, Parameter>;
  readonly constants: Map<ValueId, Constant>;
  readonly names: Names;
  readonly parameterNames: Names;
  outputs: Graph['outputs'];
  /** The values of the outputs. */
  readonly ends: Set<ValueId>;
  nextId: ValueId;
  changed: boolean;
}

function draftOf(graph: Graph): Draft {
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const draft: Draft = {
    types: new Map(graph.types),
    nodes,
    producers: new Map(graph.nodes.flatMap((node) => node.results.map((id) => [id, node.name]))),
    readers: new Map(),
    prepared: new Set(),
    inputs: new Set(graph.inputs.map(({ value }) => value)),
    parameters: new Map(graph.parameters.map((parameter) => [parameter.value, parameter])),
    constants: new Map(graph.constants.map((constant) => [constant.value, constant])),
    names: createNames(nodes.keys()),
    parameterNames: createNames(graph.parameters.map(({ name }) => name)),
    outputs: graph.outputs,
    ends: new Set(graph.outputs.map(({ value }) => value)),
    nextId: graph.types.keys().reduce((highest, id) => Math.max(highest, id), -1) + 1,
    changed: false,
  };
  for (const node of graph.nodes) for (const id of node.operands) readersOf(draft, id).add(node.name);
  return draft;
}

function readersOf({ readers }: Draft, id: ValueId): Set<string> {
  const known = readers.get(id) ?? new Set();
  readers.set(id, known);
  return known;
}

const producerOf = ({ nodes, producers }: Draft, id: ValueId): Node | undefined => nodes.get(producers.get(id) ?? '');

const isOutput = ({ ends }: Draft, id: ValueId): boolean => ends.has(id);

/** Whether the value depends on no input. Only inputs bring a batch axis, so the walk stops there. Remembers the values it found to be prepared. */
function isPrepared(draft: Draft, value: ValueId): boolean {
  const seen = new Set([value]);
  for (const id of seen) {
    if (draft.prepared.has(id)) continue;
    if (draft.inputs.has(id) || typeOf(draft, id).batched) return false;
    for (const operand of producerOf(draft, id)?.operands ?? []) seen.add(operand);
  }
  for (const id of seen) draft.prepared.add(id);
  return true;
}

function soleUserOf(draft: Draft, id: ValueId): Node | undefined {
  const readers = readersOf(draft, id);
  if (readers.size !== 1 || isOutput(draft, id)) return undefined;
  const [only] = readers;
  return draft.nodes.get(only!);
}

/** The node as it is now. */
function currentOf({ nodes }: Draft, { name }: Node): Node {
  const current = nodes.get(name);
  invariant(current, `${name} was removed before`);
  return current;
}

/** A new value without producer. */
function addValue(draft: Draft, type: TensorType): ValueId {
  draft.types.set(draft.nextId, type);
  draft.changed = true;
  return draft.nextId++;
}

function addConstant(draft: Draft, shape: Shape, data: ArrayLike<number>): ValueId {
  invariant(data.length === sizeOf(shape), `a constant of ${sizeOf(shape)} elements got ${data.length}`);
  const value = addValue(draft, tensorType(shape, false));
  draft.constants.set(value, { value, data: Float64Array.from(data) });
  return value;
}

/** Inserts a node, or replaces the one of that name, of which `unread` was called before. */
function put(draft: Draft, node: Node): void {
  if (node.results.some((id) => draft.prepared.has(id))) draft.prepared.clear();
  draft.nodes.set(node.name, node);
  for (const id of node.operands) readersOf(draft, id).add(node.name);
  for (const id of node.results) draft.producers.set(id, node.name);
  draft.changed = true;
}

/** Takes the node off the readers of its operands. */
function unread(draft: Draft, { name, operands }: Node): void {
  for (const id of operands) readersOf(draft, id).delete(name);
}

function addNode(draft: Draft, operators: OperatorTable, spec: NodeSpec): Results {
  const { op, weightsName, inputs, attributes: given, parameters: weights = [], origin } = spec;
  const valueType = (id: ValueId): TensorType => typeOf(draft, id);
  const name = spec.name === undefined ? draft.names.numbered(op) : draft.names.fresh(spec.name);
  const applied = applyOperator(operators, { name, op, attributes: given }, inputs.map(valueType));
  requireParameters(name, applied.parameters, weights, valueType);
  const results = applied.results.map((type) => addValue(draft, type));
  put(draft, {
    op,
    name,
    ...namedWeights(name, weightsName),
    operands: [...inputs, ...weights],
    attributes: applied.attributes,
    results,
    ...(origin && { origin }),
  });
  return results as unknown as Results;
}

function updateNode(
  draft: Draft,
  operators: OperatorTable,
  node: Node,
  { inputs, attributes: given = {}, parameters: weights }: Parameters<Editor['update']>[1],
): void {
  const current = currentOf(draft, node);
  const valueType = (id: ValueId): TensorType => typeOf(draft, id);
  const data = dataCount(operatorOf(operators, node.op), current.operands.length);
  const newInputs = inputs ?? current.operands.slice(0, data);
  const newWeights = weights ?? current.operands.slice(data);
  const spec = { ...current, attributes: { ...current.attributes, ...given } };
  const { attributes, results, parameters } = applyOperator(operators, spec, newInputs.map(valueType));
  requireParameters(node.name, parameters, newWeights, valueType);
  const sameTypes =
    results.length === current.results.length &&
    results.every((type, place) => sameType(type, valueType(current.results[place]!)));
  invariant(sameTypes, `${node.name}: the update changes its result type`);
  unread(draft, current);
  put(draft, { ...current, operands: [...newInputs, ...newWeights], attributes });
}

function renameNode(draft: Draft, node: Node, name: string): void {
  const current = currentOf(draft, node);
  draft.nodes.delete(current.name);
  draft.names.release(current.name);
  unread(draft, current);
  put(draft, { ...current, name: draft.names.fresh(name) });
}

function replaceUses(draft: Draft, from: ValueId, to: ValueId, except: readonly string[] = []): void {
  if (from === to) return;
  const [before, after] = [typeOf(draft, from), typeOf(draft, to)];
  const mismatch = `replacing %${from} by %${to}: %${to} is ${formatType(after)}, %${from} is ${formatType(before)}`;
  invariant(sameType(before, after), mismatch);
  const swap = (id: ValueId): ValueId => (id === from ? to : id);
  for (const name of readersOf(draft, from)) {
    if (except.includes(name)) continue;
    const reader = draft.nodes.get(name)!;
    readersOf(draft, from).delete(name);
    put(draft, { ...reader, operands: reader.operands.map(swap) });
  }
  if (!isOutput(draft, from)) return;
  draft.outputs = draft.outputs.map((output) => ({ ...output, value: swap(output.value) }));
  draft.ends.delete(from);
  draft.ends.add(to);
  draft.changed = true;
}

function removeNode(draft: Draft, node: Node): void {
  const current = currentOf(draft, node);
  for (const id of current.results) {
    const isUsed = readersOf(draft, id).size > 0 || isOutput(draft, id);
    invariant(!isUsed, `a result of ${node.name} is used`);
    draft.producers.delete(id);
    draft.types.delete(id);
  }
  unread(draft, current);
  draft.nodes.delete(node.name);
  draft.names.release(node.name);
  draft.changed = true;
}

const finished = (draft: Draft, graph: Graph): Graph => ({
  ...graph,
  parameters: [...draft.parameters.values()],
  constants: [...draft.constants.values()],
  nodes: sortedNodes(draft.nodes, draft.producers),
  outputs: draft.outputs,
  types: new Map(draft.types),
});

/** Without the nodes, parameters and constants that no output depends on; inputs stay. The same object when all are needed. */
export function removeDead(graph: Graph): Graph {
  const live = new Set(graph.outputs.map(({ value }) => value));
  const nodes: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.results.some((id) => live.has(id))) continue;
    nodes.push(node);
    for (const id of node.operands) live.add(id);
  }
  const needed = ({ value }: { readonly value: ValueId }): boolean => live.has(value);
  const parameters = graph.parameters.filter(needed);
  const constants = graph.constants.filter(needed);
  const count = nodes.length + parameters.length + constants.length;
  if (count === graph.nodes.length + graph.parameters.length + graph.constants.length) return graph;
  const defined = new Set([...graph.inputs, ...parameters, ...constants].map(({ value }) => value));
  for (const node of nodes) for (const id of node.results) defined.add(id);
  const types = new Map([...graph.types].filter(([id]) => defined.has(id)));
  return { ...graph, parameters, constants, nodes: nodes.toReversed(), types };
}
