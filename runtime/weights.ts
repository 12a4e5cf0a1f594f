// The tensors of a network, as its caller gives them by name or from a safetensors file: an 8-byte header length, a JSON header,
// then the data.

import type { TensorSpec } from './abi.ts';
import { fileKind } from './magic.ts';
import { classOf, described, isFloats } from './values.ts';

/** What `readWeights` takes, also of a Blob, File or Response. Throws as `bytesOf`, and RangeError for a Response that is an error. */
export async function loadedWeights(source: unknown): Promise<Uint8Array | GivenTensors> {
  const { arrayBuffer, ok, status } = Object(source) as { arrayBuffer?: unknown; ok?: unknown; status?: unknown };
  if (typeof arrayBuffer === 'function' && ok === false)
    throw new RangeError(`the weights could not be fetched: the server answered ${String(status)}`);
  if (typeof arrayBuffer === 'function') return bytesOf(await arrayBuffer.call(source));
  return givenTensors(source) ?? bytesOf(source);
}

type GivenTensors = ReadonlyMap<unknown, unknown>;

/** Tensors by name, from a Map or a plain object that holds some; undefined for anything else. */
function givenTensors(source: unknown): GivenTensors | undefined {
  if (classOf(source) === 'Map') return source as GivenTensors;
  if (classOf(source) !== 'Object') return undefined;
  const entries = Object.entries(source as object);
  return entries.length === 0 || entries.some(([, data]) => isFloats(data)) ? new Map(entries) : undefined;
}

/** The bytes of any view or buffer, of this realm, shared or not. Throws TypeError for what has none. */
export function bytesOf(source: unknown): Uint8Array {
  const { buffer, byteOffset, byteLength, BYTES_PER_ELEMENT: width = 1 } = Object(source) as Partial<Uint8Array>;
  if (ArrayBuffer.isView(source) && width === 1) return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
  if (/^(Shared)?ArrayBuffer$/.test(classOf(source))) return new Uint8Array(source as ArrayBuffer);
  const advice = new Map([
    ['Promise', ': await it first'],
    ['String', ': pass what readFileSync(path) gives, or a Response'],
  ]);
  throw new TypeError(
    `the weights must be the bytes of a safetensors file, as Uint8Array, ArrayBuffer, Blob or Response, or Float32Arrays by name; found ${described(source)}${advice.get(classOf(source)) ?? ''}`,
  );
}

/** The specification allows 100 MB; a tensor takes about 100 bytes. */
export const maxHeaderBytes = 8e6;

/**
 * The tensors in the order of `specs`, as f32: those given by name themselves, or those of a file, whose F64, F16 and BF16 are
 * converted. A file that says of which layout it is must have the one that is given. Throws as `bytesOf`, TypeError for a tensor
 * that is no Float32Array, and RangeError with one sentence.
 */
export function readWeights(source: unknown, specs: readonly TensorSpec[], layout?: string): Float32Array[] {
  const given = givenTensors(source);
  if (given) return specs.map((spec) => givenTensor(given.get(spec.name), spec));
  const file = bytesOf(source);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const headerLength = file.length >= 8 ? view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32 : -1;
  const kind = file[8] === 0x7b && headerLength < 2 ** 32 ? undefined : fileKind(file);
  if (kind !== undefined) throw new RangeError(`the weights are no safetensors file but ${kind}`);
  if (headerLength < 2 || headerLength > file.length - 8) {
    throw new RangeError(`the weights are no safetensors file, or a truncated one (${file.length} bytes)`);
  }
  if (headerLength > maxHeaderBytes) {
    throw new RangeError(`the weights file's header has ${headerLength} bytes; expected at most ${maxHeaderBytes}`);
  }
  // A copy, because decoders refuse shared memory.
  const header = parseHeader(file.slice(8, 8 + headerLength));
  const { cnnc: found } = Object(header.get('__metadata__')) as { readonly cnnc?: unknown };
  if (layout !== undefined && found !== undefined && found !== layout)
    throw new RangeError('the weights were written for another network than this module; compile both together again');
  const data = file.subarray(8 + headerLength);
  return specs.map((spec) => readTensor(data, header.get(spec.name), spec));
}

function givenTensor(data: unknown, { name, shape }: TensorSpec): Float32Array {
  const expected = `${name} [${shape.join(', ')}]`;
  if (data === undefined) throw new RangeError(`the weights have no tensor ${expected}`);
  if (!isFloats(data)) throw new TypeError(`${expected} must be a Float32Array; found ${described(data)}`);
  const length = shape.reduce((product, extent) => product * extent, 1);
  if (data.length !== length)
    throw new RangeError(`the weights have ${data.length} numbers for ${expected}; expected ${length}`);
  return data;
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

function readTensor(data: Uint8Array, entry: unknown, { name, shape }: TensorSpec): Float32Array {
  const expected = `${name} [${shape.join(', ')}]`;
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
  const width = typeof dtype === 'string' ? elementBytes.get(dtype) : undefined;
  if (width === undefined) {
    throw new RangeError(`${name} is stored as ${shortened(dtype)}; expected F32, F64, F16 or BF16`);
  }
  const count = shape.reduce((product, extent) => product * extent, 1);
  const [start, end] = (Array.isArray(offsets) ? offsets : []) as [number, number];
  const whole = Number.isInteger(start) && Number.isInteger(end) && start >= 0 && end <= data.length;
  if (!whole || end - start !== count * width) {
    throw new RangeError(`${name} has no ${count * width} bytes in the weights file; it is damaged or truncated`);
  }
  const at = data.byteOffset + start;
  if (dtype === 'F32' && at % 4 === 0) return new Float32Array(data.buffer, at, count);
  return convert(data.slice(start, end).buffer as ArrayBuffer, dtype as string);
}

/** A value of the file's header, for a message. */
function shortened(value: unknown): string {
  return typeof value === 'object' ? 'object' : String(value).slice(0, 40);
}

const elementBytes = new Map([
  ['F32', 4],
  ['F64', 8],
  ['F16', 2],
  ['BF16', 2],
]);

function convert(buffer: ArrayBuffer, dtype: string): Float32Array {
  if (dtype === 'F32') return new Float32Array(buffer);
  if (dtype === 'F64') return Float32Array.from(new Float64Array(buffer));
  const halves = new Uint16Array(buffer);
  const words = new Uint32Array(halves.length);
  const floats = new Float32Array(words.buffer);
  halves.forEach((half, at) => {
    if (dtype === 'BF16') words[at] = half << 16;
    else floats[at] = fromHalf(half);
  });
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
