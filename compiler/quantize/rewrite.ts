// From a network in f32 to one of whole numbers: layers with weights, and what lies between them, compute with codes from end to end,
// with conversions only where f32 begins and ends. It comes after the passes, and needs no weights: everything that they and the
// calibration decide is a parameter of the new graph, and the plan says of what each is computed. The scheme is that of Jacob et al., 2018.

import { graphBuilder } from '../ir/builder.ts';
import type { GraphBuilder } from '../ir/builder.ts';
import type { Attributes, Graph, Node, ValueId } from '../ir/graph.ts';
import { invariant } from '../ir/invariant.ts';
import { createNames, valueNames } from '../ir/names.ts';
import type { Names } from '../ir/names.ts';
import type { OperatorTable } from '../ir/operator.ts';
import type { Range } from '../ir/range.ts';
import type { Miss, Rewrite } from '../ir/record.ts';
import { removeDead } from '../ir/rewrite.ts';
import { applyOperator, operatorOf, typeOf } from '../ir/signature.ts';
import { bytesOf } from '../ir/tensor-type.ts';
import type { Choice } from './choose.ts';
import { chooseNodes } from './choose.ts';
import type { Folded } from './folded.ts';
import { foldActivations } from './folded.ts';
import type { Form } from './forms.ts';
import type { Groups } from './groups.ts';
import { groupValues } from './groups.ts';
import type { Correspondence, Filling, GroupId, QuantizationPlan } from './plan.ts';

export interface Quantized {
  readonly graph: Graph;
  readonly plan: QuantizationPlan;
  readonly rewrites: readonly Rewrite[];
  /** Why other nodes that compute something stay f32. */
  readonly misses: readonly Miss[];
}

/** A value of the f32 graph in the new one, as codes, as numbers or as both. */
interface Place {
  codes?: { readonly value: ValueId; readonly range: ValueId; readonly group: GroupId };
  numbers?: ValueId;
}

interface Context {
  readonly graph: Graph;
  readonly operators: OperatorTable;
  readonly choice: Choice;
  readonly folded: Folded;
  readonly groups: Groups;
  readonly builder: GraphBuilder;
  readonly names: ReadonlyMap<ValueId, string>;
  readonly nodeNames: Names;
  readonly parameterNames: Names;
  readonly places: Map<ValueId, Place>;
  readonly fillings: Filling[];
  readonly layers: Correspondence[];
}

/** `graph` after the passes, of mode `infer`. Its inputs and outputs stay as they are, f32. */
export function quantizedGraph(graph: Graph, operators: OperatorTable): Quantized {
  invariant(graph.mode === 'infer', 'a network that trains has no form on codes');
  const choice = chooseNodes(graph, operators);
  const folded = foldActivations(graph.nodes, operators, choice);
  const context: Context = {
    graph,
    operators,
    choice,
    folded,
    groups: groupValues(graph, operators, choice, folded),
    builder: graphBuilder(graph.name, operators),
    names: valueNames(graph),
    nodeNames: createNames(graph.nodes.map(({ name }) => name)),
    parameterNames: createNames(),
    places: new Map(),
    fillings: [],
    layers: [],
  };
  const { builder, places } = context;
  for (const { name, value, settings } of graph.inputs) {
    const { shape, batched } = typeOf(graph, value);
    places.set(value, { numbers: batched ? builder.input(name, shape, settings) : builder.once(name, shape) });
  }
  keepParameters(context);
  for (const node of graph.nodes) addNode(context, node);
  for (const { name, value, labels } of graph.outputs) builder.output(name, numbersOf(context, value), labels);
  return {
    graph: removeDead(builder.finish()),
    plan: { groups: context.groups.list(), fillings: context.fillings, layers: context.layers },
    ...recordsOf(context),
  };
}

