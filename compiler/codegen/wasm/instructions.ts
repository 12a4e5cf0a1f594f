// The WebAssembly instructions that are emitted: their codes, and what follows a code (WebAssembly Core Specification 3.0,
// section 5.4).

/** What follows the code of an instruction. */
type Immediate =
  | 'i32'
  | 'i64'
  | 'f32'
  | 'f64'
  /** Four f32, the same. */
  | 'lanes'
  /** Four bytes of an i32x4. */
  | 'word'
  | 'local'
  | 'function'
  | 'label'
  /** The alignment is the instruction's own; the offset is given. */
  | 'memory'
  | 'lane'
  /** Sixteen numbers of lanes. */
  | 'shuffle'
  /** Blocks take and leave nothing. */
  | 'none-block';

export interface Encoding {
  readonly code: readonly number[];
  readonly immediates: readonly Immediate[];
  /** log2 of the bytes that a memory instruction is aligned to at most. */
  readonly align?: number;
}

const plain = (...code: number[]): Encoding => ({ code, immediates: [] });
const wide = (code: number, ...immediates: Immediate[]): Encoding => ({ code: [0xfd, ...unsigned(code)], immediates });
const memory = (code: readonly number[], align: number, ...more: Immediate[]): Encoding => ({
  code,
  immediates: ['memory', ...more],
  align,
});
const vectorMemory = (code: number, align: number, ...more: Immediate[]): Encoding =>
  memory([0xfd, ...unsigned(code)], align, ...more);

/** LEB128. */
export function unsigned(value: number): readonly number[] {
  const bytes: number[] = [];
  appendUnsigned(value, bytes);
  return bytes;
}

/** Appends it in LEB128. */
export function appendUnsigned(value: number, to: number[]): void {
  let rest = value;
  do {
    const byte = rest % 128;
    rest = Math.floor(rest / 128);
    to.push(rest > 0 ? byte | 0x80 : byte);
  } while (rest > 0);
}

/** Appends a signed whole number, exact up to 2^53, in LEB128. */
export function appendSigned(value: number, to: number[]): void {
  let rest = value;
  for (;;) {
    const byte = ((rest % 128) + 128) % 128;
    rest = Math.floor(rest / 128);
    const done = (rest === 0 && byte < 64) || (rest === -1 && byte >= 64);
    to.push(done ? byte : byte | 0x80);
    if (done) return;
  }
}

/** LEB128 of a signed whole number. */
export function signed(value: number): readonly number[] {
  const bytes: number[] = [];
  appendSigned(value, bytes);
  return bytes;
}

/** LEB128 of the 32 bits of a whole number: addresses from 2^31 on are negative ones to the format. */
export const signed32 = (value: number): readonly number[] => signed(value | 0);

