// The kernel IR: typed loop nests over flat memories. Templates build it, the interpreter defines what it means,
// printers translate it node by node and decide nothing.

/**
 * `f64` and `f32` are IEEE numbers, each operation rounded to its type; `i32` counts and indexes and never overflows; `u32` are
 * 32 bits: sums, differences and products wrap around.
 */
export type Scalar = 'f64' | 'f32' | 'i32' | 'u32';

/** Four lanes, of 16 bits eight, of bytes sixteen; every operation works lane by lane unless it says otherwise. */
export type VectorType = 'f32x4' | 'u32x4' | 'i16x8' | 'u8x16';

export type Type = Scalar | VectorType;

/** How many lanes of a vector a load fills or a store writes, from the first one on. */
export type LaneCount = 1 | 2 | 3 | 4;

/** How many of the bytes of a vector a store writes: 1 to 16. Loads fill all. */
export type ByteCount = number;

/**
 * Which halves of two vectors are interleaved, and in units of what. Of u8x16 one byte or two: a0 b0 a1 b1 …, or a0 a1 b0 b1 a2 a3 …; of f32x4
 * a lane or the whole half: a0 b0 a1 b1, or a0 a1 b0 b1.
 */
export type Interleaving =
  'low_bytes' | 'high_bytes' | 'low_pairs' | 'high_pairs' | 'low_lanes' | 'high_lanes' | 'low_halves' | 'high_halves';

export type UnaryOperation =
  | 'neg'
  | 'abs'
  | 'sqrt'
  | 'floor'
  /** f32 → f64, exact. */
  | 'promote'
  /** f64 → f32, to nearest even. */
  | 'demote'
  /** i32 → f64, exact. */
  | 'convert'
  /** f64 → i32, toward zero; NaN gives 0. */
  | 'truncate'
  /** i32 k → f64 2^k, for −1022 ≤ k ≤ 1023; −1023 gives 0. */
  | 'pow2'
  /** f64 x > 0, normal → i32 ⌊log2 x⌋. */
  | 'exponent'
  /** f32 → f32x4, the same in every lane. */
  | 'splat'
  /** f32x4 whole k → f32x4 2^k, for −126 ≤ k ≤ 127; −127 gives 0, and 128 ∞. */
  | 'pow2_lanes'
  /** The same of k + 12,583,039, which is what a number becomes that is rounded by this sum. */
  | 'pow2_of_sum'
  /** f32x4 x > 0, normal → f32x4 ⌊log2 x⌋. */
  | 'exponent_lanes'
  /** f32x4 → f32, (0 + 2) + (1 + 3). */
  | 'sum_lanes'
  /** f32x4 → f32. */
  | 'max_lanes'
  /** The same bits. */
  | 'i32_to_u32'
  | 'u32_to_i32'
  /** To nearest even: exact below 2^24. */
  | 'u32_to_f32'
  | 'u32x4_to_f32x4'
  /** Exact. */
  | 'u32_to_f64'
  /** −1 < x < 2^32, toward zero; NaN gives 0. */
  | 'f64_to_u32'
  /** u32 → u32x4, the same in every lane. */
  | 'splat_u32'
  /** The lowest byte of a u32 → u8x16, the same in every lane. */
  | 'splat_u8'
  /** u32x4 read as signed → f32x4, to nearest even. */
  | 'signed_to_f32x4'
  /** The same bits as another type. */
  | 'f32x4_bits'
  | 'u8x16_to_u32x4'
  | 'u8x16_to_i16x8'
  | 'u32x4_to_u8x16'
  | 'i16x8_to_u8x16'
  /** The first or the last eight bytes of u8x16 → i16x8. */
  | 'widen_low'
  | 'widen_high';

