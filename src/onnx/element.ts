// Types of the elements of a file's tensors, and what each of them holds of a number: floats are rounded to the nearest, to even where two
// are as near; integers wrap around as those of two's complement do.

/** What elements are, as far as the importer cares: integers are shapes and indices. */
export type Kind = 'float' | 'int' | 'bool';

/** As messages and TensorProto.DataType call them. */
export type ElementType = keyof typeof kinds;

/** Types of codes. */
export type Bytes = 'int8' | 'uint8';

const kinds = {
  float: 'float',
  double: 'float',
  float16: 'float',
  bfloat16: 'float',
  int64: 'int',
  uint64: 'int',
  int32: 'int',
  uint32: 'int',
  int16: 'int',
  uint16: 'int',
  int8: 'int',
  uint8: 'int',
  int4: 'int',
  uint4: 'int',
  bool: 'bool',
} as const satisfies Record<string, Kind>;

type IntegerType = { [Type in ElementType]: (typeof kinds)[Type] extends 'int' ? Type : never }[ElementType];

const signed = (bits: number) => ({ bits, least: -(2 ** (bits - 1)), most: 2 ** (bits - 1) });
const unsigned = (bits: number) => ({ bits, least: 0, most: 2 ** bits });

/** From the least one to that above the largest. */
const integers = {
  int64: signed(64),
  uint64: unsigned(64),
  int32: signed(32),
  uint32: unsigned(32),
  int16: signed(16),
  uint16: unsigned(16),
  int8: signed(8),
  uint8: unsigned(8),
  int4: signed(4),
  uint4: unsigned(4),
} as const satisfies Record<IntegerType, unknown>;

/** What elements of the type are. */
export const kindOf = (type: ElementType): Kind => kinds[type];

/** The type, if it is one of codes. */
export const bytesOf = (type: ElementType): Bytes | undefined =>
  type === 'int8' || type === 'uint8' ? type : undefined;

/** Whether f32 holds all numbers of the type. */
export const isSingle = (type: ElementType): boolean => kinds[type] === 'float' && type !== 'double';

/** Cut towards zero, which has no sign among integers. */
export const whole = (value: number): number => Math.trunc(value) + 0;

/** What a tensor of the type holds of the result of arithmetic on its elements. */
export function held(type: ElementType, value: number): number {
  switch (type) {
    case 'float':
      return Math.fround(value);
    case 'float16':
      return rounded(Math.fround(value), 11, -14, 65504);
    case 'bfloat16':
      return rounded(Math.fround(value), 8, -126, (2 - 2 ** -7) * 2 ** 127);
    case 'double':
      return value;
    case 'bool':
      return Number(value !== 0);
    default:
      return wrapped(type, whole(value));
  }
}

/**
 * What onnxruntime makes of an element where it changes its type. ONNX does not say what becomes of a float that no integer of the type
 * is near; there it is what processors of x86-64 give, which compute in 32 bits for shorter ones: the least of their integers, but 0
 * above those that have no sign.
 */
export function cast(from: ElementType, to: ElementType, value: number): number {
  if (kinds[from] !== 'float' || !isInteger(to)) return held(to, value);
  const limit = integers[to].bits === 64 ? 2 ** 63 : 2 ** 31;
  const most = to === 'uint32' || to === 'uint64' ? 2 * limit : limit;
  const cut = whole(value);
  if (cut >= most && most > limit) return 0;
  return wrapped(to, cut >= -limit && cut < most ? cut : -limit);
}

const isInteger = (type: ElementType): type is IntegerType => kinds[type] === 'int';

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);
/** Powers of 2 from 2^-160 on, which the sums below cut off the digits with. */
const powers = Float64Array.from({ length: 300 }, (_, at) => 1.5 * 2 ** (at - 160 + 52));

/** An f32 number to the nearest of so many binary digits, ties to even, which f64 does where the last digit it keeps is that one. */
function rounded(value: number, digits: number, leastExponent: number, most: number): number {
  if (value === 0 || !Number.isFinite(value)) return value;
  single[0] = value;
  const exponent = Math.max(((singleBits[0]! >>> 23) & 0xff) - 127, leastExponent);
  const large = powers[exponent - digits + 1 + 160]!;
  const result = value + large - large;
  if (Math.abs(result) > most) return value < 0 ? -Infinity : Infinity;
  return result === 0 && value < 0 ? -0 : result;
}

/** The integer of the type that has the same lowest bits. 2^63 is the largest of int64, which f64 rounds up. */
function wrapped(type: IntegerType, value: number): number {
  const { bits, least, most } = integers[type];
  if ((value >= least && value < most) || !Number.isFinite(value) || (bits === 64 && value === most)) return value;
  const exact = BigInt(value) - (value === 2 ** 63 ? 1n : 0n);
  return Number(least < 0 ? BigInt.asIntN(bits, exact) : BigInt.asUintN(bits, exact));
}
