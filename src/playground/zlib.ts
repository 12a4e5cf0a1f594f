// What the readers of files use of Node's zlib, for browsers: the checksum of zip archives and PNG pictures, and decompression of
// both. Gzipped files are refused with a sentence.

import { InputError } from '../data/input-error.ts';
import { inflate, inflateRaw, inflateRawStart } from './inflate.ts';

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

/** CRC-32 of ISO 3309, as zip archives and PNG have it. */
export function crc32(data: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of data) sum = table[(sum ^ byte) & 0xff]! ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}

export const constants = { Z_SYNC_FLUSH: 2 } as const;

function refuse(): never {
  throw new InputError('the file is gzipped, which this page cannot read');
}

/** As Node's: throws where the data is damaged, or longer than `maxOutputLength`. */
export function inflateSync(data: Uint8Array, { maxOutputLength }: { readonly maxOutputLength: number }): Uint8Array {
  return inflate(data, maxOutputLength);
}

/** As Node's, of data without a header; without a length, what the first part of them holds. */
export function inflateRawSync(
  data: Uint8Array,
  { maxOutputLength }: { readonly maxOutputLength?: number } = {},
): Uint8Array {
  return maxOutputLength === undefined ? inflateRawStart(data) : inflateRaw(data, maxOutputLength);
}

export { refuse as gunzipSync, refuse as gzipSync };
