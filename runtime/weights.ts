// The tensors of a network, as its caller gives them by name or from a safetensors file: an 8-byte header length, a JSON header,
// then the data. Weights that are stored in fewer bytes become f32 here; src/weights/stored.ts writes such files.

import type { TensorSpec } from './abi.ts';
import { fileKind } from './magic.ts';
import { elementsOf } from './tensors.ts';
import { classOf, described, isFloats, loadOptions } from './values.ts';

/**
 * What `readWeights` takes, also of a Blob, File or Response, or of a promise of these, whose rejection is its own. Throws as `bytesOf`,
 * and RangeError for a Response that is an error.
 */
export async function loadedWeights(given: unknown): Promise<Uint8Array | GivenTensors> {
  const source = await given;
  const { arrayBuffer, ok, status } = Object(source) as { arrayBuffer?: unknown; ok?: unknown; status?: unknown };
  if (typeof arrayBuffer !== 'function') return givenTensors(source) ?? bytesOf(source);
  if (ok === false) throw new RangeError(`the weights could not be fetched: the server answered ${String(status)}`);
  return bytesOf(await arrayBuffer.call(source));
}

export type GivenTensors = ReadonlyMap<unknown, unknown>;

/** A tensor as `prepare` takes it: f32, or the whole numbers that its spec asks for. */
export type WeightData = Float32Array | Int8Array | Uint8Array | Int32Array;

/** Tensors by name, from a Map or a plain object that holds some; undefined for anything else. */
function givenTensors(source: unknown): GivenTensors | undefined {
  if (classOf(source) === 'Map') return source as GivenTensors;
  if (classOf(source) !== 'Object') return undefined;
  const entries = Object.entries(source as object);
  return entries.length === 0 || entries.some(([, data]) => isFloats(data)) ? new Map(entries) : undefined;
}

/** The bytes of any view or buffer, of this realm, shared or not. Throws TypeError for what has none, or had and was transferred. */
export function bytesOf(source: unknown): Uint8Array {
  const kind = classOf(source);
  const isView = ArrayBuffer.isView(source) && ((source as Partial<Uint8Array>).BYTES_PER_ELEMENT ?? 1) === 1;
  if (isView || /^(Shared)?ArrayBuffer$/.test(kind))
    try {
      const { buffer, byteOffset, byteLength } = source as Uint8Array;
      return isView ? new Uint8Array(buffer, byteOffset, byteLength) : new Uint8Array(source as ArrayBuffer);
    } catch {
      throw new TypeError('the memory of the weights was transferred or shrunk');
    }
  const isOptions = loadOptions.some((name) => name in Object(source));
  const advice =
    kind === 'String'
      ? ': pass what readFileSync(path) gives, or a Response'
      : isOptions
        ? ': options come second, as in load(undefined, { maxBatch: 2 })'
        : '';
  throw new TypeError(
    `the weights must be the bytes of a safetensors file, as Uint8Array, ArrayBuffer, Blob or Response, or Float32Arrays by name; found ${described(source)}${advice}`,
  );
}

/** The specification allows 100 MB; a tensor takes about 100 bytes. */
export const maxHeaderBytes = 8e6;

/**
 * The tensors in the order of `specs`: those given by name, or those of a file, as f32 from F64, F16, BF16, the two bytes of halves apart,
 * or I8 with a scale for each index of the first axis. Throws as `bytesOf`, TypeError for a tensor that is no such array, RangeError with
 * one sentence; a file must have `layout` or none.
 */
export function readWeights<Floats = never>(
  source: unknown,
  specs: readonly TensorSpec[],
  layout?: string,
): (WeightData | Floats)[] {
  const given = givenTensors(source);
  if (given) return specs.map((spec) => givenTensor(given.get(spec.name), spec));
  const file = isOpen(source) ? (source as OpenFile<Floats>) : inMemory(bytesOf(source));
  const head = file.part(0, Math.min(file.length, endBytes));
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const headerLength = file.length >= 8 ? view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32 : -1;
  const kind = head[8] === 0x7b && headerLength < 2 ** 32 ? undefined : fileKind(endsOf(file));
  if (kind !== undefined) throw new RangeError(`the weights are no safetensors file but ${kind}`);
  if (headerLength < 2 || headerLength > file.length - 8) {
    throw new RangeError(`the weights are no safetensors file, or a truncated one (${file.length} bytes)`);
  }
  if (headerLength > maxHeaderBytes) {
    throw new RangeError(`the weights file's header has ${headerLength} bytes; expected at most ${maxHeaderBytes}`);
  }
  // A copy, because decoders refuse shared memory.
  const header = parseHeader(file.part(8, 8 + headerLength).slice());
  const metadata = Object(header.get('__metadata__')) as { readonly cnnc?: unknown; readonly 'cnnc.planes'?: unknown };
  if (layout !== undefined && metadata.cnnc !== undefined && metadata.cnnc !== layout)
    throw new RangeError('the weights were written for another network than this module; compile both together again');
  const contents = { header, file, start: 8 + headerLength, planes: metadata['cnnc.planes'] };
  return specs.map((spec) => readTensor(contents, spec));
}

