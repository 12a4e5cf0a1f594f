// Batches and answers through memory that two threads see come out as they were put in.

import { expect, test } from 'vitest';
import type { Answer, Work } from '../../src/serve/protocol.ts';
import { putAnswers, putBatch, sharedMemory, takeAnswers, takeBatch } from '../../src/serve/shared-memory.ts';

const bytes = (...values: readonly number[]): Uint8Array<ArrayBuffer> => new Uint8Array(values);

const batch: readonly Work[] = [
  { kind: 'infer', body: bytes(1, 2, 3), jsonLength: 2 },
  { kind: 'infer', body: bytes(), jsonLength: 0 },
  // As long as the header may say.
  { kind: 'infer', body: bytes(255), jsonLength: 999_999_999_999_999 },
  { kind: 'infer', body: bytes(4) },
  { kind: 'classify', body: bytes(5, 6), top: 999_999 },
];
const answers: readonly Answer[] = [
  { status: 200, type: 'application/octet-stream', body: bytes(9, 8), jsonLength: 1, images: 3 },
  { status: 504, type: 'application/json', body: bytes(), images: 0 },
];

test('requests of every kind, one batch after the other', () => {
  const memory = sharedMemory();
  expect(putBatch(memory, batch)).toBe(true);
  const taken = takeBatch(memory);
  expect(putBatch(memory, batch.toReversed())).toBe(true);
  expect(taken).toEqual(batch);
  expect(takeBatch(memory)).toEqual(batch.toReversed());
});

test('answers take the place of the batch', () => {
  const memory = sharedMemory();
  putBatch(memory, batch);
  const taken = takeBatch(memory);
  expect(putAnswers(memory, answers)).toBe(true);
  expect(taken).toEqual(batch);
  expect(takeAnswers(memory)).toEqual(answers);
});

test('what is larger than the memory is left to the caller', () => {
  const memory = sharedMemory();
  putBatch(memory, batch);
  const large = (length: number): readonly Work[] => [...batch, { kind: 'infer', body: new Uint8Array(length) }];
  expect(putBatch(memory, large(memory.byteLength))).toBe(false);
  expect(takeBatch(memory)).toEqual(batch);
  expect(putBatch(memory, large(memory.byteLength / 2))).toBe(true);
  expect(takeBatch(memory)).toEqual(large(memory.byteLength / 2));
});
