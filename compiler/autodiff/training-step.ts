// The graph of a step of a training: forward, loss, backward and the optimiser's update, as one graph. Parameters, running statistics
// and what the optimiser keeps are state: an input and an output of the same name.

import { graphBuilder } from '../ir/builder.ts';
import type { GraphBuilder } from '../ir/builder.ts';
import type { Graph, Node, ValueId } from '../ir/graph.ts';
import type { OperatorTable, StepBuilder } from '../ir/operator.ts';
import { usesOf } from '../ir/rewrite.ts';
import type { Uses } from '../ir/rewrite.ts';
import { operatorOf, typeOf } from '../ir/signature.ts';
import { withoutTokens } from '../passes/tokens-as-images.ts';
import { differentiate } from './differentiate.ts';
import { endingInScores } from './ending-in-scores.ts';
import { lossSum, partsOf } from './loss-sum.ts';
import { lossOf, unfitOutput } from './loss.ts';
import type { Compared } from './loss.ts';
import { microBatches } from './micro-batches.ts';
import { averaging, clipGradients, updateWith } from './optimizer.ts';
import { isKept, isLearnt, kindsOf, rateFactor } from './recipe.ts';
import type { Recipe } from './recipe.ts';
import { stepInputs } from '../../runtime/step-border.ts';

/** The forward half of a step in the making, and what it knows. */
interface Forward {
  readonly builder: GraphBuilder;
  readonly step: StepBuilder;
  readonly random: ValueId;
  /** From the network's values to the step's. */
  readonly values: Map<ValueId, ValueId>;
  /** New values of buffers. */
  readonly updates: Map<ValueId, ValueId>;
  readonly parts: Map<string, StepPart>;
  /** Nodes that are added from now on are there for this. */
  enter(part: StepPart): void;
}

/** What a node of a step is there for. */
export interface StepPart {
  readonly phase: 'forward' | 'loss' | 'backward' | 'update';
  /** The node of the network that it belongs to. */
  readonly layer?: string;
}

export interface TrainingStep {
  readonly graph: Graph;
  /** Of each node, by its name. */
  readonly parts: ReadonlyMap<string, StepPart>;
}

/** One step of training `graph`, a network of mode `train`. Throws `NotDifferentiable`, or RangeError where the loss does not fit. */
export function trainingStep(graph: Graph, operators: OperatorTable, recipe: Recipe): Graph {
  return trainingStepWithParts(graph, operators, recipe).graph;
}

/** The same with what each node is there for. */
export function trainingStepWithParts(graph: Graph, operators: OperatorTable, recipe: Recipe): TrainingStep {
  const { builder, parts } = openStep(graph, operators, recipe);
  return { graph: builder.finish(), parts };
}

/** A step to which more may be added. */
export interface OpenStep {
  readonly builder: GraphBuilder;
  readonly step: StepBuilder;
  /** Of each node so far, by its name. */
  readonly parts: ReadonlyMap<string, StepPart>;
}

