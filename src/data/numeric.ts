// Arrays of numbers as files store them: element types, half precision, and the product of a shape that cannot overflow.

import type { Shape } from '../../compiler/ir/tensor-type.ts';

/** A dense array in row-major order, converted to f32. */
export interface NumericArray {
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** `f`loat, signed `i`nteger, `u`nsigned integer and the number of bytes; `bf2` is bfloat16. */
export type ElementType = 'f2' | 'bf2' | 'f4' | 'f8' | 'i1' | 'i2' | 'i4' | 'i8' | 'u1' | 'u2' | 'u4' | 'u8';

/** Bytes of an element. */
export function bytesOf(type: ElementType): number {
  return Number(type.at(-1));
}

/** Numbers as f32 whose count is not known before. */
export class NumberList {
  #values = new Float32Array(1024);
  #length = 0;

  push(value: number): void {
    if (this.#length === this.#values.length) this.#values = resized(this.#values, 2 * this.#length);
    this.#values[this.#length++] = value;
  }

  /** The list cannot be used afterwards. */
  finish(): Float32Array {
    return resized(this.#values, this.#length);
  }
}

/** In place where the memory allows it. */
function resized({ buffer }: Float32Array<ArrayBuffer>, length: number): Float32Array<ArrayBuffer> {
  return new Float32Array(buffer.transfer(length * 4));
}

/** Elements of a shape, or undefined where an extent is not a natural number or the product is not exact in f64. */
export function elementsOf(shape: readonly unknown[]): number | undefined {
  let elements = 1;
  let empty = false;
  for (const extent of shape) {
    if (typeof extent !== 'number' || !Number.isSafeInteger(extent) || extent < 0) return undefined;
    if (extent === 0) empty = true;
    else elements *= extent;
    if (!Number.isSafeInteger(elements)) return undefined;
  }
  return empty ? 0 : elements;
}

/** `count` elements from the start of `bytes` as f32, rounded to nearest; `bytes` must hold them. */
export function toFloat32(bytes: Uint8Array, type: ElementType, count: number, littleEndian: boolean): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = reader(view, type, littleEndian);
  const data = new Float32Array(count);
  const size = bytesOf(type);
  for (let i = 0; i < count; i++) data[i] = read(i * size);
  return data;
}

const hostIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** As `toFloat32`; a view of the bytes where they are f32 already. */
export function asFloat32(bytes: Uint8Array, type: ElementType, count: number, littleEndian: boolean): Float32Array {
  if (type === 'f4' && littleEndian === hostIsLittleEndian && bytes.byteOffset % 4 === 0) {
    return new Float32Array(bytes.buffer, bytes.byteOffset, count);
  }
  return toFloat32(bytes, type, count, littleEndian);
}

/** An array that need not be dense: element [i, j, …] is number `start + i·strides[0] + j·strides[1] + …` of what is stored. */
export interface Strided {
  readonly shape: Shape;
  /** In elements, as `start`. */
  readonly strides: readonly number[];
  readonly start: number;
}

/** The array's elements in row-major order as f32, rounded to nearest; `bytes` must hold all of them. */
export function gatherFloat32(
  bytes: Uint8Array,
  type: ElementType,
  { shape, strides, start }: Strided,
  littleEndian: boolean,
): Float32Array {
  const read = reader(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), type, littleEndian);
  const data = new Float32Array(elementsOf(shape)!);
  const size = bytesOf(type);
  const index = shape.map(() => 0);
  let at = start;
  for (let i = 0; i < data.length; i++) {
    data[i] = read(at * size);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return data;
}

function reader(view: DataView, type: ElementType, little: boolean): (offsetBytes: number) => number {
  switch (type) {
    case 'f2':
      return (at) => halfToNumber(view.getUint16(at, little));
    case 'bf2':
      return (at) => upperHalfToNumber(view.getUint16(at, little));
    case 'f4':
      return (at) => view.getFloat32(at, little);
    case 'f8':
      return (at) => view.getFloat64(at, little);
    case 'i1':
      return (at) => view.getInt8(at);
    case 'i2':
      return (at) => view.getInt16(at, little);
    case 'i4':
      return (at) => view.getInt32(at, little);
    case 'i8':
      return (at) => Number(view.getBigInt64(at, little));
    case 'u1':
      return (at) => view.getUint8(at);
    case 'u2':
      return (at) => view.getUint16(at, little);
    case 'u4':
      return (at) => view.getUint32(at, little);
    case 'u8':
      return (at) => Number(view.getBigUint64(at, little));
    default:
      return type satisfies never;
  }
}

const scratch = new DataView(new ArrayBuffer(4));

/** The number whose bfloat16 bits these are: the upper half of an f32. */
export function upperHalfToNumber(bits: number): number {
  scratch.setUint32(0, (bits << 16) >>> 0);
  return scratch.getFloat32(0);
}

/** The number whose half-precision bits these are (IEEE 754, binary16). */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
