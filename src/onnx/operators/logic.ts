// Comparisons, choices and the rest of the arithmetic on shapes: of constants only, as what decides over shapes is known.

import { constantOf, countOf, mapped, offsets, picked, reshapedConstant, stridesOf } from '../constant.ts';
import type { Constant, Kind } from '../constant.ts';
import { BatchRefusal, refuse } from '../problem.ts';
import { broadcastDims, padded } from '../shapes.ts';
import type { Importer, Site } from '../site.ts';

function known(site: Site, at: number): Constant {
  const operand = site.constant(at, `operand ${at}`);
  if (operand.perImage)
    throw new BatchRefusal('it computes with the number of images', 'export the model with a batch of one image');
  return operand;
}

/** The operand's elements in the shape that all of them broadcast to. */
function spread(tensor: Constant, dims: readonly number[]): ArrayLike<number> {
  const own = padded(tensor.dims, dims.length);
  const strides = stridesOf(own).map((stride, axis) => (own[axis] === 1 ? 0 : stride));
  return picked(tensor.data, countOf(dims), offsets(dims, strides));
}

const comparison =
  (holds: (left: number, right: number) => boolean): Importer =>
  (site) => {
    const [left, right] = [known(site, 0), known(site, 1)];
    const dims = broadcastDims(left.dims, right.dims);
    return [
      constantOf('', dims, 'bool', () => {
        const [a, b] = [spread(left, dims), spread(right, dims)];
        return Float64Array.from({ length: countOf(dims) }, (_, at) => Number(holds(a[at]!, b[at]!)));
      }),
    ];
  };

const unary =
  (change: (value: number) => number): Importer =>
  (site) => [mapped(known(site, 0), change)];

const where: Importer = (site) => {
  const [condition, then, otherwise] = [known(site, 0), site.constant(1, 'operand 1'), site.constant(2, 'operand 2')];
  if (then.perImage || otherwise.perImage) {
    // A single condition chooses one of them as it is.
    if (condition.data.length === 1) return [condition.data[0] === 0 ? otherwise : then];
    throw new BatchRefusal('it chooses numbers of images', 'export the model with a batch of one image');
  }
  const dims = [condition, then, otherwise].map((tensor) => tensor.dims).reduce(broadcastDims);
  return [
    constantOf('', dims, then.kind, () => {
      const [which, a, b] = [condition, then, otherwise].map((tensor) => spread(tensor, dims));
      return Float64Array.from({ length: countOf(dims) }, (_, at) => (which![at] === 0 ? b![at]! : a![at]!));
    }),
  ];
};

const MAX_RANGE = 2 ** 20;

const range: Importer = (site) => {
  const [start, limit, delta] = [0, 1, 2].map((at) => known(site, at).data[0] ?? NaN) as [number, number, number];
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  if (!(count <= MAX_RANGE)) refuse(`it counts ${count} numbers`, `at most ${MAX_RANGE} can be counted`);
  const { kind } = known(site, 0);
  return [constantOf('', [count], kind, () => Float64Array.from({ length: count }, (_, at) => start + at * delta))];
};

/** Elements of a value; per image where axis 0 is the batch. */
const size: Importer = (site) => {
  const operand = site.operand(0);
  const count = countOf(operand.dims);
  const isPerImage = operand.is === 'flow' && site.outer === 1;
  const make = (): Float64Array => Float64Array.of(isPerImage ? 0 : count);
  return [constantOf('', [], 'int', make, isPerImage ? Float64Array.of(count) : undefined)];
};

const reduceProd: Importer = (site) => {
  const tensor = known(site, 0);
  if (tensor.dims.length > 1) refuse('it multiplies along an axis', 'only lists of numbers can be multiplied');
  const dims = site.attributes.flag('keepdims', true) ? tensor.dims.map(() => 1) : [];
  return [
    constantOf('', dims, tensor.kind, () =>
      Float64Array.of([...tensor.data].reduce((product, value) => product * value, 1)),
    ),
  ];
};

/** (x − zero point) · scale: weights of integers become floats. */
const dequantizeLinear: Importer = (site) => {
  const [tensor, scale] = [known(site, 0), known(site, 1)];
  const zero = site.optionalConstant(2, 'the zero point');
  const given = site.attributes.int('axis', 1);
  const axis = given < 0 ? given + tensor.dims.length : given;
  const perAxis = countOf(scale.dims) > 1;
  if (perAxis && tensor.dims[axis] !== countOf(scale.dims))
    refuse(
      `it has ${countOf(scale.dims)} scales for [${tensor.dims.join(', ')}]`,
      'give one scale, or one per channel',
    );
  const inner = countOf(tensor.dims.slice(axis + 1));
  const at = (index: number): number => (perAxis ? Math.floor(index / inner) % tensor.dims[axis]! : 0);
  return [
    constantOf(tensor.name, tensor.dims, 'float', () =>
      Float32Array.from(tensor.data, (value, index) => (value - (zero?.data[at(index)] ?? 0)) * scale.data[at(index)]!),
    ),
  ];
};

/** Equal copies along axes of a constant. */
const tile: Importer = (site) => {
  const [tensor, repeats] = [known(site, 0), known(site, 1)];
  const dims = tensor.dims.map((extent, axis) => extent * repeats.data[axis]!);
  const source = reshapedConstant(
    tensor,
    tensor.dims.flatMap((extent) => [1, extent]),
  );
  const shape = tensor.dims.flatMap((extent, axis) => [repeats.data[axis]!, extent]);
  const kind: Kind = tensor.kind;
  return [constantOf('', dims, kind, () => Float64Array.from(spread(source, shape)))];
};

export const logic = {
  Equal: comparison((a, b) => a === b),
  Greater: comparison((a, b) => a > b),
  GreaterOrEqual: comparison((a, b) => a >= b),
  Less: comparison((a, b) => a < b),
  LessOrEqual: comparison((a, b) => a <= b),
  And: comparison((a, b) => a !== 0 && b !== 0),
  Or: comparison((a, b) => a !== 0 || b !== 0),
  Not: unary((value) => Number(value === 0)),
  Floor: unary(Math.floor),
  Ceil: unary(Math.ceil),
  Where: where,
  Range: range,
  Size: size,
  ReduceProd: reduceProd,
  DequantizeLinear: dequantizeLinear,
  Tile: tile,
} satisfies Record<string, Importer>;
