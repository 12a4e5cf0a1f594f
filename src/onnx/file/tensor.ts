// A tensor of the file as numbers: raw little-endian bytes, typed fields, f16 and bf16 as bits in int32_data.

import { MAX_ELEMENTS } from '../../../compiler/ops/limits.ts';
import { halfToNumber, upperHalfToNumber } from '../../data/numeric.ts';
import { constantOf, zerosOf } from '../constant.ts';
import type { Constant, Numbers } from '../constant.ts';
import { held, kindOf } from '../element.ts';
import type { ElementType, Kind } from '../element.ts';
import { refuse } from '../problem.ts';
import { dataTypes } from './messages.ts';
import type { Entry, TensorProto } from './messages.ts';

/** Bytes of a file beside the model. */
export type ReadExternal = (path: string, offset: number, length: number) => Uint8Array;

interface Encoding {
  readonly name: ElementType;
  /** Of an element; a half where two share a byte, the first of them in its lower bits. */
  readonly bytes: number;
  /** Elements of raw data; of two that share a byte, this byte. */
  readonly raw: (view: DataView, offset: number) => number;
  /** The typed field, and what its numbers stand for. */
  readonly field: 'floatData' | 'int32Data' | 'int64Data' | 'doubleData' | 'uint64Data';
  readonly typed?: (stored: number) => number;
}

const encodings: ReadonlyMap<number, Encoding> = new Map([
  [dataTypes.float, { name: 'float', bytes: 4, raw: (view, at) => view.getFloat32(at, true), field: 'floatData' }],
  [dataTypes.double, { name: 'double', bytes: 8, raw: (view, at) => view.getFloat64(at, true), field: 'doubleData' }],
  [
    dataTypes.float16,
    {
      name: 'float16',
      bytes: 2,
      raw: (view, at) => halfToNumber(view.getUint16(at, true)),
      field: 'int32Data',
      typed: (bits) => halfToNumber(bits & 0xffff),
    },
  ],
  [
    dataTypes.bfloat16,
    {
      name: 'bfloat16',
      bytes: 2,
      raw: (view, at) => upperHalfToNumber(view.getUint16(at, true)),
      field: 'int32Data',
      typed: upperHalfToNumber,
    },
  ],
  [
    dataTypes.int64,
    { name: 'int64', bytes: 8, raw: (view, at) => Number(view.getBigInt64(at, true)), field: 'int64Data' },
  ],
  [
    dataTypes.uint64,
    {
      name: 'uint64',
      bytes: 8,
      raw: (view, at) => Number(view.getBigUint64(at, true)),
      field: 'uint64Data',
    },
  ],
  [dataTypes.int32, { name: 'int32', bytes: 4, raw: (view, at) => view.getInt32(at, true), field: 'int32Data' }],
  [dataTypes.uint32, { name: 'uint32', bytes: 4, raw: (view, at) => view.getUint32(at, true), field: 'uint64Data' }],
  [dataTypes.int16, { name: 'int16', bytes: 2, raw: (view, at) => view.getInt16(at, true), field: 'int32Data' }],
  [dataTypes.uint16, { name: 'uint16', bytes: 2, raw: (view, at) => view.getUint16(at, true), field: 'int32Data' }],
  [dataTypes.int8, { name: 'int8', bytes: 1, raw: (view, at) => view.getInt8(at), field: 'int32Data' }],
  [dataTypes.uint8, { name: 'uint8', bytes: 1, raw: (view, at) => view.getUint8(at), field: 'int32Data' }],
  [dataTypes.int4, { name: 'int4', bytes: 0.5, raw: (view, at) => view.getUint8(at), field: 'int32Data' }],
  [dataTypes.uint4, { name: 'uint4', bytes: 0.5, raw: (view, at) => view.getUint8(at), field: 'int32Data' }],
  [dataTypes.bool, { name: 'bool', bytes: 1, raw: (view, at) => Number(view.getUint8(at) !== 0), field: 'int32Data' }],
] satisfies [number, Encoding][] as [number, Encoding][]);

/** `float16`; for numbers that name no type that is read here, `element type 17`. */
export function typeName(dataType: number): string {
  return encodings.get(dataType)?.name ?? `element type ${dataType}`;
}

/** Undefined for types that are not read: strings, complex numbers, floats of four and eight bits. */
export function kindOfType(dataType: number): Kind | undefined {
  const type = elementType(dataType);
  return type && kindOf(type);
}

/** Undefined as well. */
export const elementType = (dataType: number): ElementType | undefined => encodings.get(dataType)?.name;

/** How messages call a tensor. */
export const tensorTitle = (name: string): string => `tensor ${JSON.stringify(name)}`;

/**
 * The tensor as a constant. Refuses what contradicts its own shape; elements in other files are read by `readExternal`, and refused
 * without it.
 */