/** Parameters and constants of the nodes that stay f32. */
function keepParameters({ graph, choice, builder, places, parameterNames }: Context): void {
  const needed = new Set(graph.outputs.map(({ value }) => value));
  for (const node of graph.nodes.toReversed()) {
    const isKept = choice.isPrepared(node.results[0]!)
      ? node.results.some((value) => needed.has(value))
      : !choice.forms.has(node.name);
    if (isKept) for (const value of node.operands) needed.add(value);
  }
  for (const { name, value, role, initial } of graph.parameters) {
    if (!needed.has(value)) continue;
    const { shape, element } = typeOf(graph, value);
    places.set(value, { numbers: builder.parameter(parameterNames.claim(name), shape, role, initial, element) });
  }
  for (const { value, data } of graph.constants)
    if (needed.has(value)) places.set(value, { numbers: builder.constant(typeOf(graph, value).shape, data) });
}

function addNode(context: Context, node: Node): void {
  const { choice, folded, places } = context;
  const form = choice.forms.get(node.name);
  if (form && folded.activations.has(node.name))
    return void places.set(node.results[0]!, placeOf(context, node.operands[0]!));
  if (form) return addOnCodes(context, node, form);
  // Weights of layers that are on codes now are not needed here.
  if (choice.isPrepared(node.results[0]!) && !node.operands.every((value) => places.has(value))) return;
  const inputs = choice.dataOf(node).map((value) => numbersOf(context, value));
  const parameters = node.operands.slice(inputs.length).map((value) => numbersOf(context, value));
  const results = applied(context, node, { op: node.op, inputs, attributes: node.attributes, parameters });
  for (const [at, value] of node.results.entries()) places.set(value, { numbers: results[at]! });
}

interface Call {
  readonly op: string;
  readonly inputs: readonly ValueId[];
  readonly attributes: Attributes;
  readonly parameters: readonly ValueId[];
}

/** A node of the same name in the new graph. */
function applied({ builder }: Context, { name, weightsName, origin }: Node, call: Call): readonly ValueId[] {
  return builder.node({ ...call, name, weightsName, ...(origin && { origin }) });
}

function placeOf({ places, names }: Context, value: ValueId): Place {
  const place = places.get(value);
  invariant(place, () => `${names.get(value)} is computed before it is read`);
  return place;
}

/** The value as numbers; codes are converted once. */
function numbersOf(context: Context, value: ValueId): ValueId {
  const { builder, fillings, nodeNames } = context;
  const place = placeOf(context, value);
  if (place.numbers !== undefined) return place.numbers;
  const { codes } = place;
  invariant(codes, 'a value is codes or numbers');
  const name = nodeNames.fresh(`${context.names.get(value)!}_numbers`);
  const scale = newParameter(context, { name, op: 'dequantize' }, codes.value, 'scale');
  fillings.push({ kind: 'dequantize', scale: scale.name, group: codes.group });
  [place.numbers] = builder.node({
    op: 'dequantize',
    name,
    inputs: [codes.value],
    parameters: [scale.value, codes.range],
  });
  return place.numbers;
}

/** The value as codes; numbers are converted once. */
function codesOf(context: Context, value: ValueId): NonNullable<Place['codes']> {
  const { builder, choice, fillings, folded, groups, nodeNames, operators } = context;
  const place = placeOf(context, value);
  if (place.codes) return place.codes;
  const group = groups.of(value);
  const name = nodeNames.fresh(`${context.names.get(value)!}_codes`);
  // An activation that holds f32 between bounds for codes alone is what holding the codes does.
  const maker = choice.producers.get(value);
  const isBound = maker !== undefined && folded.atBorder.has(maker.name);
  const clip = isBound ? operatorOf(operators, maker.op).clips!(maker.attributes) : undefined;
  const numbers = isBound ? numbersOf(context, maker.operands[0]!) : place.numbers!;
  const multiplier = newParameter(context, { name, op: 'quantize' }, numbers, 'multiplier');
  const range = newRange(context, name, group, clip);
  fillings.push({ kind: 'quantize', multiplier: multiplier.name, group });
  const [codes] = builder.node({ op: 'quantize', name, inputs: [numbers], parameters: [multiplier.value, range] });
  place.codes = { value: codes, range, group };
  return place.codes;
}

