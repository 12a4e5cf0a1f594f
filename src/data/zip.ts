// The contents of a zip archive. What is stored is a view of the file; what is deflated is never inflated beyond the size that
// the directory gives.

import { crc32, inflateRawSync } from 'node:zlib';
import { startOf, viewOf } from './gzip.ts';
import { InputError, printable } from './input-error.ts';
import { unreadOf } from './unread.ts';
import { type ZipEntry, damagedZip, dataOffset, zipDirectory } from './zip-directory.ts';

export interface ZipArchive {
  /** By name, in the order of the directory. */
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /** All bytes of an entry of at most `maxBytes`; `checksum` also compares their CRC-32. Throws `InputError`. */
  read(entry: ZipEntry, maxBytes: number, checksum: 'checked' | 'ignored'): Uint8Array;
  /** At least the first `length` bytes of an entry, fewer where it ends before. Throws `InputError`. */
  start(entry: ZipEntry, length: number): Uint8Array;
}

/** The bytes must not change while the result is in use. Throws `InputError`. */
export function openZip(bytes: Uint8Array): ZipArchive {
  const file = unreadOf(bytes);
  const packed = (entry: ZipEntry): Uint8Array => {
    if (entry.method !== 0 && entry.method !== 8)
      throw new InputError(
        `${printable(entry.name)} in the zip archive is compressed by method ${entry.method}; stored and deflated data can be read`,
      );
    const start = dataOffset(file, entry);
    return bytes.subarray(start, start + entry.compressedBytes);
  };
  return {
    entries: new Map(zipDirectory(file).map((entry) => [entry.name, entry])),
    read(entry, maxBytes, checksum) {
      const label = printable(entry.name);
      if (entry.sizeBytes > maxBytes)
        throw new InputError(`${label} in the zip archive has ${entry.sizeBytes} bytes; at most ${maxBytes} are read`, {
          limit: true,
        });
      const found = entry.method === 0 ? packed(entry) : inflate(packed(entry), entry);
      if (checksum === 'checked' && crc32(found) !== entry.crc32)
        throw damagedZip(`the bytes of ${label} do not have its checksum`);
      return found;
    },
    start(entry, length) {
      if (entry.method === 0) return packed(entry).subarray(0, length);
      return inflating(entry, () => startOf(inflateRawSync, packed(entry), length, FIRST_BYTES));
    },
  };
}

/** Enough for the header of an array in most cases. */
const FIRST_BYTES = 128;

function inflate(packed: Uint8Array, entry: ZipEntry): Uint8Array {
  const { sizeBytes } = entry;
  // One piece as large as everything: otherwise pieces are copied together, which takes twice the memory.
  const options = { maxOutputLength: Math.max(1, sizeBytes), chunkSize: Math.max(64, sizeBytes + 1) };
  const found = inflating(entry, () => viewOf(inflateRawSync(packed, options)));
  if (found.length !== sizeBytes)
    throw damagedZip(`${printable(entry.name)} should have ${sizeBytes} bytes, but has ${found.length}`);
  return found;
}

function inflating(entry: ZipEntry, action: () => Uint8Array): Uint8Array {
  try {
    return action();
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    const isLonger = (cause as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
    const what = isLonger
      ? `has more than the ${entry.sizeBytes} bytes that its directory gives`
      : 'cannot be inflated';
    throw damagedZip(`${printable(entry.name)} ${what}`);
  }
}
