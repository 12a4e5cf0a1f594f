// One pass over the bytes of an ONNX file, before any object is built of it: that messages nest and end as the wire format says
// (protobuf.dev/programming-guides/encoding), and that their number, depth and lists stay within limits.

import { messages } from './fields.ts';
import type { Field, FieldType } from './fields.ts';

/** Messages inside one another: a subgraph is three deeper than its node. */
export const MAX_DEPTH = 64;
/** Fields of all messages together; runs of numbers count their numbers. ResNet-152 has some 30,000. */
export const MAX_FIELDS = 2 ** 22;

export interface Flaw {
  /** The path of the field, `graph.node[3].attribute[0].ints`. */
  readonly field: string;
  readonly byte: number;
  /** A clause: `its length leads beyond the end of the message`. */
  readonly what: string;
}

/** The first flaw of a file of that message, or undefined. `observe` is told how many fields a file without one has. */
export function scan(
  bytes: Uint8Array,
  message: 'ModelProto' | 'TensorProto',
  observe?: (fields: number) => void,
): Flaw | undefined {
  const cursor = { bytes, at: 0, fields: 0 };
  try {
    scanMessage(cursor, message, bytes.length, { depth: 0, name: '' });
    observe?.(cursor.fields);
    return undefined;
  } catch (error) {
    if (error instanceof Found) return error.flaw;
    throw error;
  }
}

class Found extends Error {
  readonly flaw: Flaw;

  constructor(flaw: Flaw) {
    super(flaw.what);
    this.flaw = flaw;
  }
}

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
  fields: number;
}

interface Place {
  readonly depth: number;
  readonly name: string;
  readonly parent?: Place;
  readonly index?: number;
}

const fieldsOf: ReadonlyMap<string, ReadonlyMap<number, Field>> = new Map(
  [...messages].map(([name, fields]) => [name, new Map(fields.map((field) => [field.number, field]))]),
);

const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

function scanMessage(cursor: Cursor, message: string, end: number, place: Place): void {
  const known = fieldsOf.get(message);
  const counts = new Map<number, number>();
  while (cursor.at < end) {
    const start = cursor.at;
    const tag = varint(cursor, end, place);
    const [number, type] = [Math.floor(tag / 8), tag % 8];
    if (number < 1 || number >= 2 ** 29) fail(place, start, `there is no field number ${number}`);
    const field = known?.get(number);
    const count = counts.get(number) ?? 0;
    counts.set(number, count + 1);
    const at: Place = {
      depth: place.depth + 1,
      name: field?.name ?? `field ${number}`,
      parent: place,
      ...(field?.repeated && { index: count }),
    };
    charge(cursor, at, 1);
    scanField(cursor, field, type, end, at);
  }
}

function scanField(cursor: Cursor, field: Field | undefined, type: number, end: number, place: Place): void {
  const start = cursor.at;
  if (type === 3 || type === 4) fail(place, start, 'it is a group, which ONNX does not use');
  if (field && !fitting(field, type))
    fail(place, start, `it has the wire type ${type}, which ${nameOf(field.type)} does not have`);
  switch (type) {
    case wire.varint:
      varint(cursor, end, place);
      return;
    case wire.fixed64:
      skip(cursor, 8, end, place);
      return;
    case wire.fixed32:
      skip(cursor, 4, end, place);
      return;
    case wire.bytes: {
      const length = varint(cursor, end, place);
      const from = cursor.at;
      if (field && typeof field.type === 'object') {
        if (place.depth > MAX_DEPTH) fail(place, start, `messages are nested more than ${MAX_DEPTH} deep`);
        if (length > end - from)
          fail(place, start, `its length of ${length} bytes leads beyond the end of what holds it`);
        scanMessage(cursor, field.type.message, from + length, place);
        return;
      }
      skip(cursor, length, end, place);
      if (field) charge(cursor, place, runLength(cursor, field.type, from, place));
      return;
    }
    default:
      fail(place, start, `there is no wire type ${type}`);
  }
}

/** How many numbers a packed field has, or 0. Numbers of four and eight bytes cost no more in memory than here, and are free. */
function runLength({ bytes, at }: Cursor, type: FieldType, from: number, place: Place): number {
  switch (type) {
    case 'float':
    case 'double': {
      const size = type === 'float' ? 4 : 8;
      if ((at - from) % size !== 0) fail(place, from, `its ${at - from} bytes are no whole number of ${type}s`);
      return 0;
    }
    case 'int32':
    case 'int64':
    case 'uint64': {
      let [count, run] = [0, 0];
      for (let index = from; index < at; index += 1) {
        run += 1;
        if (run > 10) fail(place, index, 'a number has more than ten bytes');
        if (bytes[index]! >= 0x80) continue;
        count += 1;
        run = 0;
      }
      if (run > 0) fail(place, at, 'its last number is cut off');
      return count;
    }
    default:
      return 0;
  }
}

function fitting({ type, repeated }: Field, wireType: number): boolean {
  if (typeof type === 'object' || type === 'string' || type === 'bytes') return wireType === wire.bytes;
  if (repeated && wireType === wire.bytes) return true;
  if (type === 'float') return wireType === wire.fixed32;
  return wireType === (type === 'double' ? wire.fixed64 : wire.varint);
}

const nameOf = (type: FieldType): string =>
  typeof type === 'object' ? `a ${type.message}` : `a field of type ${type}`;

/** Above 2^53 the result is rounded, which only lengths would notice, and they are too large anyway. */
function varint(cursor: Cursor, end: number, place: Place): number {
  const start = cursor.at;
  let [value, factor] = [0, 1];
  for (let count = 0; count < 10; count += 1) {
    if (cursor.at >= end) fail(place, start, 'it is cut off in the middle of a number');
    const byte = cursor.bytes[cursor.at]!;
    cursor.at += 1;
    value += (byte & 0x7f) * factor;
    factor *= 128;
    if (byte < 0x80) return value;
  }
  return fail(place, start, 'a number has more than ten bytes');
}

function skip(cursor: Cursor, length: number, end: number, place: Place): void {
  if (length > end - cursor.at)
    fail(place, cursor.at, `its length of ${length} bytes leads beyond the end of what holds it`);
  cursor.at += length;
}

function charge(cursor: Cursor, place: Place, fields: number): void {
  cursor.fields += fields;
  if (cursor.fields > MAX_FIELDS) fail(place, cursor.at, `the file has more than ${MAX_FIELDS} fields`);
}

function fail(place: Place, byte: number, what: string): never {
  const parts: string[] = [];
  for (let at: Place | undefined = place; at?.parent; at = at.parent) {
    parts.unshift(at.index === undefined ? at.name : `${at.name}[${at.index}]`);
  }
  throw new Found({ field: parts.join('.') || 'the file', byte, what });
}