/** The step of a network, complete. Throws as `trainingStep` does. */
export function openStep(network: Graph, operators: OperatorTable, recipe: Recipe): OpenStep {
  const { loss } = recipe;
  const facts = loss.kind === 'sum' ? partsOf(network, loss) : [];
  const kinds = kindsOf(loss);
  const unfit = unfitOutput(network, operators, kinds);
  if (unfit !== undefined) throw new RangeError(unfit);
  const graph = onImages(endingInScores(network, operators, kinds), operators);
  const forward = beginStep(graph, operators, recipe.hasMicroBatches ? 6 : 4);
  const { builder, step, values, enter, parts } = forward;
  const uses = usesOf(graph);
  const written = new Set(network.nodes.map(({ name }) => name));
  const absorbed = new Set<Node>();
  const tensors = new Map(graph.parameters.map(({ name, value }) => [value, name]));
  for (const [at, node] of graph.nodes.entries()) {
    if (absorbed.has(node)) continue;
    enter({ phase: 'forward', layer: layerOf(node.name, written) });
    const own = node.operands.flatMap((value) => tensors.get(value) ?? []);
    const last = copyNode(node, at + 1, isKept(own, recipe), onlyReader(node, uses), operators, forward);
    if (last !== node) absorbed.add(last);
  }
  enter({ phase: 'loss' });
  const states = new Map(graph.parameters.map(({ name, value }) => [name, values.get(value)!]));
  const split = recipe.hasMicroBatches ? microBatches(builder, step, states) : undefined;
  const images = split?.images ?? step.images;
  const whole = { ...step, images };
  const named = new Map(graph.outputs.map(({ name, value }) => [name, values.get(value)!]));
  const { seeds, outputs } =
    loss.kind === 'sum'
      ? lossSum(builder, whole, named, facts, loss)
      : lossOf(builder, whole, comparedAt(graph, values), loss);
  const trained = graph.parameters.filter(({ role, name }) => role === 'parameter' && isLearnt(name, recipe));
  const names = new Map(trained.map(({ value, name }) => [values.get(value)!, name]));
  const found = differentiate(builder.finish().nodes, operators, step, seeds, new Set(names.keys()), (node) =>
    enter({ ...parts.get(node.name), phase: 'backward' }),
  );
  enter({ phase: 'update' });
  const all = split?.summed(found, (value) => names.get(value)!) ?? found;
  const gradients = recipe.clipNorm === undefined ? all : clipGradients(step, all, recipe.clipNorm);
  for (const [name, value] of Object.entries(outputs)) builder.output(name, value);
  addUpdates(graph, forward, split?.builder ?? builder, gradients, recipe);
  return { builder, step, parts };
}

/** The result and the auxiliary outputs, among the values of a step. */
function comparedAt({ outputs }: Graph, values: ReadonlyMap<ValueId, ValueId>): Compared {
  const main = outputs.find(({ auxiliary }) => auxiliary === undefined)!;
  const others = outputs.flatMap(({ name, value, auxiliary: weight }) =>
    weight === undefined ? [] : [{ name, value: values.get(value)!, weight }],
  );
  return { output: values.get(main.value)!, others };
}

/**
 * The network without tokens. What leads to no output stays, too, as in PyTorch: its weights are among those of the training, and its
 * running statistics move.
 */
function onImages(network: Graph, operators: OperatorTable): Graph {
  const uses = usesOf(network);
  const ends = network.nodes
    .flatMap(({ results }) => results)
    .filter((value) => !uses.get(value)!.output && uses.get(value)!.nodes.length === 0);
  const outputs = [...network.outputs, ...ends.map((value) => ({ name: `~${value}`, value }))];
  const graph = withoutTokens({ ...network, outputs }, operators);
  const kept = new Set(graph.parameters.map(({ value }) => value));
  const unread = network.parameters.filter(({ value }) => !kept.has(value));
  return {
    ...graph,
    outputs: graph.outputs.slice(0, network.outputs.length),
    parameters: [...graph.parameters, ...unread],
    types: new Map([...graph.types, ...unread.map(({ value }) => [value, typeOf(network, value)] as const)]),
  };
}

/** The node of the network for which one was made that works on images: they are named after it. */
function layerOf(name: string, written: ReadonlySet<string>): string {
  for (let own = name; own !== ''; own = own.slice(0, Math.max(0, own.lastIndexOf('.'))))
    if (written.has(own)) return own;
  return name;
}

/** New values of all states of the network, and those of the optimiser. */
function addUpdates(
  graph: Graph,
  { builder, step, values, updates }: Forward,
  changing: GraphBuilder,
  gradients: ReadonlyMap<ValueId, ValueId>,
  recipe: Recipe,
): void {
  const rate = builder.once(stepInputs.learningRate, [1]);
  const update = updateWith(changing, step, recipe.optimizer);
  const rates = new Map<number, ValueId>([[1, rate]]);
  const rateOf = (name: string): ValueId => {
    const factor = rateFactor(name, recipe);
    const own = rates.get(factor) ?? step.apply('times', [rate], { factor });
    rates.set(factor, own);
    return own;
  };
  const average = recipe.average === undefined ? undefined : averaging(changing, step, recipe.average);
  for (const parameter of graph.parameters) {
    const { name, role } = parameter;
    const value = values.get(parameter.value)!;
    const gradient = gradients.get(value);
    const trained = gradient === undefined ? value : update({ parameter, value, gradient, rate: rateOf(name) });
    const next = role === 'buffer' ? (updates.get(value) ?? value) : trained;
    // Statistics move with every batch that is normalised by its own.
    (role === 'buffer' ? builder : changing).output(name, next);
    average?.(name, next);
  }
}

