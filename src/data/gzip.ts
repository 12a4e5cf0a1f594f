// Decompression with a limit, so that a small file cannot fill the memory.

import { gunzipSync } from 'node:zlib';
import { InputError } from './input-error.ts';

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** The bytes themselves unless they are gzipped. `maxBytes` limits what comes out. Throws `InputError`. */
export function gunzip(bytes: Uint8Array, maxBytes = 1 << 30): Uint8Array {
  if (!isGzip(bytes)) return bytes;
  try {
    const data = gunzipSync(bytes, { maxOutputLength: maxBytes });
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  } catch (cause) {
    if ((cause as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new InputError(`the gzipped file holds more than the ${maxBytes} bytes that may be read`, {
        limit: true,
        cause,
      });
    }
    throw new InputError(`damaged gzip file: ${(cause as Error).message}`, { cause });
  }
}
