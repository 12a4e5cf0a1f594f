// Tensors whose elements are known during import. Elements are computed when they are asked for, so that filling and turning weights of
// hundreds of megabytes costs nothing where only shapes are of interest.

import { MAX_ELEMENTS } from '../../compiler/ops/limits.ts';
import { cast, held, isSingle, kindOf } from './element.ts';
import type { ElementType, Kind } from './element.ts';
import { refuse } from './problem.ts';

export type Numbers = Float32Array | Float64Array;

export interface Constant {
  readonly is: 'constant';
  /** What the file calls it; empty where it has no name. */
  readonly name: string;
  readonly dims: readonly number[];
  readonly type: ElementType;
  readonly kind: Kind;
  /** Row-major. Integers and booleans are whole numbers. */
  readonly data: Numbers;
  /** Of shapes: how many times the number of images is to be added to each element of `data`. */
  readonly perImage?: Float64Array;
}

/** A constant whose elements are made on first use. Refuses sizes that no tensor may have. */
export function constantOf(
  name: string,
  dims: readonly number[],
  type: ElementType,
  make: () => Numbers,
  perImage?: Float64Array,
): Constant {
  checkDims(name, dims);
  return new Made(name, dims, type, make, perImage);
}

/** One class for all of them: a file may have tens of thousands, and objects with accessors of their own are large. */
class Made implements Constant {
  readonly is = 'constant';
  readonly name: string;
  readonly dims: readonly number[];
  readonly type: ElementType;
  declare readonly perImage?: Float64Array;
  #elements: Numbers | (() => Numbers);

  constructor(
    name: string,
    dims: readonly number[],
    type: ElementType,
    make: () => Numbers,
    perImage: Float64Array | undefined,
  ) {
    this.name = name;
    this.dims = dims;
    this.type = type;
    this.#elements = make;
    if (perImage?.some((factor) => factor !== 0)) this.perImage = perImage;
  }

  get kind(): Kind {
    return kindOf(this.type);
  }

