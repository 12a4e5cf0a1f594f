// The instructions for operations on integers – i32, which are signed, and u32, which are not and wrap around – and for conversions.

import type { BinaryOperation, Comparison, ShiftOperation, UnaryOperation } from '../../kernel/ir.ts';
import type { Operation } from './instructions.ts';

type Unsigned = 'u32' | 'u32x4';

/** What u32 and u32x4 are combined by; there are no others. */
export const unsignedOperations: Readonly<Record<Unsigned, Readonly<Partial<Record<BinaryOperation, Operation>>>>> = {
  u32: { add: 'i32.add', sub: 'i32.sub', mul: 'i32.mul', and: 'i32.and', or: 'i32.or', xor: 'i32.xor' },
  u32x4: { add: 'i32x4.add', sub: 'i32x4.sub', mul: 'i32x4.mul', and: 'v128.and', or: 'v128.or', xor: 'v128.xor' },
};

export const shifts: Readonly<Record<Unsigned | 'i16x8', Readonly<Partial<Record<ShiftOperation, Operation>>>>> = {
  u32: { shl: 'i32.shl', shr: 'i32.shr_u' },
  u32x4: { shl: 'i32x4.shl', shr: 'i32x4.shr_u' },
  i16x8: { shl: 'i16x8.shl' },
};

export const comparisons: Readonly<Record<Unsigned | 'i32', Readonly<Record<Comparison, Operation>>>> = {
  i32: { lt: 'i32.lt_s', le: 'i32.le_s', eq: 'i32.eq' },
  u32: { lt: 'i32.lt_u', le: 'i32.le_u', eq: 'i32.eq' },
  u32x4: { lt: 'i32x4.lt_u', le: 'i32x4.le_u', eq: 'i32x4.eq' },
};

type Conversion =
  | 'promote'
  | 'demote'
  | 'convert'
  | 'truncate'
  | 'splat'
  | 'i32_to_u32'
  | 'u32_to_i32'
  | 'u32_to_f32'
  | 'u32x4_to_f32x4'
  | 'u32_to_f64'
  | 'f64_to_u32'
  | 'splat_u32'
  | 'splat_u8'
  | 'signed_to_f32x4'
  | 'f32x4_bits'
  | 'u8x16_to_u32x4'
  | 'u8x16_to_i16x8'
  | 'u32x4_to_u8x16'
  | 'i16x8_to_u8x16'
  | 'widen_low'
  | 'widen_high';

/** From one type to another; none where the bits stay as they are. */
export const conversions: Readonly<Record<Conversion, readonly Operation[]>> = {
  promote: ['f64.promote_f32'],
  demote: ['f32.demote_f64'],
  convert: ['f64.convert_i32_s'],
  truncate: ['i32.trunc_sat_f64_s'],
  splat: ['f32x4.splat'],
  i32_to_u32: [],
  u32_to_i32: [],
  u32_to_f32: ['f32.convert_i32_u'],
  u32x4_to_f32x4: ['f32x4.convert_i32x4_u'],
  u32_to_f64: ['f64.convert_i32_u'],
  f64_to_u32: ['i32.trunc_sat_f64_u'],
  splat_u32: ['i32x4.splat'],
  splat_u8: ['i8x16.splat'],
  signed_to_f32x4: ['f32x4.convert_i32x4_s'],
  f32x4_bits: [],
  u8x16_to_u32x4: [],
  u8x16_to_i16x8: [],
  u32x4_to_u8x16: [],
  i16x8_to_u8x16: [],
  widen_low: ['i16x8.extend_low_i8x16_u'],
  widen_high: ['i16x8.extend_high_i8x16_u'],
};

/** Whether an operation is in that table. */
export const isConversion = (operation: UnaryOperation): operation is Conversion =>
  Object.hasOwn(conversions, operation);
