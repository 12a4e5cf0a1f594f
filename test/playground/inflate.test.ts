// Decompression in the page agrees with Node's zlib: every kind of block, the same words for damage, and the limit.

import { constants, deflateRawSync, deflateSync, inflateRawSync, inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { inflate, inflateRaw, inflateRawStart } from '../../src/playground/inflate.ts';
import { readFileSync } from 'node:fs';

const text = readFileSync(new URL('../../README.md', import.meta.url));
const noise = Uint8Array.from({ length: 70_000 }, (_, at) => (Math.imul(at + 1, 2654435761) >>> 13) & 255);
const inputs = { empty: new Uint8Array(0), one: Uint8Array.of(7), zeros: new Uint8Array(100_000), text, noise };

test.each(Object.entries(inputs))('%s', (_, data) => {
  for (const strategy of [constants.Z_DEFAULT_STRATEGY, constants.Z_HUFFMAN_ONLY, constants.Z_FIXED, constants.Z_RLE]) {
    for (const level of [0, 1, 9]) {
      const packed = deflateSync(data, { level, strategy });
      expect(Buffer.compare(inflate(packed, data.length), data)).toBe(0);
    }
  }
});

test('more than the limit', () => {
  const packed = deflateSync(text);
  expect(() => inflate(packed, text.length - 1)).toThrow(expect.objectContaining({ code: 'ERR_BUFFER_TOO_LARGE' }));
});

/** The data, or the words of the error. */
function outcome(read: () => Uint8Array): string {
  try {
    return Buffer.from(read()).toString('latin1');
  } catch (error) {
    return `error: ${(error as Error).message}`;
  }
}

test('what is cut off, at every byte', () => {
  const packed = deflateSync(text.subarray(0, 600));
  for (let length = 0; length < packed.length; length += 1) {
    const cut = packed.subarray(0, length);
    expect(outcome(() => inflate(cut, 600))).toBe(outcome(() => inflateSync(cut)));
  }
});

test('what is damaged is refused where zlib refuses it', () => {
  const refused = (found: string): boolean => found.startsWith('error: ');
  for (const level of [0, 9]) {
    const packed = deflateSync(text.subarray(0, 300), { level });
    for (let bit = 0; bit < 8 * packed.length; bit += 1) {
      const damaged = Uint8Array.from(packed);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      const [ours, zlibs] = [
        outcome(() => inflate(damaged, 1000)),
        outcome(() => inflateSync(damaged, { maxOutputLength: 1000 })),
      ];
      expect([bit, refused(ours)]).toEqual([bit, refused(zlibs)]);
      if (!refused(ours)) expect(ours).toBe(zlibs);
    }
  }
});

test('data without a header: whole, too long, and the start of what is cut off at every byte', () => {
  const data = text.subarray(0, 600);
  for (const strategy of [constants.Z_DEFAULT_STRATEGY, constants.Z_FIXED]) {
    const packed = deflateRawSync(data, { strategy });
    expect(Buffer.compare(inflateRaw(packed, 600), data)).toBe(0);
    expect(() => inflateRaw(packed, 599)).toThrow(expect.objectContaining({ code: 'ERR_BUFFER_TOO_LARGE' }));
    for (let length = 1; length <= packed.length; length += 1) {
      const cut = packed.subarray(0, length);
      const known = inflateRawSync(cut, { finishFlush: constants.Z_SYNC_FLUSH });
      expect([length, Buffer.compare(inflateRawStart(cut), known)]).toEqual([length, 0]);
    }
  }
  expect(() => inflateRawStart(Uint8Array.of(7))).toThrow('invalid block type');
});
