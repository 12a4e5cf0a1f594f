// What operations on single numbers compute, and on the lanes of vectors one by one.

import type { Comparison, Expression } from './ir.ts';
import { pow2Summand } from './signatures.ts';

/** Two f32, and the same bits as whole numbers. */
const floats = new Float32Array(2);
const words = new Uint32Array(floats.buffer);
const wide = new DataView(new ArrayBuffer(8));

/** bf16 as f32. */
export function fromBf16(half: number): number {
  words[0] = half << 16;
  return floats[0]!;
}

/** The upper half of an f32, rounded to nearest even; NaN stays one. */
export function toBf16(value: number): number {
  floats[0] = value;
  const bits = words[0]!;
  return Number.isNaN(value) ? 0x7fc0 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** Of floats as IEEE 754 has it. */
export function comparisonOf(comparison: Comparison): (left: number, right: number) => boolean {
  switch (comparison) {
    case 'lt':
      return (left, right) => left < right;
    case 'le':
      return (left, right) => left <= right;
    case 'eq':
      return (left, right) => left === right;
    default:
      return comparison satisfies never;
  }
}

type Unary = Extract<Expression, { kind: 'unary' }>;
type Binary = Extract<Expression, { kind: 'binary' }>;

/** A result of the type; lanes are computed as f32. */
export function unaryOf(operation: Unary['operation'], type: Unary['type']): (value: number) => number {
  switch (operation) {
    case 'neg':
      // A whole number has no −0.
      return type === 'i32' ? (value) => 0 - value : (value) => -value;
    case 'abs':
      return Math.abs;
    case 'sqrt':
      return type === 'f32' ? (value) => Math.fround(Math.sqrt(value)) : Math.sqrt;
    case 'floor':
      return Math.floor;
    case 'promote':
    case 'convert':
    case 'u32_to_f64':
      return (value) => value;
    case 'demote':
    case 'u32_to_f32':
      return Math.fround;
    case 'i32_to_u32':
    case 'f64_to_u32':
      return (value) => value >>> 0;
    case 'u32_to_i32':
      return (value) => value | 0;
    case 'truncate':
      return (value) => (Number.isNaN(value) ? 0 : Math.trunc(value));
    case 'pow2':
      return (value) => (value === -1023 ? 0 : 2 ** value);
    case 'exponent':
    case 'exponent_lanes':
      return exponentOf;
    case 'pow2_lanes':
      return pow2Lane;
    case 'pow2_of_sum':
      return (value) => pow2Lane(value - pow2Summand);
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

type OfTwo = (left: number, right: number) => number;

/** Both are of the type, and so is the result. */
export function binaryOf(operation: Binary['operation'], type: Binary['type']): OfTwo {
  if (type === 'u32') return unsigned(operation);
  switch (operation) {
    case 'add':
      return rounded(type, (left, right) => left + right);
    case 'sub':
      return rounded(type, (left, right) => left - right);
    case 'mul':
      return rounded(type, (left, right) => left * right);
    case 'div':
      return type === 'i32' ? (left, right) => Math.floor(left / right) : rounded(type, (left, right) => left / right);
    case 'rem':
      return (left, right) => left % right;
    case 'min':
      return Math.min;
    case 'max':
      return Math.max;
    case 'pmin':
      return (left, right) => (right < left ? right : left);
    case 'pmax':
      return (left, right) => (left < right ? right : left);
    case 'umax':
      return largerBits;
    case 'and':
      return commonBits;
    case 'or':
    case 'xor':
      throw new RangeError(`${operation} of ${type}`);
    default:
      return operation satisfies never;
  }
}

function unsigned(operation: Binary['operation']): OfTwo {
  switch (operation) {
    case 'add':
      return (left, right) => (left + right) >>> 0;
    case 'sub':
      return (left, right) => (left - right) >>> 0;
    case 'mul':
      return (left, right) => Math.imul(left, right) >>> 0;
    case 'and':
      return (left, right) => (left & right) >>> 0;
    case 'or':
      return (left, right) => (left | right) >>> 0;
    case 'xor':
      return (left, right) => (left ^ right) >>> 0;
    default:
      throw new RangeError(`${operation} of u32`);
  }
}

const pow2Lane = (value: number): number => (value === -127 ? 0 : 2 ** value);

/** The bits that two f32 have in common, as an f32. */
function commonBits(left: number, right: number): number {
  floats[0] = left;
  floats[1] = right;
  words[0] = words[0]! & words[1]!;
  return floats[0];
}

/** Of two f32 the one whose bits are the larger u32. */
function largerBits(left: number, right: number): number {
  floats[0] = left;
  floats[1] = right;
  return words[0]! < words[1]! ? right : left;
}

/** With its results rounded to the type. */
const rounded = (type: Unary['type'], exact: OfTwo): OfTwo =>
  type === 'f32' ? (left, right) => Math.fround(exact(left, right)) : exact;

function exponentOf(value: number): number {
  wide.setFloat64(0, value);
  return ((wide.getUint16(0) >> 4) & 0x7ff) - 1023;
}
