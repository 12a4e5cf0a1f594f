// Operations on vectors of bytes and of 16 bits, and interleaving of all vectors. A dot product is written as the one instruction that relaxed SIMD has for it, with what lets a
// host that has none, or has it in several steps only, write it in another way: see runtime/dots.ts. All ways compute the same bits.

import { interleavedLanes } from '../../kernel/interpret-narrow.ts';
import type { Expression, Interleaving, NarrowExpression } from '../../kernel/ir.ts';
import { firstMark, isMark } from './instructions.ts';
import type { Writer } from './writer.ts';
import { put } from './writer.ts';

/** `push` pushes an operand. */
export function onBytes(w: Writer, expression: NarrowExpression, push: (operand: Expression) => void): void {
  switch (expression.kind) {
    case 'dot-bytes':
      push(expression.weights);
      push(expression.codes);
      return dot(w, () => push(expression.addend));
    case 'joined-dots': {
      const { codes, weights, nextCodes, nextWeights, addend } = expression;
      push(weights);
      push(codes);
      joinable(w);
      push(nextWeights);
      push(nextCodes);
      joinable(w);
      if (!w.options.plainDots) put(w, 'i16x8.add');
      put(w, w.options.plainDots ? 'i32x4.add' : 'i32x4.extadd_pairwise_i16x8_s');
      push(addend);
      return put(w, 'i32x4.add');
    }
    case 'dot-pairs':
      push(expression.left);
      push(expression.right);
      put(w, 'i32x4.dot_i16x8_s');
      push(expression.addend);
      return put(w, 'i32x4.add');
    case 'narrow-bytes':
      expression.parts.forEach((part, at) => {
        push(part);
        // Both are the same here. V8 joins what two alike are made of crosswise, whose operands do not follow one another.
        if (at % 2 === 1)
          put(w, at === 3 && expression.parts[2] !== part ? 'i16x8.narrow_i32x4_u' : 'i16x8.narrow_i32x4_s');
      });
      return put(w, 'i8x16.narrow_i16x8_u');
    case 'interleave':
      push(expression.left);
      push(expression.right);
      return put(w, 'i8x16.shuffle', ...interleavedBytes(expression.of));
    case 'swizzle':
      push(expression.table);
      push(expression.indices);
      return put(w, 'i8x16.swizzle');
    default:
      expression satisfies never;
  }
}

/** Of the weights and codes that were pushed last, and the addend. */
function dot(w: Writer, pushAddend: () => void): void {
  const spare = w.spareLocals();
  if (w.options.plainDots || !isMark(firstMark + spare)) {
    plainProducts(w, spare, spare + 1);
    pushAddend();
    return put(w, 'i32x4.add');
  }
  put(w, 'i32.const', firstMark + spare);
  put(w, 'drop');
  pushAddend();
  put(w, 'i32x4.relaxed_dot_i8x16_i7x16_add_s');
}

/** Of the weights and codes that were pushed last: sums of two products in 16 bits, or of four in 32 without relaxed SIMD. */
function joinable(w: Writer): void {
  if (!w.options.plainDots) return put(w, 'i16x8.relaxed_dot_i8x16_i7x16_s');
  const spare = w.spareLocals();
  plainProducts(w, spare, spare + 1);
}

/** 0, in a form that is rewritten as 1 where dot products are joined; nothing else is written so. */
export function joinsDots(w: Writer): void {
  put(w, 'i32.const', 0);
  if (w.options.plainDots) return;
  put(w, 'i32.const', 0);
  put(w, 'i32.or');
}

/** Which bytes of two vectors, 0 to 31, the result has. */
function interleavedBytes(of: Interleaving): readonly number[] {
  const places = interleavedLanes(of);
  const size = 16 / places.length;
  return places.flatMap((lane) => Array.from({ length: size }, (_, at) => lane * size + at));
}

/** Without relaxed SIMD: products of the bytes at even places, then of those at odd ones, as pairs of i16. */
function plainProducts(w: Writer, weights: number, codes: number): void {
  put(w, 'local.set', codes);
  put(w, 'local.set', weights);
  for (const isEven of [true, false]) {
    for (const bytes of [weights, codes]) {
      put(w, 'local.get', bytes);
      for (const operation of isEven ? (['i16x8.shl', 'i16x8.shr_s'] as const) : (['i16x8.shr_s'] as const)) {
        put(w, 'i32.const', 8);
        put(w, operation);
      }
    }
    put(w, 'i32x4.dot_i16x8_s');
  }
  put(w, 'i32x4.add');
}
