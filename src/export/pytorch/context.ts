// What is known of a network before it is cut into classes: who reads a value, which weights layers hold, which names are taken.

import type { Constant, Graph, Node, Parameter, ValueId } from '../../../compiler/ir/graph.ts';
import { weightsNameOf } from '../../../compiler/ir/graph.ts';
import type { OperatorTable } from '../../../compiler/ir/operator.ts';
import { dataCount, operatorOf, typeOf } from '../../../compiler/ir/signature.ts';
import { forms } from './forms/index.ts';
import type { Form } from './forms/index.ts';
import { helperNames } from './helpers.ts';

/** The network and what is known of it as a whole. */
export interface Context {
  readonly graph: Graph;
  readonly operators: OperatorTable;
  /** The nodes that are written, without identities. */
  readonly nodes: readonly Node[];
  /** A value, or the one that it is identical to. */
  resolve(value: ValueId): ValueId;
  /** The nodes that read a value. */
  readonly readers: ReadonlyMap<ValueId, readonly Node[]>;
  readonly outputs: ReadonlySet<ValueId>;
  readonly parameters: ReadonlyMap<ValueId, Parameter>;
  readonly constants: ReadonlyMap<ValueId, Constant>;
  /** Parameters that layers hold, by name. */
  readonly inLayers: ReadonlySet<string>;
  /** What the text calls values, by steps and labels. */
  readonly labels: ReadonlyMap<ValueId, readonly string[]>;
  /** Names of classes and functions, which no variable may have. */
  readonly taken: ReadonlySet<string>;
}

/** What model.py and train.py define or import beside classes and helpers. */
const fileNames: readonly string[] = [
  ...[
    'TYPES',
    'read_weights',
    'load_weights',
    'BATCH',
    'EPOCHS',
    'SEED',
    'DROP_LAST',
    'ANSWERS',
    'LAYERS',
    'AUXILIARY',
  ],
  ...['DataLoader', 'DistributedSampler', 'TensorDataset', 'DistributedDataParallel', 'SystemExit'],
];

/** Of a graph whose operators all have forms. */
export function contextOf(
  graph: Graph,
  operators: OperatorTable,
  taps: ReadonlyMap<string, ValueId> = new Map(),
): Context {
  const same = new Map<ValueId, ValueId>();
  const resolve = (value: ValueId): ValueId => same.get(value) ?? value;
  for (const { op, operands, results } of graph.nodes)
    if (op === 'identity') same.set(results[0]!, resolve(operands[0]!));
  const nodes = graph.nodes.filter(({ op }) => op !== 'identity');
  const parameters = new Map(graph.parameters.map((parameter) => [parameter.value, parameter]));
  const readers = new Map<ValueId, Node[]>();
  const inLayers = new Set<string>();
  const labels = new Map<ValueId, string[]>();
  for (const [name, value] of taps) labels.set(value, [...(labels.get(value) ?? []), name]);
  for (const node of nodes) {
    for (const operand of node.operands) {
      const value = resolve(operand);
      readers.set(value, [...(readers.get(value) ?? []), node]);
    }
    const first = dataCount(operatorOf(operators, node.op), node.operands.length);
    if (!ownsWeights({ graph, operators, parameters }, node)) continue;
    for (const value of node.operands.slice(first)) inLayers.add(parameters.get(value)!.name);
  }
  return {
    graph,
    operators,
    nodes,
    resolve,
    readers,
    outputs: new Set(graph.outputs.map(({ value }) => resolve(value))),
    parameters,
    constants: new Map(graph.constants.map((constant) => [constant.value, constant])),
    inLayers,
    labels,
    taken: new Set([...helperNames, ...fileNames]),
  };
}

/** Whether the weights of a node are parameters of its own, which a layer can hold. */
export function ownsWeights(
  { graph, operators, parameters }: Pick<Context, 'graph' | 'operators' | 'parameters'>,
  node: Node,
): boolean {
  const operator = operatorOf(operators, node.op);
  const first = dataCount(operator, node.operands.length);
  const inputs = node.operands.slice(0, first).map((value) => typeOf(graph, value));
  const specs = operator.parameters?.(node.attributes, inputs) ?? [];
  return specs.every(
    (spec, at) => parameters.get(node.operands[first + at]!)?.name === `${weightsNameOf(node)}.${spec.name}`,
  );
}

/** The form of a node. */
export function formOf(context: Context, node: Node): Form {
  const { graph, operators } = context;
  const data = dataCount(operatorOf(operators, node.op), node.operands.length);
  return forms.get(node.op)!({
    attributes: node.attributes,
    inputs: node.operands.slice(0, data).map((value) => typeOf(graph, value)),
    results: node.results.map((value) => typeOf(graph, value)),
    isLayer: ownsWeights(context, node),
  });
}

/** The values that a node's expression reads: without those that its layer holds. */
export function operandsOf(context: Context, node: Node): readonly ValueId[] {
  const data = dataCount(operatorOf(context.operators, node.op), node.operands.length);
  const read = ownsWeights(context, node) ? node.operands.slice(0, data) : node.operands;
  return read.map((value) => context.resolve(value));
}
