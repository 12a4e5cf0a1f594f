// The IDX format of MNIST (http://yann.lecun.com/exdb/mnist): two zero bytes, a type byte, the number of dimensions,
// big-endian extents, big-endian data. Files may be gzipped.

import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { gunzip, gunzipStart, isGzip } from './gzip.ts';
import { InputError } from './input-error.ts';
import { type ElementType, type NumericArray, bytesOf, elementsOf, toFloat32 } from './numeric.ts';
import type { Unread } from './unread.ts';
import { wrongKind } from './wrong-kind.ts';

const elementTypes: ReadonlyMap<number, ElementType> = new Map<number, ElementType>([
  [0x08, 'u1'],
  [0x09, 'i1'],
  [0x0b, 'i2'],
  [0x0c, 'i4'],
  [0x0d, 'f4'],
  [0x0e, 'f8'],
]);

export interface IdxBytes {
  readonly shape: Shape;
  readonly data: Uint8Array;
}

export interface IdxHeader {
  readonly type: ElementType;
  readonly shape: Shape;
  readonly elements: number;
  /** Bytes of the decompressed file. */
  readonly bytes: number;
  /** Where the data begin. */
  readonly start: number;
}

const MAX_RANK = 255;

/** What the file says of itself; of a gzipped one only the beginning is decompressed. Throws `InputError`. */
export function readIdxHeader(file: Uint8Array): IdxHeader {
  return headerOf(isGzip(file) ? gunzipStart(file, 4 + 4 * MAX_RANK) : file);
}

/** What can be said against a large file before it is read. Throws `InputError`. */
export function checkIdxFile(file: Unread, maxBytes = 1 << 30): void {
  const start = file.part(0, 1 << 16);
  const header = readIdxHeader(start);
  checkIdxBytes(header, isGzip(start) ? header.bytes : file.sizeBytes, maxBytes);
}

/** Any element type, as f32. Throws `InputError`. */
export function readIdx(file: Uint8Array, maxBytes?: number): NumericArray {
  const { type, shape, elements, body } = unpack(file, maxBytes);
  return { shape, data: toFloat32(body, type, elements, false) };
}

/** Unsigned bytes (pictures and labels), as a view of the decompressed file. Throws `InputError`. */
export function readIdxBytes(file: Uint8Array, maxBytes?: number): IdxBytes {
  const { type, shape, body } = unpack(file, maxBytes);
  if (type !== 'u1')
    throw new InputError(`the IDX file holds elements of type ${type}; unsigned bytes (u1) were expected`);
  return { shape, data: body };
}

function unpack(file: Uint8Array, maxBytes = 1 << 30): IdxHeader & { readonly body: Uint8Array } {
  const header = readIdxHeader(file);
  checkIdxBytes(header, isGzip(file) ? header.bytes : file.length, maxBytes);
  const bytes = isGzip(file) ? gunzip(file, header.bytes, 'that its header needs') : file;
  checkIdxBytes(header, bytes.length, maxBytes);
  return { ...header, body: bytes.subarray(header.start) };
}

/** Throws `InputError` unless a decompressed file of `length` bytes is what its header says, and at most `maxBytes`. */
function checkIdxBytes(header: IdxHeader, length: number, maxBytes: number): void {
  if (header.bytes > maxBytes) {
    throw new InputError(
      `the IDX file holds ${header.bytes} bytes, ${describe(header)}, more than the ${maxBytes} bytes that may be read`,
      { limit: true },
    );
  }
  if (length !== header.bytes) {
    throw new InputError(
      `damaged IDX file: ${describe(header)} needs ${header.bytes - header.start} bytes of data, but it has ${length - header.start}`,
    );
  }
}

function describe({ shape, type }: Pick<IdxHeader, 'shape' | 'type'>): string {
  return `${shape.length > 8 ? `${shape.length} dimensions` : `[${shape.join(', ')}]`} of ${type}`;
}

function headerOf(bytes: Uint8Array): IdxHeader {
  if (bytes.length < 4)
    throw new InputError(`damaged IDX file: it has ${bytes.length} bytes, and its magic number alone takes 4`);
  const type = elementTypes.get(bytes[2]!);
  if (bytes[0] !== 0 || bytes[1] !== 0 || !type) {
    const found = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    throw wrongKind(
      bytes,
      'an IDX file',
      `it starts with ${found}, expected 00 00, a type byte (08 for unsigned bytes) and the number of dimensions`,
    );
  }
  const rank = bytes[3]!;
  const start = 4 + 4 * rank;
  if (bytes.length < start)
    throw new InputError(`damaged IDX file: ${rank} dimensions need ${start} bytes, but it has ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const elements = elementsOf(shape);
  if (elements === undefined)
    throw new InputError(
      `damaged IDX file: ${describe({ shape, type })} are more elements than can be counted, but it has ${bytes.length - start} bytes`,
    );
  return { type, shape, elements, bytes: start + elements * bytesOf(type), start };
}
