// Writing FlatBuffers (https://flatbuffers.dev/internals/): a tree of tables becomes the bytes of a file, each table in front of what it
// refers to.

/** A field of a table, at its index in the schema. */
export type Field =
  | { readonly kind: 'byte' | 'int' | 'float'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  /** Aligned to 16 bytes. */
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  /** Whole numbers of 64 bits. */
  | { readonly kind: 'longs'; readonly value: readonly number[] }
  | { readonly kind: 'floats'; readonly value: Float32Array }
  | { readonly kind: 'table'; readonly value: Table }
  | { readonly kind: 'tables'; readonly value: readonly Table[] };

export type Table = ReadonlyMap<number, Field>;

export const byte = (value: number): Field => ({ kind: 'byte', value });
export const int = (value: number): Field => ({ kind: 'int', value });
export const float = (value: number): Field => ({ kind: 'float', value });
export const text = (value: string): Field => ({ kind: 'text', value });
export const bytes = (value: Uint8Array): Field => ({ kind: 'bytes', value });
export const ints = (value: readonly number[]): Field => ({ kind: 'ints', value });
export const longs = (value: readonly number[]): Field => ({ kind: 'longs', value });
export const floats = (value: Float32Array): Field => ({ kind: 'floats', value });
export const table = (value: Table): Field => ({ kind: 'table', value });
export const tables = (value: readonly Table[]): Field => ({ kind: 'tables', value });

/** A table with these fields; those that are undefined are left out. */
export const tableOf = (...fields: readonly (Field | undefined)[]): Table =>
  new Map(fields.flatMap((field, index) => (field ? [[index, field] as const] : [])));

/** The file with this root; `identifier` has four letters. */
export function writeFlatbuffer(root: Table, identifier: string): Uint8Array {
  const writer = createWriter();
  const pointer = writer.reserve(4);
  writer.append(new TextEncoder().encode(identifier));
  writer.pointTo(pointer, () => writeTable(writer, root));
  return writer.finish();
}

interface Writer {
  /** Where the next byte will be, aligned. */
  align(to: number): number;
  /** So many bytes of zeros, aligned to 4; returns where they begin. */
  reserve(length: number): number;
  append(data: Uint8Array): void;
  set(at: number, field: 'Int8' | 'Int16' | 'Int32' | 'Float32', value: number): void;
  /** Writes what an offset at this place refers to: `write` says where it is. */
  pointTo(at: number, write: () => number): void;
  finish(): Uint8Array;
}

function createWriter(): Writer {
  let memory = new Uint8Array(1 << 16);
  let view = new DataView(memory.buffer);
  let length = 0;
  const grow = (needed: number): void => {
    if (needed <= memory.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * memory.length));
    larger.set(memory);
    memory = larger;
    view = new DataView(memory.buffer);
  };
  const writer: Writer = {
    align: (to) => (length = Math.ceil(length / to) * to),
    reserve(count) {
      const at = writer.align(4);
      length += count;
      grow(length);
      return at;
    },
    append(data) {
      grow(length + data.length);
      memory.set(data, length);
      length += data.length;
    },
    set: (at, type, value) => view[`set${type}`](at, value, true),
    pointTo: (at, write) => writer.set(at, 'Int32', write() - at),
    finish: () => memory.slice(0, length),
  };
  return writer;
}

function writeTable(writer: Writer, fields: Table): number {
  const count = Math.max(-1, ...fields.keys()) + 1;
  const places = writer.reserve(4 + 2 * count);
  const at = writer.reserve(4 + 4 * fields.size);
  writer.set(places, 'Int16', 4 + 2 * count);
  writer.set(places + 2, 'Int16', 4 + 4 * fields.size);
  writer.set(at, 'Int32', at - places);
  [...fields].forEach(([index, field], order) => {
    const place = at + 4 + 4 * order;
    writer.set(places + 4 + 2 * index, 'Int16', place - at);
    writeField(writer, field, place);
  });
  return at;
}

function writeField(writer: Writer, field: Field, place: number): void {
  switch (field.kind) {
    case 'byte':
      return writer.set(place, 'Int8', field.value);
    case 'int':
      return writer.set(place, 'Int32', field.value);
    case 'float':
      return writer.set(place, 'Float32', field.value);
    case 'table':
      return writer.pointTo(place, () => writeTable(writer, field.value));
    case 'text': {
      const data = new TextEncoder().encode(`${field.value}\0`);
      return writer.pointTo(place, () => writeVector(writer, data.length - 1, data));
    }
    case 'bytes':
      return writer.pointTo(place, () => writeVector(writer, field.value.length, field.value, 16));
    case 'ints': {
      const data = new Uint8Array(Int32Array.from(field.value).buffer);
      return writer.pointTo(place, () => writeVector(writer, field.value.length, data));
    }
    case 'longs': {
      const data = new Uint8Array(BigInt64Array.from(field.value, BigInt).buffer);
      return writer.pointTo(place, () => writeVector(writer, field.value.length, data, 8));
    }
    case 'floats': {
      const data = new Uint8Array(field.value.slice().buffer);
      return writer.pointTo(place, () => writeVector(writer, field.value.length, data));
    }
    case 'tables': {
      const pointers = writer.reserve(4 + 4 * field.value.length);
      writer.set(pointers, 'Int32', field.value.length);
      field.value.forEach((one, at) => writer.pointTo(pointers + 4 + 4 * at, () => writeTable(writer, one)));
      return writer.pointTo(place, () => pointers);
    }
    default:
      return field satisfies never;
  }
}

/** Its length, and its elements, which are aligned. */
function writeVector(writer: Writer, length: number, data: Uint8Array, alignment = 4): number {
  let at = writer.reserve(4);
  while ((at + 4) % alignment !== 0) at = writer.reserve(4);
  writer.set(at, 'Int32', length);
  writer.append(data);
  return at;
}