/** A file whose parts can be had. */
interface OpenFile<Floats> {
  /** Bytes. */
  readonly length: number;
  /** Bytes `from` to `end`. */
  part(from: number, end: number): Uint8Array;
  /** Where a tensor in f32 need not be read before it is packed: what stands for so many numbers from byte `at` on. */
  floats?(at: number, count: number): Floats;
}

const isOpen = (source: unknown): boolean => typeof (Object(source) as { part?: unknown }).part === 'function';

const inMemory = (bytes: Uint8Array): OpenFile<never> => ({
  length: bytes.length,
  part: (from, end) => bytes.subarray(from, end),
});

/** What `fileKind` looks at, of each end. */
const endBytes = 1024;

const endsOf = ({ length, part }: OpenFile<unknown>): Uint8Array =>
  length <= 2 * endBytes ? part(0, length) : Uint8Array.of(...part(0, endBytes), ...part(length - endBytes, length));

function givenTensor(data: unknown, { name, shape, element }: TensorSpec): WeightData {
  const expected = `${name} [${shape.join(', ')}]`;
  const array = arrays[dtypeOf(element ?? 'f32')]!;
  if (data === undefined) throw new RangeError(`the weights have no tensor ${expected}`);
  // Whole numbers may be given as f32.
  if (!isFloats(data) && !(ArrayBuffer.isView(data) && classOf(data) === array.name))
    throw new TypeError(
      `${expected} must be ${described(new array(new ArrayBuffer(0), 0, 0))}; found ${described(data)}`,
    );
  const { length } = data as Float32Array;
  const count = elementsOf({ shape });
  if (length !== count) throw new RangeError(`the weights have ${length} numbers for ${expected}; expected ${count}`);
  if (!element || !isFloats(data)) return data as WeightData;
  const numbers = new array(length) as Int8Array;
  numbers.set(data);
  const odd = data.find((value, at) => value !== numbers[at]);
  if (odd !== undefined) throw new RangeError(`${expected} has ${odd}, which no ${array.name} holds`);
  return numbers;
}

function parseHeader(bytes: Uint8Array): Map<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new RangeError("the weights file's header is not JSON");
  }
  if (typeof header !== 'object' || header === null) throw new RangeError("the weights file's header is no object");
  return new Map(Object.entries(header));
}

interface FileContents<Floats> {
  readonly header: ReadonlyMap<string, unknown>;
  readonly file: OpenFile<Floats>;
  /** Byte at which its data begins. */
  readonly start: number;
  /** `F16` or `BF16`, where its U8 tensors have the upper bytes of such numbers first, then the lower ones. */
  readonly planes?: unknown;
}

const dtypeOf = (element: string): string => element.toUpperCase();

function readTensor<Floats = never>(
  contents: FileContents<Floats>,
  { name, shape, element }: TensorSpec,
): WeightData | Floats {
  const { header, file, planes } = contents;
  const stored = (name: string, shape: readonly number[], dtype: string): Numbers =>
    numbersAt(file, placeOf(contents, name, shape, [dtype]));
  if (element) return stored(name, shape, dtypeOf(element)) as WeightData;
  const { dtype } = Object(header.get(name)) as { readonly dtype?: unknown };
  if (dtype === 'U8' && (planes === 'F16' || planes === 'BF16'))
    return fromHalves(joinedPlanes(stored(name, [2, ...shape], 'U8')), planes);
  const place = placeOf(contents, name, shape, realTypes);
  if (dtype === 'F32' && file.floats) return file.floats(place.at, place.count);
  const numbers = numbersAt(file, place);
  if (dtype === 'I8') {
    const scaleShape = [shape[0] ?? 1];
    if (!header.has(`${name}.scale`))
      throw new RangeError(`${name} is stored as I8, and its scale is missing: ${name}.scale [${scaleShape}], F32`);
    return scaled(numbers, stored(`${name}.scale`, scaleShape, 'F32'));
  }
  if (dtype === 'F16' || dtype === 'BF16') return fromHalves(numbers, dtype);
  return dtype === 'F32' ? (numbers as Float32Array) : Float32Array.from(numbers);
}

