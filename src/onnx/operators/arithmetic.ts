// Sums, differences, products, quotients, extremes and powers, between values, constants and numbers, broadcast as NumPy does.

import { withNumber } from '../../../compiler/ops/with-number.ts';
import type { NumberOperation } from '../../../compiler/ops/with-number.ts';
import type { ValueId } from '../../../compiler/ir/graph.ts';
import { sameShape } from '../../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../../compiler/ir/tensor-type.ts';
import { constantOf, countOf, mapped, offsets, spreadConstant, stridesOf, zerosOf } from '../constant.ts';
import type { Constant, Numbers } from '../constant.ts';
import { held } from '../element.ts';
import type { Flow, Operand } from '../flow.ts';
import { ofOneImage } from '../of-one-image.ts';
import { BatchRefusal, imagesCounted } from '../problem.ts';
import { broadcastDims, joinedShapes, padded } from '../shapes.ts';
import type { Importer, Site } from '../site.ts';
import { grown } from './growing.ts';

type Function = (left: number, right: number) => number;

/** Of two operands; of more, together where their elements lie in the same places, else one after the other. */
const binary =
  (op: NumberOperation, compute: Function): Importer =>
  (site) => {
    const [first, ...rest] = Array.from({ length: site.count }, (_, at) => site.operand(at));
    const others = rest.map((operand) => (operand.is === 'constant' ? laid(site, first!, operand) : operand));
    if (others.length === 0) return [first!];
    const together = others.length > 1 ? valuesInPlace(site, [first!, ...others]) : undefined;
    if (together) return [site.result(site.apply(op, together), first!.dims)];
    return [others.reduce((left, right) => combined(site, op, compute, left, right), first!)];
  };

/** The values, if all operands are values of one shape. */
function valuesInPlace(site: Site, operands: readonly Operand[]): readonly ValueId[] | undefined {
  const flows = operands.filter((operand) => operand.is === 'flow');
  const [first] = flows;
  if (!first || flows.length < operands.length) return undefined;
  const isAlike = ({ dims, value }: Flow): boolean =>
    sameShape(dims, first.dims) && sameShape(site.shapeOf(value), site.shapeOf(first.value));
  return flows.every(isAlike) ? flows.map(({ value }) => value) : undefined;
}

/** a + b */
export const sum = (site: Site, a: Operand, b: Operand): Operand => combined(site, 'add', (x, y) => x + y, a, b);

/** a · b */
export const multiplied = (site: Site, a: Operand, b: Operand): Operand => combined(site, 'mul', (x, y) => x * y, a, b);

/** a − b */
export const subtracted = (site: Site, a: Operand, b: Operand): Operand => combined(site, 'sub', (x, y) => x - y, a, b);

/** a − b of values. */
export const difference = (site: Site, a: Flow, b: Flow): Flow => ofValues(site, 'sub', a, b);

/** a / b of values. */
export const quotient = (site: Site, a: Flow, b: Flow): Flow => ofValues(site, 'div', a, b);

/** The larger one of each pair of numbers. */
export const larger = (site: Site, a: Operand, b: Operand): Operand => combined(site, 'maximum', Math.max, a, b);
/** The smaller one of each pair of numbers. */
export const smaller = (site: Site, a: Operand, b: Operand): Operand => combined(site, 'minimum', Math.min, a, b);

/** a · b of a value and a constant. */
export const scaled = (site: Site, a: Flow, b: Constant): Flow => withConstant(site, 'mul', a, b, 'right');

/** A constant beside `left`: before version 7 it was laid along `axis` where `broadcast` is 1. */
export function laid({ attributes, outer, version }: Site, left: Operand, right: Constant): Constant {
  const axis = attributes.int('axis', undefined);
  if (version >= 7 || axis === undefined || !attributes.flag('broadcast', false)) return right;
  const rank = left.dims.length + (left.is === 'flow' ? outer : 0);
  const ones = Array<number>(Math.max(0, rank - axis - right.dims.length)).fill(1);
  return constantOf(right.name, [...right.dims, ...ones], right.type, () => right.data);
}

function combined(site: Site, op: NumberOperation, compute: Function, left: Operand, right: Operand): Operand {
  if (left.is === 'constant' && right.is === 'constant') return folded(compute, left, right);
  if (left.is === 'flow' && right.is === 'flow') return ofValues(site, op, left, right);
  return left.is === 'flow'
    ? withConstant(site, op, left, right as Constant, 'right')
    : withConstant(site, op, right as Flow, left as Constant, 'left');
}

