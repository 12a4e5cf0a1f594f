// Quantises a graph (Jacob et al., 2018): layers with weights, and the operators between them, compute with 7-bit codes; values are converted
// only where f32 begins and ends. Runs after the passes. It needs no weights: whatever depends on weights or calibration is a parameter of
// the new graph, and the plan says how each of these is computed.

import { graphBuilder } from '../ir/builder.ts';
import type { Graph, Node, ValueId } from '../ir/graph.ts';
import { invariant } from '../ir/invariant.ts';
import { createNames, valueNames } from '../ir/names.ts';
import type { OperatorTable } from '../ir/operator.ts';
import type { Miss, Rewrite } from '../ir/record.ts';
import { removeDead } from '../ir/rewrite.ts';
import { typeOf } from '../ir/signature.ts';
import { bytesOf } from '../ir/tensor-type.ts';
import { chooseNodes } from './choose.ts';
import type { Context } from './context.ts';
import { applied, numbersOf, placeOf } from './context.ts';
import { foldActivations } from './folded.ts';
import { groupValues } from './groups.ts';
import { addOnCodes } from './on-codes.ts';
import type { GroupId, QuantizationPlan } from './plan.ts';

export interface Quantized {
  readonly graph: Graph;
  readonly plan: QuantizationPlan;
  /** Values of the f32 graph that the new one has, too. Missing are those that an activation folded into codes will clip, and unused ones. */
  readonly values: ReadonlyMap<ValueId, HeldValue>;
  readonly rewrites: readonly Rewrite[];
  /** Why the other nodes stay f32. */
  readonly misses: readonly Miss[];
}

/** A value in the graph of whole numbers. */
export interface HeldValue {
  readonly value: ValueId;
  /** For codes: the group whose scale and zero point they have. */
  readonly group?: GroupId;
}

/** Quantises `graph`, which has been through the passes and is of mode `infer`. Inputs and outputs stay f32. */
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
  for (const { name, value, ...facts } of graph.outputs) builder.output(name, numbersOf(context, value), facts);
  const made = removeDead(builder.finish());
  return {
    graph: made,
    values: valuesIn(made, context),
    plan: { groups: context.groups.list(), fillings: context.fillings, layers: context.layers },
    ...recordsOf(context),
  };
}

function valuesIn({ types }: Graph, { places, folded, choice }: Context): ReadonlyMap<ValueId, HeldValue> {
  const held = [...places].flatMap(([before, { numbers, codes }]) => {
    if (folded.uncut.has(before) || choice.isPrepared(before)) return [];
    if (numbers !== undefined && types.has(numbers)) return [[before, { value: numbers }] as const];
    return codes && types.has(codes.value) ? [[before, { value: codes.value, group: codes.group }] as const] : [];
  });
  return new Map(held);
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