/** A new parameter of a node to be: that which its operator calls `name`. */
function newParameter(
  { builder, operators, parameterNames }: Context,
  node: { readonly name: string; readonly op: string; readonly attributes?: Attributes },
  input: ValueId,
  name: string,
): { readonly name: string; readonly value: ValueId } {
  const type = builder.typeOf(input);
  const inputs = Array.from({ length: operatorOf(operators, node.op).arity?.min ?? 1 }, () => type);
  const spec = applyOperator(operators, node, inputs).parameters.find((parameter) => parameter.name === name);
  invariant(spec, () => `${node.op} has a parameter ${name}`);
  const full = parameterNames.fresh(`${node.name}.${name}`);
  return { name: full, value: builder.parameter(full, spec.shape, spec.role, spec.initial, spec.element) };
}

function newRange({ builder, parameterNames, fillings }: Context, node: string, group: GroupId, clip?: Range): ValueId {
  const range = parameterNames.fresh(`${node}.range`);
  fillings.push({ kind: 'range', range, group, ...(clip && { clip }) });
  return builder.parameter(range, [3], 'parameter', { kind: 'constant', value: 0 }, 'i32');
}

function addOnCodes(context: Context, node: Node, form: Form): void {
  switch (form.kind) {
    case 'moves':
      return addMoved(context, node);
    case 'layer':
      return addLayer(context, node, form);
    case 'pair':
      return addPair(context, node, form);
    case 'mean':
      return addMean(context, node, form);
    case 'pointwise':
      return addLookup(context, node);
    default:
      return form satisfies never;
  }
}

/** A node on codes as it is; its results have the range of the first operand. */
function addMoved(context: Context, node: Node): void {
  const operands = node.operands.map((value) => codesOf(context, value));
  const inputs = operands.map(({ value }) => value);
  const results = applied(context, node, { op: node.op, inputs, attributes: node.attributes, parameters: [] });
  for (const [at, value] of node.results.entries())
    context.places.set(value, { codes: { ...operands[0]!, value: results[at]! } });
}

/** The group of what a node makes, and its range, which an activation may narrow. */
function resultOf(context: Context, node: Node): { readonly group: GroupId; range(): ValueId } {
  const clip = context.folded.clips.get(node.name);
  const group = context.groups.of(clip ? clip.activation.results[0]! : node.results[0]!);
  return { group, range: () => newRange(context, node.name, group, clip?.range) };
}

function addLayer(context: Context, node: Node, form: Form & { kind: 'layer' }): void {
  const { fillings, choice } = context;
  const [x] = choice.dataOf(node) as readonly [ValueId];
  const [, weightFrom, biasFrom] = node.operands as readonly [ValueId, ValueId, ValueId?];
  const [before] = node.results as readonly [ValueId];
  const input = codesOf(context, x);
  const isOnCodes = isReadOnCodes(context, before);
  const op = isOnCodes ? form.op : `${form.op}_f32`;
  const output = isOnCodes ? resultOf(context, node) : undefined;
  const made = { name: node.name, op, attributes: form.attributes };
  const make = (name: string) => newParameter(context, made, input.value, name);
  const [weight, bias, multiplier] = [make('weight'), make('bias'), make('multiplier')];
  const ranges = [...(form.op === 'quantized_conv' ? [input.range] : []), ...(output ? [output.range()] : [])];
  fillings.push({
    kind: 'layer',
    node: node.name,
    weight: weight.name,
    bias: bias.name,
    multiplier: multiplier.name,
    from: { weight: weightFrom, ...(biasFrom !== undefined && { bias: biasFrom }) },
    reads: x,
    flip: node.attributes['mode'] === 'convolution',
    input: input.group,
    ...(output && { output: output.group }),
  });
  const [result] = applied(context, node, {
    op,
    inputs: [input.value],
    attributes: form.attributes,
    parameters: [weight.value, bias.value, multiplier.value, ...ranges],
  }) as readonly [ValueId];
  addCorrespondence(context, node, result, output?.group);
  setResult(context, node, result, output && { range: ranges.at(-1)!, group: output.group });
}

