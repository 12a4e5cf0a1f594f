// What passes are made of. An editor holds one graph in the making: it shows every edit at once, keeps the uses of
// each value up to date, and gives back a sorted graph — the very same object when nothing was changed.

import type { Constant, Graph, Node, Parameter, ValueId } from './graph.ts';
import type { NodeSpec, Results } from './builder.ts';
import { namedWeights } from './graph.ts';
import { invariant } from './invariant.ts';
import { createNames } from './names.ts';
import type { OperatorTable } from './operator.ts';
import { applyOperator, dataCount, operatorOf, requireParameters, typeOf } from './signature.ts';
import { formatType, sameType, sizeOf, tensorType } from './tensor-type.ts';
import type { Shape, TensorType } from './tensor-type.ts';

/** Who reads a value. */
export interface Uses {
  /** Each once, however many of its operands the value is. */
  readonly nodes: readonly Node[];
  /** Whether a graph output is the value. */
  readonly output: boolean;
}

/** Value → the node whose result it is; inputs, parameters and constants have none. */
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

/** Nodes are plain data: an edit replaces them, so look a node up again by its name or value after editing around it. */
export interface Editor {
  readonly operators: OperatorTable;
  /** Live, in the graph's order, then what was added; nodes removed during the walk are not visited. */
  nodes(): IterableIterator<Node>;
  typeOf(value: ValueId): TensorType;
  /** Whether it is known when a module loads. */
  isPrepared(value: ValueId): boolean;
  producerOf(value: ValueId): Node | undefined;
  parameterOf(value: ValueId): Parameter | undefined;
  constantOf(value: ValueId): Constant | undefined;
  usesOf(value: ValueId): Uses;
  /** Its only user, when it has exactly one and is no output. */
  soleUserOf(value: ValueId): Node | undefined;

  /**
   * Adds a node. Attributes are completed, types inferred; `parameters` are required where the operator has some. `name` is a
   * wish: `_2`, `_3`, … is appended when it is taken. Throws `InternalError` when a constraint is violated.
   */
  add(spec: NodeSpec): Results;
  /** Gives a node other operands or attributes (those given, the rest stay); it keeps its name, results and their types. */
  update(node: Node, changes: Partial<Pick<NodeSpec, 'inputs' | 'attributes' | 'parameters'>>): void;
  /** Gives the node what of the name `add` would: for a node that takes the place of a removed one. */
  rename(node: Node, name: string): void;
  /** Adds a constant; equal ones are not shared. */
  constant(shape: Shape, data: ArrayLike<number>): ValueId;
  parameter(name: string, shape: Shape, role: Parameter['role'], initial: Parameter['initial']): ValueId;
  /** Makes every reader of `from` read `to`, of the same type, except the nodes of those names. Outputs keep their names. */
  replaceUses(from: ValueId, to: ValueId, except?: readonly string[]): void;
  /** Removes a node none of whose results is used; its name is free again. */
  remove(node: Node): void;
  /** Puts `values` in the place of the node's results and removes it. */
  replace(node: Node, values: readonly ValueId[]): void;
  /** Sorted: old nodes keep their order, new ones stand right before their first user. */
  finish(): Graph;
}

