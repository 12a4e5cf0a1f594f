// What operations compute that only vectors of bytes and of 16 bits have, and what their bits are as other types.

import type { Interleaving, NarrowExpression, UnaryOperation } from './ir.ts';
import { interleavings } from './signatures.ts';

/** The lanes of a vector. */
export type Lanes = Float32Array | Uint32Array | Int16Array | Uint8Array;

/** Writes to `to` what the expression gives for its operands, which come in the order in which they are computed. */
export function narrowed(expression: NarrowExpression, to: Lanes): (operands: readonly Lanes[]) => void {
  switch (expression.kind) {
    case 'dot-bytes':
      return ([weights, codes, addend]) => dotBytes(weights!, codes!, addend!, to);
    case 'joined-dots':
      return ([weights, codes, nextWeights, nextCodes, addend]) => {
        fits16Bits([weights!, nextWeights!], [codes!, nextCodes!]);
        dotBytes(weights!, codes!, addend!, to);
        dotBytes(nextWeights!, nextCodes!, to, to);
      };
    case 'dot-pairs':
      return ([left, right, addend]) => dotPairs(left!, right!, addend!, to);
    case 'narrow-bytes':
      return (parts) => narrowBytes(parts, to);
    case 'interleave': {
      const places = interleavedLanes(expression.of);
      const count = places.length;
      return ([left, right]) =>
        places.forEach((at, lane) => (to[lane] = at < count ? left![at]! : right![at - count]!));
    }
    case 'swizzle':
      return ([table, indices]) => indices!.forEach((index, lane) => (to[lane] = table![index] ?? 0));
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

/** The same bits, or half of the bytes as 16 bits each: written to `to`, by way of an array like the operand's. */
export function reinterpretation(operation: Reinterpretation, from: Lanes, to: Lanes): (lanes: Lanes) => Lanes {
  switch (operation) {
    case 'f32x4_bits':
    case 'u8x16_to_u32x4':
    case 'u8x16_to_i16x8':
    case 'u32x4_to_u8x16':
    case 'i16x8_to_u8x16': {
      const [read, written] = [new Uint8Array(from.buffer), new Uint8Array(to.buffer)];
      return (lanes) => {
        from.set(lanes);
        written.set(read);
        return to;
      };
    }
    case 'widen_low':
    case 'widen_high': {
      const first = operation === 'widen_low' ? 0 : 8;
      return (lanes) => {
        for (let lane = 0; lane < 8; lane += 1) to[lane] = lanes[first + lane]!;
        return to;
      };
    }
    default:
      return operation satisfies never;
  }
}

/** addend[j] + Σ codes[4j + i] · weights[4j + i], modulo 2^32; of the bytes, only the weights have signs. */
function dotBytes(weights: Lanes, codes: Lanes, addend: Lanes, to: Lanes): void {
  for (let lane = 0; lane < 4; lane += 1) {
    let sum = addend[lane]!;
    for (let at = 4 * lane; at < 4 * lane + 4; at += 1) sum += codes[at]! * ((weights[at]! << 24) >> 24);
    to[lane] = sum;
  }
}

/** Throws where the products at two bytes, of all vectors together, do not fit 16 bits: hosts add them there. */
function fits16Bits(weights: readonly Lanes[], codes: readonly Lanes[]): void {
  for (let at = 0; at < 16; at += 2) {
    let sum = 0;
    weights.forEach((bytes, i) => {
      for (const byte of [at, at + 1]) sum += codes[i]![byte]! * ((bytes[byte]! << 24) >> 24);
    });
    if ((sum << 16) >> 16 !== sum)
      throw new RangeError(`joined dot products add up to ${sum}, which is more than 16 bits`);
  }
}

/** addend[j] + left[2j] · right[2j] + left[2j + 1] · right[2j + 1], modulo 2^32. */
function dotPairs(left: Lanes, right: Lanes, addend: Lanes, to: Lanes): void {
  for (let lane = 0; lane < 4; lane += 1) {
    const at = 2 * lane;
    to[lane] = addend[lane]! + left[at]! * right[at]! + left[at + 1]! * right[at + 1]!;
  }
}

/** The lowest byte of each lane, vector after vector. */
function narrowBytes(parts: readonly Lanes[], to: Lanes): void {
  parts.forEach((part, at) => {
    for (let lane = 0; lane < 4; lane += 1) to[4 * at + lane] = part[lane]!;
  });
}

/** Which lanes of two vectors, numbered through, the result has: of four f32, 0 to 7; of bytes, 0 to 31. */
export function interleavedLanes(of: Interleaving): readonly number[] {
  const { lanes, unit } = interleavings[of];
  const first = of.startsWith('high') ? lanes / 2 : 0;
  return Array.from({ length: lanes }, (_, at) => {
    const number = Math.floor(at / unit);
    return lanes * (number % 2) + first + Math.floor(number / 2) * unit + (at % unit);
  });
}
