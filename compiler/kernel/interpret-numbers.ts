// What operations on single numbers compute, and on the lanes of vectors one by one.

import type { Comparison, Expression } from './ir.ts';
import { pow2Summand } from './signatures.ts';

const word = new DataView(new ArrayBuffer(4));

/** bf16 as f32. */
export function fromBf16(half: number): number {
  word.setUint32(0, half << 16);
  return word.getFloat32(0);
}

/** The upper half of an f32, rounded to nearest even; NaN stays one. */
export function toBf16(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0]!;
  return Number.isNaN(value) ? 0x7fc0 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** Of floats as IEEE 754 has it. */
export function compare(comparison: Comparison, left: number, right: number): boolean {
  switch (comparison) {
    case 'lt':
      return left < right;
    case 'le':
      return left <= right;
    case 'eq':
      return left === right;
    default:
      return comparison satisfies never;
  }
}

type Unary = Extract<Expression, { kind: 'unary' }>;
type Binary = Extract<Expression, { kind: 'binary' }>;

/** A result of the type; lanes are computed as f32. */
export function unary(operation: Unary['operation'], type: Unary['type'], value: number): number {
  switch (operation) {
    case 'neg':
      // A whole number has no −0.
      return type === 'i32' ? 0 - value : -value;
    case 'abs':
      return Math.abs(value);
    case 'sqrt':
      return round(type, Math.sqrt(value));
    case 'floor':
      return Math.floor(value);
    case 'promote':
    case 'convert':
    case 'u32_to_f64':
      return value;
    case 'demote':
    case 'u32_to_f32':
      return Math.fround(value);
    case 'i32_to_u32':
    case 'f64_to_u32':
      return value >>> 0;
    case 'u32_to_i32':
      return value | 0;
    case 'truncate':
      return Number.isNaN(value) ? 0 : Math.trunc(value);
    case 'pow2':
      return value === -1023 ? 0 : 2 ** value;
    case 'exponent':
    case 'exponent_lanes':
      return exponentOf(value);
    case 'pow2_lanes':
      return value === -127 ? 0 : 2 ** value;
    case 'pow2_of_sum':
      return unary('pow2_lanes', type, value - pow2Summand);
    case 'splat':
    case 'sum_lanes':
    case 'max_lanes':
    case 'splat_u32':
    case 'u32x4_to_f32x4':
    case 'splat_u8':
    case 'signed_to_f32x4':
    case 'f32x4_bits':
    case 'u8x16_to_u32x4':
    case 'u8x16_to_i16x8':
    case 'u32x4_to_u8x16':
    case 'i16x8_to_u8x16':
    case 'widen_low':
    case 'widen_high':
      throw new RangeError(`${operation} of a number`);
    default:
      return operation satisfies never;
  }
}

/** Both are of the type, and so is the result. */
export function binary(operation: Binary['operation'], type: Binary['type'], left: number, right: number): number {
  if (type === 'u32') return unsigned(operation, left, right);
  switch (operation) {
    case 'add':
      return round(type, left + right);
    case 'sub':
      return round(type, left - right);
    case 'mul':
      return round(type, left * right);
    case 'div':
      return type === 'i32' ? Math.floor(left / right) : round(type, left / right);
    case 'rem':
      return left % right;
    case 'min':
      return Math.min(left, right);
    case 'max':
      return Math.max(left, right);
    case 'pmin':
      return right < left ? right : left;
    case 'pmax':
      return left < right ? right : left;
    case 'and':
      return commonBits(left, right);
    case 'or':
    case 'xor':
      throw new RangeError(`${operation} of ${type}`);
    default:
      return operation satisfies never;
  }
}

function unsigned(operation: Binary['operation'], left: number, right: number): number {
  switch (operation) {
    case 'add':
      return (left + right) >>> 0;
    case 'sub':
      return (left - right) >>> 0;
    case 'mul':
      return Math.imul(left, right) >>> 0;
    case 'and':
      return (left & right) >>> 0;
    case 'or':
      return (left | right) >>> 0;
    case 'xor':
      return (left ^ right) >>> 0;
    default:
      throw new RangeError(`${operation} of u32`);
  }
}

/** The bits that two f32 have in common, as an f32. */
function commonBits(left: number, right: number): number {
  const [a, b] = new Int32Array(Float32Array.of(left, right).buffer) as unknown as [number, number];
  return new Float32Array(Int32Array.of(a & b).buffer)[0]!;
}

function round(type: Unary['type'], value: number): number {
  return type === 'f32' ? Math.fround(value) : value;
}

function exponentOf(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return ((view.getUint16(0) >> 4) & 0x7ff) - 1023;
}