function beginStep(graph: Graph, operators: OperatorTable, randomNumbers: 4 | 6): Forward {
  const parts = new Map<string, StepPart>();
  let part: StepPart = { phase: 'forward' };
  const plain = graphBuilder(graph.name, operators, 'train');
  const builder: GraphBuilder = {
    ...plain,
    node(spec) {
      parts.set(spec.name!, part);
      return plain.node(spec);
    },
  };
  const values = new Map<ValueId, ValueId>();
  for (const { name, value, settings } of graph.inputs)
    values.set(value, builder.input(name, typeOf(graph, value).shape, settings));
  const images = builder.once(stepInputs.images, [1]);
  const random = builder.once(stepInputs.random, [randomNumbers]);
  for (const { name, value, role, initial } of graph.parameters)
    values.set(value, builder.state(name, typeOf(graph, value).shape, role, initial));
  for (const { value, data } of graph.constants) values.set(value, builder.constant(typeOf(graph, value).shape, data));
  let count = 0;
  // No name of the language has a tilde.
  const apply: StepBuilder['apply'] = (op, inputs, attributes = {}, parameters) =>
    builder.node({ op, name: `${op}~${(count += 1)}`, inputs, attributes, ...(parameters && { parameters }) })[0];
  const applyAll: StepBuilder['applyAll'] = (op, inputs, attributes = {}) =>
    builder.node({ op, name: `${op}~${(count += 1)}`, inputs, attributes });
  const step: StepBuilder = { images, typeOf: builder.typeOf, apply, applyAll };
  return { builder, step, random, values, updates: new Map(), parts, enter: (next) => void (part = next) };
}

/** The node that alone reads the result of another, if it reads nothing else. */
function onlyReader({ results }: Node, uses: ReadonlyMap<ValueId, Uses>): Node | undefined {
  const { nodes, output } = uses.get(results[0]!)!;
  return results.length === 1 && !output && nodes.length === 1 && nodes[0]!.operands.length === 1
    ? nodes[0]
    : undefined;
}

/**
 * A node of the network, or what stands in its place while it trains; gives the last node that was copied, which may be the next one.
 * One that keeps its tensors has some, and none of them learn.
 */
function copyNode(
  node: Node,
  number: number,
  keeps: boolean,
  next: Node | undefined,
  operators: OperatorTable,
  { builder, step, random, values, updates }: Forward,
): Node {
  const operands = node.operands.map((value) => values.get(value)!);
  const operator = operatorOf(operators, node.op);
  if (operator.training) {
    const update = (operand: number, value: ValueId): void => void updates.set(operands[operand]!, value);
    // A buffer that nodes share moves with each of them, in their order.
    const latest = operands.map((value) => updates.get(value) ?? value);
    let last = node;
    const absorbNext = (): void => void (last = next!);
    const { attributes } = node;
    const site = { ...step, attributes, operands: latest, update, random, number, keeps, next: next?.op, absorbNext };
    const result = operator.training(site);
    values.set(last.results[0]!, result);
    return last;
  }
  const data = operator.parameters ? (operator.arity?.min ?? 1) : operands.length;
  const results = builder.node({
    op: node.op,
    name: node.name,
    inputs: operands.slice(0, data),
    attributes: node.attributes,
    ...(operator.parameters && { parameters: operands.slice(data) }),
    ...(node.origin && { origin: node.origin }),
  });
  node.results.forEach((value, at) => values.set(value, results[at]!));
  return node;
}
