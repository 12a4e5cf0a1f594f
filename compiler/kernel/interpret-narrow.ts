// What operations compute that only vectors of bytes and of 16 bits have, and what their bits are as other types.

import type { Interleaving, NarrowExpression, UnaryOperation } from './ir.ts';

/** The lanes of a vector. */
export type Lanes = Float32Array | Uint32Array | Int16Array | Uint8Array;

/** `operands` in the order in which they are computed. */
export function ofNarrow(expression: NarrowExpression, operands: readonly Lanes[]): Lanes {
  switch (expression.kind) {
    case 'dot-bytes':
      return dotBytes(...(operands as [Uint8Array, Uint8Array, Uint32Array]));
    case 'dot-pairs':
      return dotPairs(...(operands as [Int16Array, Int16Array, Uint32Array]));
    case 'narrow-bytes':
      return narrowBytes(operands as readonly Uint32Array[]);
    case 'interleave':
      return interleaveBytes(expression.of, operands as readonly Uint8Array[]);
    case 'swizzle':
      return operands[1]!.map((index) => operands[0]![index] ?? 0);
    default:
      return expression satisfies never;
  }
}

const reinterpretations = [
  'f32x4_bits',
  'u8x16_to_u32x4',
  'u8x16_to_i16x8',
  'u32x4_to_u8x16',
  'i16x8_to_u8x16',
  'widen_low',
  'widen_high',
] as const satisfies readonly UnaryOperation[];

export type Reinterpretation = (typeof reinterpretations)[number];

/** Whether an operation keeps the bits, or widens half of the bytes. */
export const reinterprets = (operation: UnaryOperation): operation is Reinterpretation =>
  reinterpretations.includes(operation as Reinterpretation);

/** The same bits, or half of the bytes as 16 bits each. */
export function reinterpreted(operation: Reinterpretation, lanes: Lanes): Lanes {
  const { buffer } = lanes.slice();
  switch (operation) {
    case 'f32x4_bits':
    case 'u8x16_to_u32x4':
      return new Uint32Array(buffer);
    case 'u8x16_to_i16x8':
      return new Int16Array(buffer);
    case 'u32x4_to_u8x16':
    case 'i16x8_to_u8x16':
      return new Uint8Array(buffer);
    case 'widen_low':
      return Int16Array.from(lanes.subarray(0, 8));
    case 'widen_high':
      return Int16Array.from(lanes.subarray(8));
    default:
      return operation satisfies never;
  }
}

/** addend[j] + Σ codes[4j + i] · weights[4j + i], modulo 2^32; of the bytes, only the weights have signs. */
function dotBytes(weights: Uint8Array, codes: Uint8Array, addend: Uint32Array): Uint32Array {
  const signed = new Int8Array(weights.buffer, weights.byteOffset, 16);
  return addend.map((sum, lane) =>
    [0, 1, 2, 3].reduce((total, at) => (total + codes[4 * lane + at]! * signed[4 * lane + at]!) >>> 0, sum),
  );
}

/** addend[j] + left[2j] · right[2j] + left[2j + 1] · right[2j + 1], modulo 2^32. */
const dotPairs = (left: Int16Array, right: Int16Array, addend: Uint32Array): Uint32Array =>
  addend.map((sum, lane) => sum + left[2 * lane]! * right[2 * lane]! + left[2 * lane + 1]! * right[2 * lane + 1]!);

/** The lowest byte of each lane, vector after vector. */
const narrowBytes = (parts: readonly Uint32Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

/** Which bytes of two vectors, 0 to 31, are interleaved. */
export function interleavedLanes(of: Interleaving): readonly number[] {
  const size = of.endsWith('pairs') ? 2 : 1;
  const first = of.startsWith('high') ? 8 : 0;
  return Array.from({ length: 16 }, (_, at) => {
    const unit = Math.floor(at / size);
    return 16 * (unit % 2) + first + Math.floor(unit / 2) * size + (at % size);
  });
}

function interleaveBytes(of: Interleaving, pair: readonly Uint8Array[]): Uint8Array {
  const all = pair.flatMap((one) => [...one]);
  return Uint8Array.from(interleavedLanes(of), (lane) => all[lane]!);
}