function setResult(
  { places }: Context,
  { results: [before] }: Node,
  value: ValueId,
  codes: Omit<NonNullable<Place['codes']>, 'value'> | undefined,
): void {
  places.set(before!, codes ? { codes: { value, ...codes } } : { numbers: value });
}

const isReadOnCodes = ({ choice }: Context, value: ValueId): boolean =>
  choice.uses.get(value)!.nodes.some(({ name }) => choice.forms.has(name));

function addCorrespondence(context: Context, node: Node, after: ValueId, group: GroupId | undefined): void {
  const clip = context.folded.clips.get(node.name)?.range;
  const [before] = node.results as readonly [ValueId];
  context.layers.push({ node: node.name, before, after, ...(clip && { clip }), ...(group !== undefined && { group }) });
}

function addPair(context: Context, node: Node, form: Form & { kind: 'pair' }): void {
  const operands = form.swaps ? node.operands.toReversed() : node.operands;
  const [left, right] = operands.map((value) => codesOf(context, value));
  const { group, range } = resultOf(context, node);
  const inputs = [left!.value, right!.value];
  const multiplier = newParameter(context, { name: node.name, op: form.op }, left!.value, 'multiplier');
  const after = range();
  const kind = form.op === 'quantized_add' ? 'add' : 'mul';
  context.fillings.push({ kind, multiplier: multiplier.name, left: left!.group, right: right!.group, output: group });
  const parameters = [multiplier.value, left!.range, right!.range, after];
  const [result] = applied(context, node, { op: form.op, inputs, attributes: {}, parameters });
  addCorrespondence(context, node, result!, group);
  setResult(context, node, result!, { range: after, group });
}

function addMean(context: Context, node: Node, { attributes, count }: Form & { kind: 'mean' }): void {
  const input = codesOf(context, node.operands[0]!);
  const { group, range } = resultOf(context, node);
  const op = 'quantized_mean';
  const multiplier = newParameter(context, { name: node.name, op, attributes }, input.value, 'multiplier');
  const after = range();
  context.fillings.push({ kind: 'mean', multiplier: multiplier.name, input: input.group, output: group, count });
  const parameters = [multiplier.value, input.range, after];
  const [result] = applied(context, node, { op, inputs: [input.value], attributes, parameters });
  addCorrespondence(context, node, result!, group);
  setResult(context, node, result!, { range: after, group });
}

function addLookup(context: Context, node: Node): void {
  const input = codesOf(context, node.operands[0]!);
  const { group, range } = resultOf(context, node);
  const op = 'quantized_lookup';
  const table = newParameter(context, { name: node.name, op }, input.value, 'table');
  const expression = operatorOf(context.operators, node.op).pointwise!(node.attributes);
  context.fillings.push({ kind: 'lookup', table: table.name, input: input.group, output: group, expression });
  const [result] = applied(context, node, { op, inputs: [input.value], attributes: {}, parameters: [table.value] });
  addCorrespondence(context, node, result!, group);
  setResult(context, node, result!, { range: range(), group });
}

function recordsOf({ graph, choice, folded }: Context): Pick<Quantized, 'rewrites' | 'misses'> {
  const about = ({ name, origin, op }: Node) =>
    ({ pass: 'quantize', rule: op, nodes: [name], ...(origin && { origin }) }) as const;
  const rewrites: Rewrite[] = [];
  const misses: Miss[] = [];
  for (const node of graph.nodes) {
    const reason = choice.reasons.get(node.name);
    const isOnCodes = choice.forms.has(node.name) || folded.atBorder.has(node.name);
    if (reason !== undefined && !isOnCodes) misses.push({ ...about(node), reason });
    if (!isOnCodes) continue;
    // Each result is stored and read in a byte per number in place of four.
    const bytes = node.results.reduce((sum, value) => sum + bytesOf(typeOf(graph, value)), 0);
    rewrites.push({ ...about(node), macsSaved: 0, bytesSaved: (2 * 3 * bytes) / 4, callsSaved: 0 });
  }
  return { rewrites, misses };
}
