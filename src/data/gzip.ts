// Decompression with a limit, so that a small file cannot fill the memory.

import { constants, gunzipSync } from 'node:zlib';
import { InputError } from './input-error.ts';

/** Whether the bytes begin with the signature of gzip. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * What a gzipped file holds. It is not decompressed beyond `maxBytes`, which `reason` explains: `that its header needs`.
 * Throws `InputError`.
 */
export function gunzip(bytes: Uint8Array, maxBytes: number, reason: string): Uint8Array {
  try {
    // One piece as large as everything: otherwise pieces are copied together, which takes twice the memory.
    return viewOf(gunzipSync(bytes, { maxOutputLength: maxBytes, chunkSize: Math.max(64, maxBytes + 1) }));
  } catch (cause) {
    if ((cause as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new InputError(`the gzipped file holds more than the ${maxBytes} bytes ${reason}`, { limit: true, cause });
    }
    throw damaged(cause);
  }
}

/** At least the first `length` bytes of what a gzipped file holds, fewer where it ends before. Throws `InputError`. */
export function gunzipStart(bytes: Uint8Array, length: number): Uint8Array {
  try {
    return startOf(gunzipSync, bytes, length, 512);
  } catch (cause) {
    throw damaged(cause);
  }
}

/**
 * As `gunzipStart`, by another decompressor of zlib. It is first given `firstBytes`, of which deflate makes 1032 times as many at
 * most. Throws what the decompressor throws.
 */
export function startOf(
  decompress: typeof gunzipSync,
  bytes: Uint8Array,
  length: number,
  firstBytes: number,
): Uint8Array {
  let start: Uint8Array = new Uint8Array(0);
  for (let taken = firstBytes; taken <= 32_768 && start.length < length; taken *= 4) {
    const chunkSize = Math.max(1024, Math.min(length, 16 * taken));
    start = viewOf(decompress(bytes.subarray(0, taken), { finishFlush: constants.Z_SYNC_FLUSH, chunkSize }));
    if (taken >= bytes.length) break;
  }
  return start;
}

/** The bytes of a buffer, as a plain array of bytes. */
export function viewOf({ buffer, byteOffset, length }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}

function damaged(cause: unknown): InputError {
  return new InputError(`damaged gzip file: ${(cause as Error).message}`, { cause });
}
