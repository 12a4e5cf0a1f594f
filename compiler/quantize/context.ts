// The state of the rewrite: where each value of the f32 graph is in the new one, as numbers or as codes, and conversions between the two.

import type { GraphBuilder } from '../ir/builder.ts';
import type { Attributes, Graph, Node, ValueId } from '../ir/graph.ts';
import { invariant } from '../ir/invariant.ts';
import type { Names } from '../ir/names.ts';
import type { OperatorTable } from '../ir/operator.ts';
import type { Range } from '../ir/range.ts';
import { applyOperator, operatorOf } from '../ir/signature.ts';
import type { Choice } from './choose.ts';
import type { Folded } from './folded.ts';
import type { Groups } from './groups.ts';
import type { Correspondence, Filling, GroupId } from './plan.ts';

/** A value of the f32 graph in the new one, as codes, as numbers or as both. */
export interface Place {
  codes?: { readonly value: ValueId; readonly range: ValueId; readonly group: GroupId };
  numbers?: ValueId;
}

/** What the functions of the rewrite share. */
export interface Context {
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

/** A node's operator in the new graph, and what it is applied to. */
export interface Call {
  readonly op: string;
  readonly inputs: readonly ValueId[];
  readonly attributes: Attributes;
  readonly parameters: readonly ValueId[];
}

/** A node of the same name in the new graph. */
export function applied({ builder }: Context, { name, weightsName, origin }: Node, call: Call): readonly ValueId[] {
  return builder.node({ ...call, name, weightsName, ...(origin && { origin }) });
}

/** The place of a value that has been computed. */
export function placeOf({ places, names }: Context, value: ValueId): Place {
  const place = places.get(value);
  invariant(place, () => `${names.get(value)} is computed before it is read`);
  return place;
}

/** The value as numbers; codes are converted once. */
export function numbersOf(context: Context, value: ValueId): ValueId {
  const { builder, fillings, nodeNames } = context;
  const place = placeOf(context, value);
  if (place.numbers !== undefined) return place.numbers;
  const { codes } = place;
  invariant(codes, 'a value is codes or numbers');
  const name = nodeNames.fresh(`${context.names.get(value)!}_numbers`);
  const scale = newParameter(context, { name, op: 'dequantize' }, [codes.value], 'scale');
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
export function codesOf(context: Context, value: ValueId): NonNullable<Place['codes']> {
  const { builder, choice, fillings, folded, groups, nodeNames, operators } = context;
  const place = placeOf(context, value);
  if (place.codes) return place.codes;
  const group = groups.of(value);
  const name = nodeNames.fresh(`${context.names.get(value)!}_codes`);
  // An activation that clips f32 values which only become codes is replaced by the range of these codes.
  const maker = choice.producers.get(value);
  const isBound = maker !== undefined && folded.atBorder.has(maker.name);
  const clip = isBound ? operatorOf(operators, maker.op).clips!(maker.attributes) : undefined;
  const numbers = isBound ? numbersOf(context, maker.operands[0]!) : place.numbers!;
  const multiplier = newParameter(context, { name, op: 'quantize' }, [numbers], 'multiplier');
  const range = newRange(context, name, group, clip);
  fillings.push({ kind: 'quantize', multiplier: multiplier.name, group });
  const [codes] = builder.node({ op: 'quantize', name, inputs: [numbers], parameters: [multiplier.value, range] });
  place.codes = { value: codes, range, group };
  return place.codes;
}

/** A new parameter for a node that will be added: the one that its operator calls `name`. */
export function newParameter(
  { builder, operators, parameterNames }: Context,
  node: { readonly name: string; readonly op: string; readonly attributes?: Attributes },
  inputs: readonly ValueId[],
  name: string,
): { readonly name: string; readonly value: ValueId } {
  const types = inputs.map((value) => builder.typeOf(value));
  const spec = applyOperator(operators, node, types).parameters.find((parameter) => parameter.name === name);
  invariant(spec, () => `${node.op} has a parameter ${name}`);
  const full = parameterNames.fresh(`${node.name}.${name}`);
  return { name: full, value: builder.parameter(full, spec.shape, spec.role, spec.initial, spec.element) };
}

/** A new parameter NODE.range. */
export function newRange(
  { builder, parameterNames, fillings }: Context,
  node: string,
  group: GroupId,
  clip?: Range,
): ValueId {
  const range = parameterNames.fresh(`${node}.range`);
  fillings.push({ kind: 'range', range, group, ...(clip && { clip }) });
  return builder.parameter(range, [3], 'parameter', { kind: 'constant', value: 0 }, 'i32');
}
