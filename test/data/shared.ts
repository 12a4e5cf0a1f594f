// Damaged files: whatever is done to good bytes, a reader answers or throws an `InputError`, and soon.

import fc from 'fast-check';
import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { InputError } from '../../src/data/input-error.ts';

const folder = new URL('../../../shared/data/', import.meta.url);
export const hasData = existsSync(folder);

/** A file of the shared data folder. */
export function data(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(path, folder)));
}

export function onlyInputErrors(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(error.message).toMatch(/^\S.{10,300}$/);
  }
}

/** Random bytes at random places, ends cut off, parts repeated. `numRuns` decodings. */
export function fuzz(good: Uint8Array, read: (bytes: Uint8Array) => unknown, numRuns: number): void {
  const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
  const early = fc.tuple(fc.nat(Math.min(63, good.length - 1)), fc.nat(255));
  fc.assert(
    fc.property(fc.array(fc.oneof(change, early), { maxLength: 6 }), fc.option(fc.nat(good.length)), (changes, cut) => {
      const bytes = good.slice(0, cut ?? good.length);
      for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte;
      onlyInputErrors(() => read(bytes));
    }),
    { numRuns },
  );
}

/** Every beginning of the bytes must be refused. */
export function truncate(good: Uint8Array, read: (bytes: Uint8Array) => unknown, step = 1): void {
  for (let length = 0; length < good.length; length += step) {
    expect(() => read(good.subarray(0, length)), `${length} of ${good.length} bytes`).toThrow(InputError);
  }
}

export function concat(...parts: readonly (Uint8Array | readonly number[] | string)[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(
      parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Uint8Array.from(part))),
    ),
  );
}
