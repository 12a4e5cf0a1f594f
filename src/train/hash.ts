// Tells whether two texts or data sets are the same: FNV-1a of 32 bits from two starts. It is no protection against intent.

/** 16 hexadecimal digits of the bytes in all parts, one after the other. */
export function hashOf(...parts: readonly (Uint8Array | string)[]): string {
  let [a, b] = [0x811c9dc5, 0x01234567];
  for (const part of parts) {
    const bytes = typeof part === 'string' ? new TextEncoder().encode(part) : part;
    for (let at = 0; at < bytes.length; at += 1) {
      a = Math.imul(a ^ bytes[at]!, 0x01000193);
      b = Math.imul(b ^ bytes[at]!, 0x01000193);
    }
    // So that parts cannot lend each other bytes.
    a = Math.imul(a ^ bytes.length, 0x01000193);
    b = Math.imul(b ^ bytes.length, 0x01000193);
  }
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}

/** 16 hexadecimal digits of a large block, four bytes at a time, rotated as by A. Appleby's MurmurHash3 so that all bits meet. */
export function hashOfBlock(bytes: Uint8Array): string {
  const whole = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const words = new Int32Array(whole.buffer, whole.byteOffset, Math.floor(whole.length / 4));
  let [a, b] = [0x811c9dc5, 0x01234567];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]!;
    a = Math.imul(a ^ word, 0x01000193);
    a = (a << 13) | (a >>> 19);
    b = Math.imul(b ^ word, 0x01000193);
    b = (b << 17) | (b >>> 15);
  }
  return hashOf(bytesIn(Int32Array.of(a, b)), whole.subarray(4 * words.length));
}

/** The bytes of numbers, as they lie in memory. */
export function bytesIn({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
