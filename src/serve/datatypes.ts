// The protocol's data types. Networks compute in f32: every type of numbers is taken, and rounded to the nearest.

import { halfToNumber } from '../data/numeric.ts';

interface Datatype {
  /** Of one element. */
  readonly bytes: number;
  /** Of whole numbers: the least and the largest. */
  readonly range?: readonly [least: number, most: number];
  /** Little-endian, as the binary extension has them. */
  read(view: DataView, at: number): number;
}

const type = (bytes: number, read: Datatype['read']): Datatype => ({ bytes, read });
const unsigned = (bytes: number, read: Datatype['read']): Datatype => ({
  bytes,
  range: [0, 2 ** (8 * bytes) - 1],
  read,
});
const signed = (bytes: number, read: Datatype['read']): Datatype => ({
  bytes,
  range: [-(2 ** (8 * bytes - 1)), 2 ** (8 * bytes - 1) - 1],
  read,
});

/** By the protocol's names. `BYTES`, which are texts, is not among them. */
export const datatypes: ReadonlyMap<string, Datatype> = new Map([
  ['BOOL', { ...type(1, (view, at) => (view.getUint8(at) === 0 ? 0 : 1)), range: [0, 1] }],
  ['UINT8', unsigned(1, (view, at) => view.getUint8(at))],
  ['UINT16', unsigned(2, (view, at) => view.getUint16(at, true))],
  ['UINT32', unsigned(4, (view, at) => view.getUint32(at, true))],
  ['UINT64', unsigned(8, (view, at) => Number(view.getBigUint64(at, true)))],
  ['INT8', signed(1, (view, at) => view.getInt8(at))],
  ['INT16', signed(2, (view, at) => view.getInt16(at, true))],
  ['INT32', signed(4, (view, at) => view.getInt32(at, true))],
  ['INT64', signed(8, (view, at) => Number(view.getBigInt64(at, true)))],
  ['FP16', type(2, (view, at) => halfToNumber(view.getUint16(at, true)))],
  ['FP32', type(4, (view, at) => view.getFloat32(at, true))],
  ['FP64', type(8, (view, at) => view.getFloat64(at, true))],
]);

/** The elements of `bytes`, whose length is a multiple of the type's. */
export function readElements(datatype: string, bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const { bytes: size, read } = datatypes.get(datatype)!;
  const values = new Float32Array(bytes.length / size);
  if (datatype === 'FP32' && isLittleEndian) {
    new Uint8Array(values.buffer).set(bytes);
    return values;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < values.length; at += 1) values[at] = read(view, at * size);
  return values;
}

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Little-endian f32, as the binary extension has them. */
export function floatBytes(values: Float32Array): Uint8Array {
  if (isLittleEndian) return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const view = new DataView(new ArrayBuffer(values.byteLength));
  for (const [at, value] of values.entries()) view.setFloat32(at * 4, value, true);
  return new Uint8Array(view.buffer);
}
