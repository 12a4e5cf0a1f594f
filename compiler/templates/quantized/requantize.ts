// From sums to codes, in f32 after each operation: see ops/quantized/codes.ts for the definition. The nearest whole number, ties to even,
// is what is left of a number to which 1.5 · 2^23 was added, as far as 2^22; beyond that, the bounds decide alone.

import type { BlockBuilder } from '../../kernel/builder.ts';
import {
  add,
  fadd,
  fmul,
  fsub,
  lanes,
  lt,
  numberOf,
  pmax,
  pmin,
  promote,
  select,
  u32Lanes,
  unary,
  usub,
} from '../../kernel/builder.ts';
import type { Expression, Memory } from '../../kernel/ir.ts';
import type { Target } from '../target.ts';

/** 1.5 · 2^23, in whose neighbourhood f32 are whole, and its bits. */
const whole = 12_582_912;
const wholeBits = 0x4b40_0000;

export interface Requantizer {
  /** Vectors of f32 that become codes together. */
  readonly parts: 1 | 4;
  /** Codes of one f32, or of up to four vectors of them, in units of the codes' scale. */
  codes(units: readonly Expression[]): Expression;
}

/** A sum as f32: of f64, or of u32x4 that are read as signed. */
export const sumAsFloat = (sum: Expression): Expression =>
  unary(sum.type === 'f64' ? 'demote' : 'signed_to_f32x4', sum);

/** f32(sum) · multiplier */
export const scaledSum = (sum: Expression, multiplier: Expression): Expression => fmul(sumAsFloat(sum), multiplier);

/** An i32 in memory as f32, in every lane. */
export function wholeNumber(integers: Memory, index: Expression, k: BlockBuilder, target: Target): Expression {
  const value = unary('demote', unary('convert', k.load(integers, index)));
  return target.lanes === 4 ? unary('splat', value) : value;
}

/** Makes codes of the range (zero, low, high) that lies at `range`. */
export function requantizer(k: BlockBuilder, integers: Memory, range: Expression, target: Target): Requantizer {
  const [zero, low, high] = [0, 1, 2].map((at) => add(range, at)) as [Expression, Expression, Expression];
  if (target.lanes === 4) return onVectors(k, integers, [zero, low, high]);
  const bounds = [zero, low, high].map((at) => k.let('r', wholeNumber(integers, at, k, target)));
  const [z, least, most] = bounds as [Expression, Expression, Expression];
  return {
    parts: 1,
    codes([units]) {
      const number = numberOf('f32', whole);
      const shifted = k.let('q', fadd(fsub(fadd(units!, number), number), z));
      const raised = k.let('q', select(lt(least, shifted), shifted, least));
      return unary('f64_to_u32', promote(select(lt(raised, most), raised, most)));
    },
  };
}

/** The bounds are compared before the zero point is added, which changes nothing; the lowest bits then are the code. */
function onVectors(
  k: BlockBuilder,
  integers: Memory,
  [zero, low, high]: readonly [Expression, Expression, Expression],
): Requantizer {
  const z = k.let('zero', k.load(integers, zero));
  const bound = (at: Expression): Expression => {
    const apart = unary('demote', fsub(unary('convert', k.load(integers, at)), unary('convert', z)));
    return k.let('r', fadd(unary('splat', apart), lanes(whole)));
  };
  const [least, most] = [bound(low), bound(high)];
  const shift = k.let('shift', usub(u32Lanes(wholeBits), unary('splat_u32', unary('i32_to_u32', z))));
  const word = (units: Expression): Expression =>
    usub(unary('f32x4_bits', pmin(most, pmax(least, fadd(units, lanes(whole))))), shift);
  return {
    parts: 4,
    codes(units) {
      const words = units.map((one) => k.let('q', word(one)));
      const last = words.at(-1)!;
      const parts = [words[0]!, words[1] ?? last, words[2] ?? last, words[3] ?? last] as const;
      return { kind: 'narrow-bytes', type: 'u8x16', parts };
    },
  };
}
