// Which types operations take and give.

import type { BinaryOperation, Expression, Interleaving, NarrowExpression, Type } from './ir.ts';

/** What each operand is called, the type that it should have, and itself. */
export function operandsOf(expression: NarrowExpression): readonly (readonly [string, Type, Expression])[] {
  switch (expression.kind) {
    case 'dot-bytes':
      return [
        ['weights', 'u8x16', expression.weights],
        ['codes', 'u8x16', expression.codes],
        ['addend of a dot product', 'u32x4', expression.addend],
      ];
    case 'joined-dots':
      return [
        ['weights', 'u8x16', expression.weights],
        ['codes', 'u8x16', expression.codes],
        ['next weights', 'u8x16', expression.nextWeights],
        ['next codes', 'u8x16', expression.nextCodes],
        ['addend of joined dot products', 'u32x4', expression.addend],
      ];
    case 'dot-pairs':
      return [
        ['left of a dot product', 'i16x8', expression.left],
        ['right of a dot product', 'i16x8', expression.right],
        ['addend of a dot product', 'u32x4', expression.addend],
      ];
    case 'narrow-bytes':
      return expression.parts.map((part) => ['part', 'u32x4', part]);
    case 'interleave':
      return [expression.left, expression.right].map((part) => [
        'operand of interleave',
        interleavedType(expression.of),
        part,
      ]);
    case 'swizzle':
      return [expression.table, expression.indices].map((part) => ['operand of swizzle', 'u8x16', part]);
    default:
      return expression satisfies never;
  }
}

/** The lanes of vectors that are interleaved so, and of a unit. */
export const interleavings: Readonly<Record<Interleaving, { readonly lanes: 4 | 16; readonly unit: 1 | 2 }>> = {
  low_bytes: { lanes: 16, unit: 1 },
  high_bytes: { lanes: 16, unit: 1 },
  low_pairs: { lanes: 16, unit: 2 },
  high_pairs: { lanes: 16, unit: 2 },
  low_lanes: { lanes: 4, unit: 1 },
  high_lanes: { lanes: 4, unit: 1 },
  low_halves: { lanes: 4, unit: 2 },
  high_halves: { lanes: 4, unit: 2 },
};

/** The type of vectors that are interleaved so, and of the result. */
export const interleavedType = (of: Interleaving): 'u8x16' | 'f32x4' =>
  interleavings[of].lanes === 4 ? 'f32x4' : 'u8x16';

export const signatures: Readonly<Record<string, readonly [Type, Type]>> = {
  promote: ['f32', 'f64'],
  demote: ['f64', 'f32'],
  convert: ['i32', 'f64'],
  truncate: ['f64', 'i32'],
  pow2: ['i32', 'f64'],
  exponent: ['f64', 'i32'],
  splat: ['f32', 'f32x4'],
  pow2_lanes: ['f32x4', 'f32x4'],
  pow2_of_sum: ['f32x4', 'f32x4'],
  exponent_lanes: ['f32x4', 'f32x4'],
  sum_lanes: ['f32x4', 'f32'],
  max_lanes: ['f32x4', 'f32'],
  i32_to_u32: ['i32', 'u32'],
  u32_to_i32: ['u32', 'i32'],
  u32_to_f32: ['u32', 'f32'],
  u32x4_to_f32x4: ['u32x4', 'f32x4'],
  u32_to_f64: ['u32', 'f64'],
  f64_to_u32: ['f64', 'u32'],
  splat_u32: ['u32', 'u32x4'],
  splat_u8: ['u32', 'u8x16'],
  signed_to_f32x4: ['u32x4', 'f32x4'],
  f32x4_bits: ['f32x4', 'u32x4'],
  u8x16_to_u32x4: ['u8x16', 'u32x4'],
  u8x16_to_i16x8: ['u8x16', 'i16x8'],
  u32x4_to_u8x16: ['u32x4', 'u8x16'],
  i16x8_to_u8x16: ['i16x8', 'u8x16'],
  widen_low: ['u8x16', 'i16x8'],
  widen_high: ['u8x16', 'i16x8'],
};

export const bitwise: ReadonlySet<BinaryOperation> = new Set(['and', 'or', 'xor'] as const);
export const unsignedOperations: ReadonlySet<BinaryOperation> = new Set([...bitwise, 'add', 'sub', 'mul'] as const);

/** What `pow2_lanes` adds to k: the last bits of the sum are k + 127. */
export const pow2Summand = 12_582_912 + 127;