/**
 * `div` and `rem` on i32 are of non-negative operands; `min` and `max` return NaN where an operand is NaN and order −0 < +0.
 * On f32x4 only: `pmin` is right < left ? right : left, `pmax` is left < right ? right : left, which u8x16 has, too, and `sub` and `or`, and nothing else;
 * `umax` is the one whose bits are the larger u32.
 * `and` has the bits that both have: on f32x4, u32 and u32x4, which have `or`, `xor`, `add`, `sub` and `mul`, too, and no others. i16x8 have
 * `add` and `sub`, modulo 2^16.
 */
export type BinaryOperation =
  'add' | 'sub' | 'mul' | 'div' | 'rem' | 'min' | 'max' | 'pmin' | 'pmax' | 'umax' | 'and' | 'or' | 'xor';

/** On u32 and u32x4, and `shl` on i16x8; zeros follow from either side. */
export type ShiftOperation = 'shl' | 'shr';

/** Of floats as IEEE 754 has it: false where an operand is NaN. */
export type Comparison = 'lt' | 'le' | 'eq';

export interface Variable {
  readonly name: string;
  readonly type: Type;
}

export type Expression =
  /** On vectors the value stands in every lane. */
  | { readonly kind: 'constant'; readonly type: Type; readonly value: number }
  /** 0, 1, 2, 3. */
  | { readonly kind: 'lane-numbers'; readonly type: 'u32x4' }
  | { readonly kind: 'variable'; readonly type: Type; readonly variable: Variable }
  | {
      readonly kind: 'load';
      readonly type: Type;
      readonly memory: Memory;
      readonly index: Expression;
      /** For a vector: how many consecutive elements are loaded; the other lanes are zeros. */
      readonly lanes: LaneCount | ByteCount;
    }
  /** Four bytes of u8 or i8 memory, four times over. */
  | { readonly kind: 'broadcast-bytes'; readonly type: 'u8x16'; readonly memory: Memory; readonly index: Expression }
  /**
   * u32x4: addend[j] + Σ codes[4j + i] · weights[4j + i] for i < 4, modulo 2^32. Codes are from 0 to 127 where their weight is not 0;
   * weights are read as signed.
   */
  | {
      readonly kind: 'dot-bytes';
      readonly type: 'u32x4';
      readonly codes: Expression;
      readonly weights: Expression;
      readonly addend: Expression;
    }
  /**
   * u32x4: a dot product of bytes, and another one of the next codes and weights. Of both, what is added at the same two bytes, which are
   * four products, fits 16 bits.
   */
  | {
      readonly kind: 'joined-dots';
      readonly type: 'u32x4';
      readonly codes: Expression;
      readonly weights: Expression;
      readonly nextCodes: Expression;
      readonly nextWeights: Expression;
      readonly addend: Expression;
    }
  /** 1 where `joined-dots` are faster than dot products one by one, which depends on the host; elsewhere 0. */
  | { readonly kind: 'joins-dots'; readonly type: 'i32' }
  /** u32x4: addend[j] + left[2j] · right[2j] + left[2j + 1] · right[2j + 1], modulo 2^32. */
  | {
      readonly kind: 'dot-pairs';
      readonly type: 'u32x4';
      readonly left: Expression;
      readonly right: Expression;
      readonly addend: Expression;
    }
  /** The lanes of four u32x4, all from 0 to 127, one vector after the other. */
  | {
      readonly kind: 'narrow-bytes';
      readonly type: 'u8x16';
      readonly parts: readonly [Expression, Expression, Expression, Expression];
    }
  | {
      readonly kind: 'interleave';
      readonly type: 'u8x16' | 'f32x4';
      readonly of: Interleaving;
      readonly left: Expression;
      readonly right: Expression;
    }
  /** The byte of the table for each index below 16; 0 for larger ones. */
  | { readonly kind: 'swizzle'; readonly type: 'u8x16'; readonly table: Expression; readonly indices: Expression }
  | { readonly kind: 'unary'; readonly type: Type; readonly operation: UnaryOperation; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly type: Type;
      readonly operation: BinaryOperation;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'shift';
      readonly type: 'u32' | 'u32x4' | 'i16x8';
      readonly operation: ShiftOperation;
      readonly operand: Expression;
      /** Bits, from 0 to 31. */
      readonly count: number;
    }
  /** left · right + addend on vectors: rounded twice, or, for a fused target, once where the host can. */
  | {
      readonly kind: 'madd';
      readonly type: 'f32x4';
      readonly left: Expression;
      readonly right: Expression;
      readonly addend: Expression;
    }
  /** Where the condition compares vectors, it chooses lane by lane. */
  | {
      readonly kind: 'select';
      readonly type: Type;
      readonly condition: Condition;
      readonly then: Expression;
      readonly otherwise: Expression;
    }
  | { readonly kind: 'call'; readonly type: Type; readonly function: KernelFunction; readonly argument: Expression };