/** An editor for rewriting a graph; the graph itself does not change. */
export function editGraph(graph: Graph, operators: OperatorTable): Editor {
  const types = new Map(graph.types);
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const producers = new Map(graph.nodes.flatMap((node) => node.results.map((id) => [id, node.name])));
  const readers = new Map<ValueId, Set<string>>();
  const parameters = new Map(graph.parameters.map((parameter) => [parameter.value, parameter]));
  const constants = new Map(graph.constants.map((constant) => [constant.value, constant]));
  const names = createNames(nodes.keys());
  const parameterNames = createNames(graph.parameters.map(({ name }) => name));
  let outputs = graph.outputs;
  let nextId = graph.types.keys().reduce((highest, id) => Math.max(highest, id), -1) + 1;
  let changed = false;

  const readersOf = (id: ValueId): Set<string> => {
    const known = readers.get(id) ?? new Set();
    readers.set(id, known);
    return known;
  };
  const put = (node: Node): void => {
    nodes.set(node.name, node);
    for (const id of node.operands) readersOf(id).add(node.name);
    for (const id of node.results) producers.set(id, node.name);
    changed = true;
  };
  const value = (type: TensorType): ValueId => {
    types.set(nextId, type);
    changed = true;
    return nextId++;
  };
  const inputs = new Set(graph.inputs.map(({ value: id }) => id));
  /** No input among what it depends on. */
  const prepared = (value: ValueId): boolean => {
    const seen = new Set([value]);
    for (const id of seen) {
      if (inputs.has(id)) return false;
      for (const operand of nodes.get(producers.get(id) ?? '')?.operands ?? []) seen.add(operand);
    }
    return true;
  };
  const isOutput = (id: ValueId): boolean => outputs.some((output) => output.value === id);

  for (const node of graph.nodes) for (const id of node.operands) readersOf(id).add(node.name);

  const editor: Editor = {
    operators,
    nodes: () => nodes.values(),
    typeOf: (id) => typeOf({ types }, id),
    isPrepared: (id) => prepared(id),
    producerOf: (id) => nodes.get(producers.get(id) ?? ''),
    parameterOf: (id) => parameters.get(id),
    constantOf: (id) => constants.get(id),
    usesOf: (id) => ({ nodes: [...readersOf(id)].map((name) => nodes.get(name)!), output: isOutput(id) }),
    soleUserOf(id) {
      const [first, ...others] = readersOf(id);
      return first === undefined || others.length > 0 || isOutput(id) ? undefined : nodes.get(first);
    },

    add({ op, name, weightsName, inputs, attributes: given, parameters: weights = [], origin }) {
      const unique = name === undefined ? names.numbered(op) : names.fresh(name);
      const applied = applyOperator(operators, { name: unique, op, attributes: given }, inputs.map(editor.typeOf));
      requireParameters(unique, applied.parameters, weights, editor.typeOf);
      const ids = applied.results.map(value);
      put({
        op,
        name: unique,
        ...namedWeights(unique, weightsName),
        operands: [...inputs, ...weights],
        attributes: applied.attributes,
        results: ids,
        ...(origin && { origin }),
      });
      return ids as unknown as Results;
    },

    update(node, { inputs, attributes: given = {}, parameters: weights }) {
      const current = nodes.get(node.name);
      invariant(current, `${node.name} was removed before`);
      const data = dataCount(operatorOf(operators, node.op), current.operands.length);
      const newInputs = inputs ?? current.operands.slice(0, data);
      const newWeights = weights ?? current.operands.slice(data);
      const spec = { ...current, attributes: { ...current.attributes, ...given } };
      const { attributes, results, parameters: specs } = applyOperator(operators, spec, newInputs.map(editor.typeOf));
      requireParameters(node.name, specs, newWeights, editor.typeOf);
      const sameTypes =
        results.length === current.results.length &&
        results.every((type, place) => sameType(type, editor.typeOf(current.results[place]!)));
      invariant(sameTypes, `${node.name}: the update changes its result type`);
      for (const id of current.operands) readersOf(id).delete(node.name);
      put({ ...current, operands: [...newInputs, ...newWeights], attributes });
    },

    rename(node, name) {
      const current = nodes.get(node.name);
      invariant(current, `${node.name} was removed before`);
      nodes.delete(current.name);
      names.release(current.name);
      for (const id of current.operands) readersOf(id).delete(current.name);
      put({ ...current, name: names.fresh(name) });
    },

    constant(shape, data) {
      invariant(data.length === sizeOf(shape), `a constant of ${sizeOf(shape)} elements got ${data.length}`);
      const id = value(tensorType(shape, false));
      constants.set(id, { value: id, data: Float64Array.from(data) });
      return id;
    },

    parameter(name, shape, role, initial) {
      const id = value(tensorType(shape, false));
      parameters.set(id, { name: parameterNames.fresh(name), value: id, role, initial });
      return id;
    },

    replaceUses(from, to, except = []) {
      if (from === to) return;
      const [before, after] = [editor.typeOf(from), editor.typeOf(to)];
      const mismatch = `replacing %${from} by %${to}: %${to} is ${formatType(after)}, %${from} is ${formatType(before)}`;
      invariant(sameType(before, after), mismatch);
      const swap = (id: ValueId): ValueId => (id === from ? to : id);
      for (const name of readersOf(from)) {
        if (except.includes(name)) continue;
        const reader = nodes.get(name)!;
        readersOf(from).delete(name);
        put({ ...reader, operands: reader.operands.map(swap) });
      }
      if (!isOutput(from)) return;
      outputs = outputs.map((output) => ({ ...output, value: swap(output.value) }));
      changed = true;
    },

    remove(node) {
      const current = nodes.get(node.name);
      invariant(current, `${node.name} was removed before`);
      for (const id of current.results) {
        invariant(readersOf(id).size === 0 && !isOutput(id), `${node.name} cannot be removed: a result of it is used`);
        producers.delete(id);
        types.delete(id);
      }
      for (const id of current.operands) readersOf(id).delete(node.name);
      nodes.delete(node.name);
      names.release(node.name);
      changed = true;
    },

    replace(node, values) {
      invariant(values.length === node.results.length, `${node.name} has ${node.results.length} results`);
      for (const [place, id] of node.results.entries()) editor.replaceUses(id, values[place]!);
      editor.remove(node);
    },

    finish() {
      if (!changed) return graph;
      return {
        ...graph,
        parameters: [...parameters.values()],
        constants: [...constants.values()],
        nodes: sorted(nodes, producers),
        outputs,
        types: new Map(types),
      };
    },
  };
  return editor;
}

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

/** Depth first from each node in turn, operands before users; iterative, because chains may be 100,000 long. */
function sorted(nodes: ReadonlyMap<string, Node>, producers: ReadonlyMap<ValueId, string>): readonly Node[] {
  const done = new Set<string>();
  const open = new Set<string>();
  const order: Node[] = [];
  for (const root of nodes.values()) {
    const stack = [root];
    while (stack.length > 0) {
      const node = stack.at(-1)!;
      if (done.has(node.name)) {
        stack.pop();
        continue;
      }
      const waiting = node.operands.flatMap((id) => {
        const producer = producers.get(id);
        return producer === undefined || done.has(producer) ? [] : [nodes.get(producer)!];
      });
      if (waiting.length === 0) {
        done.add(node.name);
        order.push(node);
        stack.pop();
        continue;
      }
      invariant(!open.has(node.name), `the edits make ${node.name} depend on itself`);
      open.add(node.name);
      stack.push(...waiting.toReversed());
    }
  }
  return order;
}