/** Where a tensor that the file has in one of these types stands in it. */
interface Place {
  readonly array: (typeof arrays)[string];
  /** Its first byte. */
  readonly at: number;
  readonly count: number;
}

function placeOf(
  { header, file, start }: FileContents<unknown>,
  name: string,
  shape: readonly number[],
  dtypes: readonly string[],
): Place {
  const expected = `${name} [${shape.join(', ')}]`;
  const entry = header.get(name);
  if (typeof entry !== 'object' || entry === null) throw new RangeError(`the weights have no tensor ${expected}`);
  const {
    dtype,
    shape: found,
    data_offsets: offsets,
  } = entry as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
  if (!Array.isArray(found) || found.length !== shape.length || found.some((extent, axis) => extent !== shape[axis])) {
    throw new RangeError(
      `the weights have ${name} [${Array.isArray(found) ? found.slice(0, 9).map(shortened).join(',') : shortened(found)}]; expected ${expected}`,
    );
  }
  if (typeof dtype !== 'string' || !dtypes.includes(dtype)) {
    const types = dtypes === realTypes ? 'F32, F64, F16 or BF16, or I8 with a scale' : dtypes.join();
    throw new RangeError(`${name} is stored as ${shortened(dtype)}; expected ${types}`);
  }
  const array = arrays[dtype]!;
  const count = elementsOf({ shape });
  const bytes = count * array.BYTES_PER_ELEMENT;
  const [from, end] = (Array.isArray(offsets) ? offsets : []) as [number, number];
  const whole = Number.isInteger(from) && Number.isInteger(end) && from >= 0 && end <= file.length - start;
  if (!whole || end - from !== bytes) {
    throw new RangeError(`${name} has no ${bytes} bytes in the weights file; it is damaged or truncated`);
  }
  return { array, at: start + from, count };
}

/** A tensor as it stands in the file. */
function numbersAt({ part }: OpenFile<unknown>, { array, at, count }: Place): Numbers {
  const { BYTES_PER_ELEMENT: width } = array;
  const bytes = part(at, at + count * width);
  return bytes.byteOffset % width === 0
    ? new array(bytes.buffer as ArrayBuffer, bytes.byteOffset, count)
    : new array(bytes.slice().buffer as ArrayBuffer, 0, count);
}

/** A value of the file's header, for a message. */
function shortened(value: unknown): string {
  return typeof value === 'object' ? 'object' : String(value).slice(0, 40);
}

export type Numbers = ArrayLike<number> & Iterable<number>;

/** What holds the numbers of a type, by the name that safetensors has for it. */
const arrays: Readonly<
  Record<
    string,
    {
      readonly name: string;
      readonly BYTES_PER_ELEMENT: number;
      new (length: number): Numbers;
      new (buffer: ArrayBuffer, offset: number, length: number): Numbers;
    }
  >
> = {
  F32: Float32Array,
  F64: Float64Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  I32: Int32Array,
};

/** What f32 can be stored in. */
const realTypes = ['F32', 'F64', 'F16', 'BF16', 'I8'];

/** Each product rounded to f32 once. */
export function scaled(codes: Numbers, scale: Numbers): Float32Array {
  const floats = new Float32Array(codes.length);
  const row = codes.length / scale.length;
  for (let at = 0; at < floats.length; at += 1) floats[at] = codes[at]! * scale[Math.floor(at / row)]!;
  return floats;
}

/** The upper bytes of all numbers stand before the lower ones, which packs better. */
export function joinedPlanes(bytes: Numbers): Uint16Array {
  const halves = new Uint16Array(bytes.length / 2);
  for (let at = 0; at < halves.length; at += 1) halves[at] = (bytes[at]! << 8) | bytes[halves.length + at]!;
  return halves;
}

export function fromHalves(halves: Numbers, dtype: 'F16' | 'BF16'): Float32Array {
  const words = new Uint32Array(halves.length);
  const floats = new Float32Array(words.buffer);
  for (let at = 0; at < words.length; at += 1) {
    if (dtype === 'BF16') words[at] = halves[at]! << 16;
    else floats[at] = fromHalf(halves[at]!);
  }
  return floats;
}

/** IEEE binary16. */
function fromHalf(half: number): number {
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  const sign = half & 0x8000 ? -1 : 1;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}
