// The unary operations as instructions, on the operand that was pushed last.

import type { Expression } from '../../kernel/ir.ts';
import { pow2Summand } from '../../kernel/signatures.ts';
import { conversions, isConversion } from './integers.ts';
import type { Writer } from './writer.ts';
import { lanesOf, put } from './writer.ts';

type Unary = Extract<Expression, { kind: 'unary' }>;

/** Replaces the operand that was pushed last by the result; `type` is that of the result. */
export function applyUnary(w: Writer, operation: Unary['operation'], type: Unary['type']): void {
  if (isConversion(operation)) return conversions[operation].forEach((one) => put(w, one));
  switch (operation) {
    case 'neg':
    case 'abs':
    case 'sqrt':
    case 'floor':
      return put(w, `${type as 'f32' | 'f64' | 'f32x4'}.${operation}`);
    case 'pow2_lanes':
      // The sum's last bits are k + 127: shifted, the exponent of 2^k.
      lanesOf(w, pow2Summand);
      put(w, 'f32x4.add');
      return applyUnary(w, 'pow2_of_sum', type);
    case 'pow2_of_sum':
      put(w, 'i32.const', 23);
      return put(w, 'i32x4.shl');
    case 'exponent_lanes':
      put(w, 'i32.const', 23);
      put(w, 'i32x4.shr_u');
      put(w, 'i32.const', 127);
      put(w, 'i32x4.splat');
      put(w, 'i32x4.sub');
      return put(w, 'f32x4.convert_i32x4_s');
    case 'sum_lanes':
      return reduceLanes(w, 'f32.add');
    case 'max_lanes':
      return reduceLanes(w, 'f32.max');
    case 'pow2':
    case 'exponent':
      throw new TypeError(`WebAssembly kernels have no f64 functions: ${operation}`);
    default:
      operation satisfies never;
  }
}

/** Combines lanes 0 and 2, lanes 1 and 3, and both results. */
function reduceLanes(w: Writer, combine: 'f32.add' | 'f32.max'): void {
  const held = w.declare({ name: 'reduced', type: 'f32x4' });
  put(w, 'local.set', held);
  const pairs = [
    [0, 2],
    [1, 3],
  ] as const;
  for (const pair of pairs) {
    for (const lane of pair) {
      put(w, 'local.get', held);
      put(w, 'f32x4.extract_lane', lane);
    }
    put(w, combine);
  }
  put(w, combine);
}
