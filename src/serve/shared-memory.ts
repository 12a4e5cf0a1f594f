// Batches and their answers in memory that two threads see: a message of objects with a buffer each takes many times as long as
// the bytes of a small request. What does not fit is for the caller to send.

import type { Answer, Work } from './protocol.ts';

/** Bytes: a batch of pictures for a small network, or a picture for a large one. */
const SIZE = 1 << 20;
/** Numbers before the bytes: how many entries there are, and four of each. */
const FIELDS = 4;
const NONE = -1;

type Row = readonly [number, number, number];
interface Entry {
  readonly row: Row;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** For one batch at a time, and for its answers once it was taken. */
export const sharedMemory = (): SharedArrayBuffer => new SharedArrayBuffer(SIZE);

/** False where it does not fit. */
export const putBatch = (memory: SharedArrayBuffer, batch: readonly Work[]): boolean =>
  put(
    memory,
    batch.map(({ kind, jsonLength = NONE, top = NONE, body }) => ({
      row: [kinds.indexOf(kind), jsonLength, top],
      bytes: body,
    })),
  );

/** Copies it out of the memory. */
export const takeBatch = (memory: SharedArrayBuffer): readonly Work[] =>
  take(memory).map(({ row: [kind, jsonLength, top], bytes }) => ({
    kind: kinds[kind]!,
    ...(jsonLength !== NONE && { jsonLength }),
    ...(top !== NONE && { top }),
    body: bytes,
  }));

/** False where they do not fit. */
export const putAnswers = (memory: SharedArrayBuffer, answers: readonly Answer[]): boolean =>
  put(
    memory,
    answers.map(({ status, type, jsonLength = NONE, images, body }) => ({
      row: [2 * status + types.indexOf(type), jsonLength, images],
      bytes: body,
    })),
  );

/** Copies them out of the memory. */
export const takeAnswers = (memory: SharedArrayBuffer): readonly Answer[] =>
  take(memory).map(({ row: [code, jsonLength, images], bytes }) => ({
    status: code >> 1,
    type: types[code & 1]!,
    ...(jsonLength !== NONE && { jsonLength }),
    images,
    body: bytes,
  }));

const kinds: readonly Work['kind'][] = ['infer', 'classify'];
const types: readonly Answer['type'][] = ['application/json', 'application/octet-stream'];

function put(memory: SharedArrayBuffer, entries: readonly Entry[]): boolean {
  const start = 8 * (1 + FIELDS * entries.length);
  const end = entries.reduce((sum, { bytes }) => sum + bytes.length, start);
  if (end > memory.byteLength) return false;
  const numbers = new Float64Array(memory);
  const all = new Uint8Array(memory);
  numbers[0] = entries.length;
  let at = start;
  for (const [index, { row, bytes }] of entries.entries()) {
    const first = 1 + FIELDS * index;
    numbers[first] = row[0];
    numbers[first + 1] = row[1];
    numbers[first + 2] = row[2];
    numbers[first + 3] = bytes.length;
    all.set(bytes, at);
    at += bytes.length;
  }
  return true;
}

function take(memory: SharedArrayBuffer): readonly Entry[] {
  const numbers = new Float64Array(memory);
  const count = numbers[0]!;
  const start = 8 * (1 + FIELDS * count);
  const rows = Array.from({ length: count }, (_, index) => 1 + FIELDS * index);
  const size = rows.reduce((sum, row) => sum + numbers[row + 3]!, 0);
  const all = new Uint8Array(size);
  all.set(new Uint8Array(memory, start, size));
  let at = 0;
  return rows.map((row) => {
    const bytes = all.subarray(at, at + numbers[row + 3]!);
    at += bytes.length;
    return { row: [numbers[row]!, numbers[row + 1]!, numbers[row + 2]!], bytes };
  });
}