  get data(): Numbers {
    const elements = this.#elements;
    if (typeof elements !== 'function') return elements;
    spend(this.name, countOf(this.dims));
    return (this.#elements = elements());
  }
}

/** Elements that may still be made; undefined where any number may. */
let allowance: number | undefined;

/**
 * Runs `work`, in which at most `elements` elements of constants are made. A file of some bytes can ask for tensors of gigabytes, whose
 * elements nobody needs before the weights are written.
 */
export function withAllowance<Result>(elements: number, work: () => Result): Result {
  const outer = allowance;
  allowance = elements;
  try {
    return work();
  } finally {
    allowance = outer;
  }
}

function spend(name: string, elements: number): void {
  if (allowance === undefined) return;
  allowance -= elements;
  if (allowance < 0)
    refuse(
      `the ${elements} elements of ${name === '' ? 'a tensor' : `tensor ${JSON.stringify(name.slice(0, 80))}`} would be needed to read the model`,
      'let the exporter fold constants, or see whether the file is damaged',
    );
}

/** Through how many nodes the elements of a constant may follow from those of others before they are made. */
const MAX_DEPTH = 100;
const depths = new WeakMap<Constant, number>();

/** Makes the elements of what a long chain of nodes gives: made on first use, they would be made inside each other, node by node. */
export function settle(result: Constant, operands: readonly Constant[]): void {
  if (depths.has(result)) return;
  const depth = operands.reduce((most, operand) => Math.max(most, depths.get(operand) ?? 0), 0) + 1;
  depths.set(result, depth < MAX_DEPTH || result.data.length === 0 ? depth : 0);
}

/** A vector of integers, as shapes and axes are. */
export function intVector(name: string, values: readonly number[], perImage?: readonly number[]): Constant {
  return constantOf(
    name,
    [values.length],
    'int64',
    () => Float64Array.from(values),
    perImage && Float64Array.from(perImage),
  );
}

/** Elements of a shape. */
export function countOf(dims: readonly number[]): number {
  return dims.reduce((product, extent) => product * extent, 1);
}

/** Axes of any tensor of a file. */
export const MAX_RANK = 32;

function checkDims(name: string, dims: readonly number[]): void {
  const title = name === '' ? 'a tensor' : `tensor ${JSON.stringify(name)}`;
  if (dims.length > MAX_RANK)
    refuse(`${title} has ${dims.length} axes, more than ${MAX_RANK}`, 'export the model again');
  if (dims.some((extent) => !Number.isSafeInteger(extent) || extent < 0))
    refuse(
      `${title} has the shape [${dims.join(', ')}], and extents are whole numbers from 0 on`,
      'export the model again',
    );
  if (countOf(dims) > MAX_ELEMENTS)
    refuse(
      `${title} of shape [${dims.join(', ')}] has ${countOf(dims)} elements, more than 2^31 − 1`,
      'make it smaller',
    );
}

/** Zeros of a type: integers may be too large to be whole in f32. */
export function zerosOf(type: ElementType, count: number): Numbers {
  return isSingle(type) ? new Float32Array(count) : new Float64Array(count);
}

/** Each of these numbers as the type holds it, after `change`. */
export function numbersOf(
  type: ElementType,
  from: Numbers,
  change: (value: number, at: number) => number = (value) => value,
): Numbers {
  const result = zerosOf(type, from.length);
  for (let at = 0; at < result.length; at += 1) result[at] = held(type, change(from[at]!, at));
  return result;
}

/** With elements of another type. */
export function castConstant(tensor: Constant, type: ElementType): Constant {
  if (type === tensor.type) return tensor;
  const make = (): Numbers => {
    const { data } = tensor;
    const result = zerosOf(type, data.length);
    for (let at = 0; at < data.length; at += 1) result[at] = cast(tensor.type, type, data[at]!);
    return result;
  };
  return constantOf(tensor.name, tensor.dims, type, make, tensor.perImage);
}

/** Steps between neighbours along each axis, in elements. */
export function stridesOf(dims: readonly number[]): readonly number[] {
  const strides = Array<number>(dims.length).fill(1);
  for (let axis = dims.length - 2; axis >= 0; axis -= 1) strides[axis] = strides[axis + 1]! * dims[axis + 1]!;
  return strides;
}

/** For each element of a tensor of `dims`, row by row, where it lies in one with these strides. */
export function* offsets(dims: readonly number[], strides: readonly number[], start = 0): Generator<number, undefined> {
  const count = countOf(dims);
  const position = Array<number>(dims.length).fill(0);
  let at = start;
  for (let index = 0; index < count; index += 1) {
    yield at;
    for (let axis = dims.length - 1; axis >= 0; axis -= 1) {
      position[axis]! += 1;
      at += strides[axis]!;
      if (position[axis]! < dims[axis]!) break;
      at -= position[axis]! * strides[axis]!;
      position[axis] = 0;
    }
  }
  return undefined;
}

/** Elements picked from `data`, in its own kind of array. */
export function picked(data: Numbers, count: number, from: Iterable<number>): Numbers {
  const result = data instanceof Float32Array ? new Float32Array(count) : new Float64Array(count);
  let at = 0;
  for (const index of from) {
    result[at] = data[index]!;
    at += 1;
  }
  return result;
}

/** Tensors that are others with their axes in another order. */
const turns = new WeakMap<Constant, { readonly source: Constant; readonly axes: readonly number[] }>();

/** Each order of a tensor once, so that nodes that share a weight share it turned, too. */
const orders = new WeakMap<Constant, Map<string, Constant>>();

/** Axis i of the result is axis `axes[i]`. What is turned back is the tensor that it was. */
export function transposed(tensor: Constant, axes: readonly number[]): Constant {
  if (axes.length !== tensor.dims.length)
    refuse(`it turns ${axes.length} axes of [${tensor.dims.join(', ')}]`, 'see whether the model runs elsewhere');
  const turn = turns.get(tensor);
  const [source, order] = turn ? [turn.source, axes.map((axis) => turn.axes[axis]!)] : [tensor, axes];
  if (order.every((axis, at) => axis === at)) return source;
  const made = orders.get(source) ?? new Map<string, Constant>();
  orders.set(source, made);
  const known = made.get(order.join());
  if (known) return known;
  const dims = order.map((axis) => source.dims[axis]!);
  const strides = stridesOf(source.dims);
  const result = constantOf(tensor.name, dims, tensor.type, () =>
    dims.length === 2
      ? flipped(source.data, dims[0]!, dims[1]!)
      : picked(
          source.data,
          countOf(dims),
          offsets(
            dims,
            order.map((axis) => strides[axis]!),
          ),
        ),
  );
  made.set(order.join(), result);
  turns.set(result, { source, axes: order });
  return result;
}

/** A matrix [rows, columns] from one [columns, rows], in squares that stay in the cache: weights have up to 10^8 numbers. */
function flipped(data: Numbers, rows: number, columns: number): Numbers {
  const result = data instanceof Float32Array ? new Float32Array(data.length) : new Float64Array(data.length);
  const side = 32;
  for (let top = 0; top < rows; top += side) {
    for (let left = 0; left < columns; left += side) {
      const [bottom, right] = [Math.min(rows, top + side), Math.min(columns, left + side)];
      for (let row = top; row < bottom; row += 1) {
        for (let column = left; column < right; column += 1)
          result[row * columns + column] = data[column * rows + row]!;
      }
    }
  }
  return result;
}

/** The same elements in another shape. Refuses one of another size. */
export function reshapedConstant(tensor: Constant, dims: readonly number[]): Constant {
  if (countOf(dims) !== countOf(tensor.dims))
    refuse(`[${tensor.dims.join(', ')}] has no shape [${dims.join(', ')}]`, 'see whether the model runs elsewhere');
  return constantOf(tensor.name, dims, tensor.type, () => tensor.data, tensor.perImage);
}

/** The elements in the shape that `tensor` broadcasts to. */
export function spreadConstant(tensor: Constant, dims: readonly number[]): Constant {
  const own = [...Array<number>(dims.length - tensor.dims.length).fill(1), ...tensor.dims];
  const strides = stridesOf(own).map((stride, axis) => (own[axis] === 1 ? 0 : stride));
  return constantOf(tensor.name, dims, tensor.type, () => picked(tensor.data, countOf(dims), offsets(dims, strides)));
}

/** Each element through a function; the result is what the tensor's type makes of it. */
export function mapped(tensor: Constant, change: (value: number) => number): Constant {
  return constantOf(tensor.name, tensor.dims, tensor.type, () => numbersOf(tensor.type, tensor.data, change));
}