export function tensorConstant(tensor: TensorProto, name: string, readExternal?: ReadExternal): Constant {
  const title = tensorTitle(name);
  const encoding = encodings.get(tensor.dataType);
  if (!encoding)
    return refuse(`${title} is of ${typeName(tensor.dataType)}, which is not read`, 'export the model in float32');
  const dims = tensor.dims.map(Number);
  const negative = dims.find((extent) => extent < 0);
  if (negative !== undefined)
    refuse(`dims of ${title} has ${negative}, and extents are whole numbers from 0 on`, 'export the model again');
  const count = dims.reduce((product, extent) => product * extent, 1);
  const made = (make: () => Numbers): Constant => constantOf(name, dims, encoding.name, make);
  if (count > MAX_ELEMENTS) refuse(`dims of ${title} make ${count} elements, more than 2^31 − 1`, 'make it smaller');
  if (tensor.dataLocation === 1) {
    const raw = externalBytes(tensor.externalData, title, Math.ceil(count * encoding.bytes), readExternal);
    return made(() => fromRaw(raw, count, encoding));
  }
  const raw = tensor.rawData;
  const typed = tensor[encoding.field];
  if (raw.length === 0) {
    const expected = Math.ceil(count * Math.min(1, encoding.bytes));
    if (typed.length !== expected)
      refuse(
        `${title} of shape [${dims.join(', ')}] has ${typed.length} elements in ${snake(encoding.field)}, expected ${expected}`,
        'export the model again',
      );
    return made(() => fromTyped(typed, count, encoding));
  }
  const expected = Math.ceil(count * encoding.bytes);
  if (raw.length !== expected)
    refuse(
      `raw_data of ${title} has ${raw.length} bytes, expected ${expected} for [${dims.join(', ')}] of ${encoding.name}`,
      'export the model again',
    );
  return made(() => fromRaw(raw, count, encoding));
}

/** As raw data are: then those of f32 are copied as they lie there. */
const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

const snake = (name: string): string => name.replace('Data', '_data');

function fromRaw(raw: Uint8Array, count: number, { bytes, raw: read, name }: Encoding): Numbers {
  if (name === 'float' && isLittleEndian) return new Float32Array(new Uint8Array(raw).buffer);
  const result = zerosOf(name, count);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const isShared = bytes < 1;
  for (let index = 0; index < count; index += 1) {
    const stored = read(view, Math.floor(index * bytes));
    result[index] = isShared ? halfByte(name, stored, index) : stored;
  }
  return result;
}

/** Element `index` of those that share a byte. */
const halfByte = (name: ElementType, byte: number, index: number): number =>
  held(name, index % 2 === 0 ? byte & 15 : (byte >> 4) & 15);

function fromTyped(
  typed: readonly (number | bigint)[],
  count: number,
  { name, bytes, typed: convert }: Encoding,
): Numbers {
  const result = zerosOf(name, count);
  for (let index = 0; index < count; index += 1) {
    const stored = Number(typed[bytes < 1 ? index >> 1 : index]!);
    if (bytes < 1) result[index] = halfByte(name, stored, index);
    else result[index] = convert ? convert(stored) : held(name, stored);
  }
  return result;
}

/** Checks `location`, `offset` and `length` before anything is opened. */
function externalBytes(
  entries: readonly Entry[],
  title: string,
  expected: number,
  read: ReadExternal | undefined,
): Uint8Array {
  const given = new Map(entries.map(({ key, value }) => [key, value]));
  const location = given.get('location') ?? '';
  if (!read)
    refuse(
      `${title} is in another file, ${JSON.stringify(location.slice(0, 80))}, and such files are not read unless asked for`,
      'allow it with --external-data, or save the model with its weights in one file',
    );
  if (!isInside(location))
    refuse(
      `${title} is in the file ${JSON.stringify(location.slice(0, 80))}, which is not in the folder of the model`,
      'save the model with its weights in one file',
    );
  const number = (key: string, absent: number): number => {
    const text = given.get(key);
    const value = text === undefined ? absent : Number(text);
    if (!Number.isSafeInteger(value) || value < 0)
      refuse(
        `${key} of the external data of ${title} is ${JSON.stringify(text?.slice(0, 40))}, expected a whole number from 0 on`,
        'export the model again',
      );
    return value;
  };
  const [offset, length] = [number('offset', 0), number('length', expected)];
  if (length !== expected)
    refuse(
      `${title} has ${length} bytes in ${JSON.stringify(location)}, expected ${expected}`,
      'export the model again',
    );
  const bytes = read(location, offset, length);
  if (bytes.length !== expected)
    refuse(
      `${JSON.stringify(location)} has ${bytes.length} bytes for ${title}, expected ${expected}`,
      'get the whole file',
    );
  return bytes;
}

/** Whether a path stays in the folder it starts from. */
function isInside(path: string): boolean {
  // oxlint-disable-next-line no-control-regex
  if (path === '' || /^[\\/]|^[A-Za-z]:|[\u0000-\u001f]/.test(path)) return false;
  return !path.split(/[\\/]/).includes('..');
}