/** What only vectors of bytes and of 16 bits have, but for `interleave`. */
export type NarrowExpression = Extract<
  Expression,
  { kind: 'dot-bytes' | 'joined-dots' | 'dot-pairs' | 'narrow-bytes' | 'interleave' | 'swizzle' }
>;

/** A pure function of one number, emitted once per module: `exp`, `sigmoid`. */
export interface KernelFunction {
  readonly name: string;
  readonly parameter: Variable;
  /** `let`s only. */
  readonly body: readonly Statement[];
  readonly result: Expression;
}

export type Condition =
  | { readonly kind: 'compare'; readonly comparison: Comparison; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'and'; readonly left: Condition; readonly right: Condition };

export type Statement =
  | { readonly kind: 'let'; readonly variable: Variable; readonly value: Expression; readonly mutable: boolean }
  | { readonly kind: 'set'; readonly variable: Variable; readonly value: Expression }
  | {
      readonly kind: 'store';
      readonly memory: Memory;
      readonly index: Expression;
      readonly value: Expression;
      /** For a vector: how many of its lanes are stored, to consecutive elements. */
      readonly lanes: LaneCount | ByteCount;
    }
  | {
      readonly kind: 'for';
      readonly variable: Variable;
      readonly from: Expression;
      /** Exclusive. */
      readonly to: Expression;
      readonly step: number;
      /**
       * `parallel`: iterations write different places and read none of them; scratch memory is private to an iteration.
       * Threads share the iterations of one parallel loop; loops around it run in all of them.
       */
      readonly mode: 'serial' | 'parallel';
      readonly body: readonly Statement[];
    }
  | {
      readonly kind: 'if';
      readonly condition: Condition;
      readonly then: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  /** Brings an element nearer, with the cache line in which it lies: it must exist, and nothing is computed with it. */
  | { readonly kind: 'prefetch'; readonly memory: Memory; readonly index: Expression }
  /** Between two parallel loops: what the first wrote may be read by any iteration of the second. */
  | { readonly kind: 'barrier' }
  | { readonly kind: 'comment'; readonly text: string };

/** A flat array a kernel reads or writes; bound to a typed array when it is called. */
export interface Memory {
  readonly name: string;
  /**
   * `bf16`: the upper halves of f32 numbers, read as vectors; an f32 is rounded to nearest even when it is stored.
   * `u8` and `u16` are read as u32 and store the lower bits of one; `i32` is read and stored as i32. All three as u32x4, too. `i8` is
   * read as i32 and stores the lower bits of one; it and `u8` also hold u8x16.
   */
  readonly type: 'f32' | 'f64' | 'bf16' | 'u8' | 'u16' | 'i8' | 'i32';
}

export interface Kernel {
  /** Says type, operation and geometry: `conv_3x3_s1_64x56x56_128`; unique within a program. */
  readonly name: string;
  /** One line for the reader of the emitted code. */
  readonly summary: string;
  readonly memories: readonly Memory[];
  /** i32 parameters: offsets in elements, and the number of images. */
  readonly parameters: readonly Variable[];
  readonly body: readonly Statement[];
}