export const encodings = {
  unreachable: plain(0x00),
  nop: plain(0x01),
  block: { code: [0x02], immediates: ['none-block'] },
  loop: { code: [0x03], immediates: ['none-block'] },
  if: { code: [0x04], immediates: ['none-block'] },
  else: plain(0x05),
  end: plain(0x0b),
  br: { code: [0x0c], immediates: ['label'] },
  br_if: { code: [0x0d], immediates: ['label'] },
  return: plain(0x0f),
  call: { code: [0x10], immediates: ['function'] },
  drop: plain(0x1a),
  select: plain(0x1b),
  'select v128': plain(0x1c, 0x01, 0x7b),
  'local.get': { code: [0x20], immediates: ['local'] },
  'local.set': { code: [0x21], immediates: ['local'] },
  'local.tee': { code: [0x22], immediates: ['local'] },
  'i32.load': memory([0x28], 2),
  'f32.load': memory([0x2a], 2),
  'f64.load': memory([0x2b], 3),
  'i32.load8_s': memory([0x2c], 0),
  'i32.load8_u': memory([0x2d], 0),
  'i32.load16_u': memory([0x2f], 1),
  'i32.store': memory([0x36], 2),
  'f32.store': memory([0x38], 2),
  'i32.store8': memory([0x3a], 0),
  'i32.store16': memory([0x3b], 1),
  'i32.const': { code: [0x41], immediates: ['i32'] },
  'i64.const': { code: [0x42], immediates: ['i64'] },
  'f32.const': { code: [0x43], immediates: ['f32'] },
  'f64.const': { code: [0x44], immediates: ['f64'] },
  'i32.eqz': plain(0x45),
  'i32.eq': plain(0x46),
  'i32.ne': plain(0x47),
  'i32.lt_s': plain(0x48),
  'i32.lt_u': plain(0x49),
  'i32.le_s': plain(0x4c),
  'i32.le_u': plain(0x4d),
  'i32.ge_s': plain(0x4e),
  'f32.eq': plain(0x5b),
  'f32.lt': plain(0x5d),
  'f32.le': plain(0x5f),
  'f64.eq': plain(0x61),
  'f64.lt': plain(0x63),
  'f64.le': plain(0x65),
  'i32.add': plain(0x6a),
  'i32.sub': plain(0x6b),
  'i32.mul': plain(0x6c),
  'i32.div_u': plain(0x6e),
  'i32.rem_u': plain(0x70),
  'i32.and': plain(0x71),
  'i32.or': plain(0x72),
  'i32.xor': plain(0x73),
  'i32.shl': plain(0x74),
  'i32.shr_u': plain(0x76),
  'f32.abs': plain(0x8b),
  'f32.neg': plain(0x8c),
  'f32.floor': plain(0x8e),
  'f32.sqrt': plain(0x91),
  'f32.add': plain(0x92),
  'f32.sub': plain(0x93),
  'f32.mul': plain(0x94),
  'f32.div': plain(0x95),
  'f32.min': plain(0x96),
  'f32.max': plain(0x97),
  'f64.abs': plain(0x99),
  'f64.neg': plain(0x9a),
  'f64.floor': plain(0x9c),
  'f64.sqrt': plain(0x9f),
  'f64.add': plain(0xa0),
  'f64.sub': plain(0xa1),
  'f64.mul': plain(0xa2),
  'f64.div': plain(0xa3),
  'f64.min': plain(0xa4),
  'f64.max': plain(0xa5),
  'f32.convert_i32_u': plain(0xb3),
  'f32.demote_f64': plain(0xb6),
  'f64.convert_i32_s': plain(0xb7),
  'f64.convert_i32_u': plain(0xb8),
  'f64.promote_f32': plain(0xbb),
  'i32.trunc_sat_f64_s': plain(0xfc, 0x02),
  'i32.trunc_sat_f64_u': plain(0xfc, 0x03),
  'v128.load': vectorMemory(0, 4),
  'v128.load16x4_u': vectorMemory(4, 3),
  'v128.load32_splat': vectorMemory(9, 2),
  'v128.store': vectorMemory(11, 4),
  'v128.const i8x16': wide(12, 'shuffle'),
  'v128.const': wide(12, 'lanes'),
  'v128.const i32x4': wide(12, 'word', 'word', 'word', 'word'),
  'i8x16.shuffle': wide(13, 'shuffle'),
  'i8x16.swizzle': wide(14),
  'i8x16.splat': wide(15),
  'i32x4.splat': wide(17),
  'i64x2.splat': wide(18),
  'f32x4.splat': wide(19),
  'i32x4.extract_lane': wide(27, 'lane'),
  'i64x2.extract_lane': wide(29, 'lane'),
  'i64x2.replace_lane': wide(30, 'lane'),
  'f32x4.extract_lane': wide(31, 'lane'),
  'i32x4.eq': wide(55),
  'i32x4.lt_u': wide(58),
  'i32x4.le_u': wide(62),
  'f32x4.eq': wide(65),
  'f32x4.lt': wide(67),
  'f32x4.le': wide(69),
  'v128.and': wide(78),
  'v128.or': wide(80),
  'v128.xor': wide(81),
  'v128.bitselect': wide(82),
  'v128.load8_lane': vectorMemory(84, 0, 'lane'),
  'v128.load16_lane': vectorMemory(85, 1, 'lane'),
  'v128.load32_lane': vectorMemory(86, 2, 'lane'),
  'v128.store8_lane': vectorMemory(88, 0, 'lane'),
  'v128.store16_lane': vectorMemory(89, 1, 'lane'),
  'v128.store32_lane': vectorMemory(90, 2, 'lane'),
  'v128.store64_lane': vectorMemory(91, 3, 'lane'),
  'v128.load32_zero': vectorMemory(92, 2),
  'v128.load64_zero': vectorMemory(93, 3),
  'i8x16.narrow_i16x8_u': wide(102),
  'f32x4.floor': wide(104),
  'i8x16.sub': wide(113),
  'i8x16.max_u': wide(121),
  'i32x4.extadd_pairwise_i16x8_s': wide(126),
  'i16x8.narrow_i32x4_s': wide(133),
  'i16x8.narrow_i32x4_u': wide(134),
  'i16x8.extend_low_i8x16_u': wide(137),
  'i16x8.shl': wide(139),
  'i16x8.extend_high_i8x16_u': wide(138),
  'i16x8.shr_s': wide(140),
  'i16x8.add': wide(142),
  'i16x8.sub': wide(145),
  'i32x4.extend_low_i16x8_u': wide(169),
  'i32x4.shl': wide(171),
  'i32x4.shr_u': wide(173),
  'i32x4.add': wide(174),
  'i32x4.sub': wide(177),
  'i32x4.mul': wide(181),
  'i32x4.max_u': wide(185),
  'i32x4.dot_i16x8_s': wide(186),
  'f32x4.abs': wide(224),
  'f32x4.neg': wide(225),
  'f32x4.sqrt': wide(227),
  'f32x4.add': wide(228),
  'f32x4.sub': wide(229),
  'f32x4.mul': wide(230),
  'f32x4.div': wide(231),
  'f32x4.min': wide(232),
  'f32x4.max': wide(233),
  'f32x4.pmin': wide(234),
  'f32x4.pmax': wide(235),
  'i32x4.trunc_sat_f32x4_s': wide(248),
  'f32x4.convert_i32x4_s': wide(250),
  'f32x4.convert_i32x4_u': wide(251),
  'f32x4.relaxed_madd': wide(0x105),
  'i16x8.relaxed_dot_i8x16_i7x16_s': wide(0x112),
  'i32x4.relaxed_dot_i8x16_i7x16_add_s': wide(0x113),
  'memory.atomic.notify': memory([0xfe, 0x00], 2),
  'memory.atomic.wait32': memory([0xfe, 0x01], 2),
  'i32.atomic.load': memory([0xfe, 0x10], 2),
  'i32.atomic.store': memory([0xfe, 0x17], 2),
  'i32.atomic.rmw.add': memory([0xfe, 0x1e], 2),
} as const satisfies Readonly<Record<string, Encoding>>;

export type Operation = keyof typeof encodings;

/** An instruction, and what follows its code; functions and locals by index, labels by depth. */
export interface Instruction {
  readonly operation: Operation;
  readonly immediates: readonly number[];
}

/** An instruction with its immediates, in the order of its encoding. */
export const instruction = (operation: Operation, ...immediates: number[]): Instruction => ({ operation, immediates });

/** What is dropped to mark a dot product, plus the number of a local: a constant of three bytes; see runtime/dots.ts. */
export const firstMark = 42 << 14;

/** Whether `drop` of this constant marks a dot product. */
export const isMark = (constant: number): boolean => constant >> 14 === 42;
