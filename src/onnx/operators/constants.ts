// What is known while a file is imported: constants, shapes, and the arithmetic on them.

import { castConstant, constantOf, countOf, intVector, offsets, picked, stridesOf, zerosOf } from '../constant.ts';
import type { Constant } from '../constant.ts';
import { kindOf } from '../element.ts';
import type { ElementType } from '../element.ts';
import { dataTypes } from '../file/messages.ts';
import { elementType, typeName } from '../file/tensor.ts';
import type { Operand } from '../flow.ts';
import { imagesCounted, refuse } from '../problem.ts';
import { axisAt } from '../shapes.ts';
import type { Importer, Site } from '../site.ts';
import { gathered } from './gathering.ts';
import { asNumbers, isMask, nonzero } from './masks.ts';

const constant: Importer = ({ attributes, node }) => {
  const name = node.output[0] ?? '';
  const tensor = attributes.tensor('value');
  if (tensor) return [constantOf(name, tensor.dims, tensor.type, () => tensor.data)];
  const ints = attributes.ints('value_ints', undefined);
  if (ints) return [intVector(name, ints)];
  const floats = attributes.floats('value_floats', undefined);
  if (floats) return [constantOf(name, [floats.length], 'float', () => Float32Array.from(floats))];
  const int = attributes.int('value_int', undefined);
  if (int !== undefined) return [constantOf(name, [], 'int64', () => Float64Array.of(int))];
  const float = attributes.float('value_float', undefined);
  if (float !== undefined) return [constantOf(name, [], 'float', () => Float32Array.of(float))];
  return refuse('its value is of a kind that is not read', 'write it as a dense tensor of floats or integers');
};

const constantOfShape: Importer = (site) => {
  const shape = site.constant(0, 'the shape');
  if (shape.perImage) refuse('its shape has the number of images', 'export the model with a batch of one image');
  const value = site.attributes.tensor('value');
  const dims = [...shape.data];
  const type = value?.type ?? 'float';
  return [
    constantOf(site.node.output[0] ?? '', dims, type, () => zerosOf(type, countOf(dims)).fill(value?.data[0] ?? 0)),
  ];
};

/** Its first number is the number of images where axis 0 is the batch. */
const shape: Importer = (site) => {
  const operand = site.operand(0);
  const outer = operand.is === 'flow' ? site.outer : 0;
  const rank = operand.dims.length + outer;
  const place = (given: number): number => Math.min(rank, Math.max(0, given < 0 ? given + rank : given));
  const [start, end] = [place(site.attributes.int('start', 0)), place(site.attributes.int('end', rank))];
  const batch = Array<number>(outer).fill(0);
  const factors = [...batch.map(() => 1), ...operand.dims.map(() => 0)];
  return [intVector('', [...batch, ...operand.dims].slice(start, end), factors.slice(start, end))];
};

/** Slices of a constant by indices along one axis. */
const gather: Importer = (site) => {
  const [data, indices] = [site.operand(0), site.constant(1, 'the indices')];
  if (data.is === 'flow') return [gathered(site, data, indices)];
  const axis = axisAt(site.attributes.int('axis', 0), data.dims.length);
  const extent = data.dims[axis]!;
  const places = [...indices.data].map((index) => (index < 0 ? index + extent : index));
  if (places.some((index) => !(index >= 0 && index < extent)))
    refuse('an index lies outside', 'see whether the model runs elsewhere');
  const dims = [...data.dims.slice(0, axis), ...indices.dims, ...data.dims.slice(axis + 1)];
  const inner = countOf(data.dims.slice(axis + 1));
  const from = (): number[] =>
    Array.from({ length: countOf(data.dims.slice(0, axis)) }, (_, outer) =>
      places.flatMap((index) => Array.from({ length: inner }, (__, at) => (outer * extent + index) * inner + at)),
    ).flat();
  const factors = data.perImage && Float64Array.from(from(), (at) => data.perImage![at]!);
  return [constantOf('', dims, data.type, () => picked(data.data, countOf(dims), from()), factors)];
};

const cast: Importer = (site) => {
  const to = site.attributes.int('to', dataTypes.float);
  const type = elementType(to) ?? refuse(`it makes ${typeName(to)} of a value`, 'networks compute with floats');
  const operand = site.operand(0);
  if (operand.is === 'flow' && type.endsWith('float16')) site.note('numbers of 16 bits are computed in f32');
  return [converted(site, operand, type)];
};

/** To the kind of another operand. */
const castLike: Importer = (site) => {
  const [operand, other] = [site.operand(0), site.operand(1)];
  return [converted(site, operand, other.is === 'constant' ? other.type : isMask(other) ? 'bool' : 'float')];
};

/** Floats that flow stay what they are; conditions become 0 and 1. */
function converted(site: Site, operand: Operand, type: ElementType): Operand {
  if (operand.is === 'flow') {
    if (type === 'bool') return isMask(operand) ? operand : nonzero(site, operand);
    if (kindOf(type) === 'float') return asNumbers(site, operand);
    return refuse('it makes integers of a value', 'networks compute with floats: cast to FLOAT instead');
  }
  if (type === 'bool' && operand.perImage) throw imagesCounted();
  return castConstant(operand, type);
}

/** Part of a constant: the same starts, ends and steps as for values. */
export function slicedConstant(
  tensor: Constant,
  parts: readonly { readonly start: number; readonly count: number; readonly step: number }[],
): Constant {
  const strides = stridesOf(tensor.dims);
  const dims = parts.map(({ count }) => count);
  const start = parts.reduce((sum, part, axis) => sum + part.start * strides[axis]!, 0);
  const places = (): Generator<number> =>
    offsets(
      dims,
      parts.map(({ step }, axis) => step * strides[axis]!),
      start,
    );
  const factors = tensor.perImage && Float64Array.from(places(), (at) => tensor.perImage![at]!);
  return constantOf('', dims, tensor.type, () => picked(tensor.data, countOf(dims), places()), factors);
}

export const constants = {
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Shape: shape,
  Gather: gather,
  Cast: cast,
  CastLike: castLike,
} satisfies Record<string, Importer>;