function ofValues(site: Site, op: NumberOperation, left: Flow, right: Flow): Flow {
  if (left.dims.length !== right.dims.length && site.outer === 1)
    throw new BatchRefusal(
      `it joins [${left.dims.join(', ')}] and [${right.dims.join(', ')}]`,
      'reshape one of them to as many axes as the other has',
    );
  const [own, other] = [left, right].map(({ value }) => site.shapeOf(value)) as [Shape, Shape];
  // Elements that lie in the same places need no other shape.
  if (sameShape(left.dims, right.dims) && sameShape(own, other))
    return site.result(site.apply(op, [left.value, right.value]), left.dims);
  const tokens = [own, other].find((shape) => shape.length === 2);
  const shapes = joinedShapes(left.dims, right.dims, tokens);
  const dims = broadcastDims(left.dims, right.dims);
  const operands = shapes
    ? [site.shaped(left.value, shapes[0]), site.shaped(right.value, shapes[1])]
    : [left, right].map(({ value, dims: own }) => site.shaped(grown(site, value, own, dims), [countOf(dims)]));
  return site.result(site.apply(op, operands), dims);
}

function withConstant(
  site: Site,
  op: NumberOperation,
  { value, dims }: Flow,
  given: Constant,
  side: 'left' | 'right',
): Flow {
  if (given.perImage) throw imagesCounted();
  if (countOf(given.dims) === 1 && given.dims.length <= dims.length + site.outer) {
    const { operator, attributes } = withNumber(op, given.data[0]!, side);
    return site.result(site.apply(operator, [value], attributes), dims);
  }
  const own = besideValue(site, given, dims.length);
  const shapes = joinedShapes(dims, own.dims, site.shapeOf(value));
  const result = broadcastDims(dims, own.dims);
  const [flow, tensor] = shapes
    ? [site.shaped(value, shapes[0]), site.learned(own, shapes[1])]
    : [
        site.shaped(grown(site, value, dims, result), [countOf(result)]),
        site.learned(spreadConstant(own, result), [countOf(result)]),
      ];
  return site.result(site.apply(op, side === 'right' ? [flow, tensor] : [tensor, flow]), result);
}

/** A constant beside a value of `rank` axes; refuses one that differs from image to image. */
export function besideValue(site: Site, given: Constant, rank: number): Constant {
  const { outer } = site;
  if (given.dims.length < rank + outer || outer === 0) return given;
  if (given.dims.length > rank + outer)
    throw new BatchRefusal(
      `its constant has ${given.dims.length} axes, its value ${rank + outer}`,
      'reshape it before',
    );
  return ofOneImage(site, given);
}

/** Both known: element by element. What counts images stays a multiple of their number, or is refused. */
export function folded(operation: Function, left: Constant, right: Constant): Constant {
  const dims = broadcastDims(left.dims, right.dims);
  const type = left.kind === 'float' ? left.type : right.kind === 'float' ? right.type : left.type;
  const placesIn = (tensor: Constant): Generator<number, undefined> => {
    const own = padded(tensor.dims, dims.length);
    return offsets(
      dims,
      stridesOf(own).map((stride, axis) => (own[axis] === 1 ? 0 : stride)),
    );
  };
  const compute = (images: number): Numbers => {
    const result = zerosOf(type, countOf(dims));
    const [from, to] = [placesIn(left), placesIn(right)];
    for (let at = 0; at < result.length; at += 1) {
      const value = operation(elementOf(left, from.next().value!, images), elementOf(right, to.next().value!, images));
      result[at] = held(type, value);
    }
    return result;
  };
  if (!left.perImage && !right.perImage) return constantOf('', dims, type, () => compute(0));
  const [none, one, ...more] = [0, 1, 2, 3, 4, 5, 6].map(compute) as [Numbers, Numbers, ...Numbers[]];
  const perImage = Float64Array.from(one, (value, at) => value - none[at]!);
  const grows = more.every((values, at) => values.every((value, i) => value === none[i]! + (at + 2) * perImage[i]!));
  if (grows) return constantOf('', dims, type, () => none, perImage);
  throw imagesCounted();
}

const elementOf = ({ data, perImage }: Constant, at: number, images: number): number =>
  data[at]! + images * (perImage?.[at] ?? 0);

/** The mean of its operands. */
const mean: Importer = (site) => {
  const [sum] = arithmetic.Sum(site);
  if (site.count === 1) return [sum!];
  if (sum!.is === 'constant') return [mapped(sum!, (value) => value / site.count)];
  return [site.result(site.helper('divided_by', [sum!.value], { number: site.count }), sum!.dims)];
};

export const arithmetic = {
  Add: binary('add', (a, b) => a + b),
  Sub: binary('sub', (a, b) => a - b),
  Mul: binary('mul', (a, b) => a * b),
  Div: binary('div', (a, b) => a / b),
  Max: binary('maximum', Math.max),
  Min: binary('minimum', Math.min),
  Sum: binary('add', (a, b) => a + b),
  Mean: mean as Importer,
} satisfies Record<string, Importer>;
