// Adds the quantised form of each node to the new graph, and says how its parameters are computed.

import type { Node, ValueId } from '../ir/graph.ts';
import { operatorOf } from '../ir/signature.ts';
import type { Context, Place } from './context.ts';
import { applied, codesOf, newParameter, newRange } from './context.ts';
import type { Form } from './forms.ts';
import type { GroupId } from './plan.ts';

/** Adds the node's form on codes. */
export function addOnCodes(context: Context, node: Node, form: Form): void {
  switch (form.kind) {
    case 'moves':
      return addMoved(context, node);
    case 'layer':
      return addLayer(context, node, form);
    case 'sum':
      return addSum(context, node, form);
    case 'product':
      return addProduct(context, node, form);
    case 'mean':
      return addMean(context, node, form);
    case 'pointwise':
      return addLookup(context, node);
    default:
      return form satisfies never;
  }
}

/** A node that only moves codes stays the same; its results have the range of its first operand. */
function addMoved(context: Context, node: Node): void {
  const operands = node.operands.map((value) => codesOf(context, value));
  const inputs = operands.map(({ value }) => value);
  const results = applied(context, node, { op: node.op, inputs, attributes: node.attributes, parameters: [] });
  for (const [at, value] of node.results.entries())
    context.places.set(value, { codes: { ...operands[0]!, value: results[at]! } });
}

/** The group of a node's result, and a new parameter for its range, which a folded activation may narrow. */
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
  const make = (name: string) => newParameter(context, made, [input.value], name);
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
    ...(form.phases && { phases: form.phases }),
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

function addSum(context: Context, node: Node, { operands }: Form & { kind: 'sum' }): void {
  const terms = operands.map(({ at, sign }) => ({ ...codesOf(context, node.operands[at]!), sign }));
  const made = addJoined(context, node, 'quantized_add', terms);
  const signed = terms.map(({ group, sign }) => ({ group, sign }));
  context.fillings.push({ kind: 'add', multiplier: made.multiplier, operands: signed, output: made.group });
}

function addProduct(context: Context, node: Node, { swaps }: Form & { kind: 'product' }): void {
  const operands = (swaps ? node.operands.toReversed() : node.operands).map((value) => codesOf(context, value));
  const [left, right] = operands.map(({ group }) => group) as [GroupId, GroupId];
  const made = addJoined(context, node, 'quantized_mul', operands);
  context.fillings.push({ kind: 'mul', multiplier: made.multiplier, left, right, output: made.group });
}

/** A node of several values of codes, each with its range. */
function addJoined(
  context: Context,
  node: Node,
  op: 'quantized_add' | 'quantized_mul',
  operands: readonly { readonly value: ValueId; readonly range: ValueId }[],
): { readonly multiplier: string; readonly group: GroupId } {
  const { group, range } = resultOf(context, node);
  const inputs = operands.map(({ value }) => value);
  const multiplier = newParameter(context, { name: node.name, op }, inputs, 'multiplier');
  const after = range();
  const parameters = [multiplier.value, ...operands.map((operand) => operand.range), after];
  const [result] = applied(context, node, { op, inputs, attributes: {}, parameters });
  addCorrespondence(context, node, result!, group);
  setResult(context, node, result!, { range: after, group });
  return { multiplier: multiplier.name, group };
}

function addMean(context: Context, node: Node, { op, attributes, count }: Form & { kind: 'mean' }): void {
  const input = codesOf(context, node.operands[0]!);
  const { group, range } = resultOf(context, node);
  const multiplier = newParameter(context, { name: node.name, op, attributes }, [input.value], 'multiplier');
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
  const table = newParameter(context, { name: node.name, op }, [input.value], 'table');
  const expression = operatorOf(context.operators, node.op).pointwise!(node.attributes);
  context.fillings.push({ kind: 'lookup', table: table.name, input: input.group, output: group, expression });
  const [result] = applied(context, node, { op, inputs: [input.value], attributes: {}, parameters: [table.value] });
  addCorrespondence(context, node, result!, group);
  setResult(context, node, result!, { range: range(), group });
}
