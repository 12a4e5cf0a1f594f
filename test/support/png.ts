// PNG files for tests, of any kind of pixel.

import { crc32, deflateSync } from 'node:zlib';

/** A PNG file (https://www.w3.org/TR/png-3) of these lines, each with its filter's number before it. */
export function png(
  width: number,
  height: number,
  depth: number,
  color: number,
  lines: readonly number[],
  palette?: readonly number[],
): Buffer {
  const chunk = (type: string, body: Uint8Array): Buffer => {
    const made = Buffer.alloc(12 + body.length);
    made.writeUInt32BE(body.length);
    made.write(type, 4, 'latin1');
    made.set(body, 8);
    made.writeUInt32BE(crc32(made.subarray(4, 8 + body.length)), 8 + body.length);
    return made;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([depth, color], 8);
  return Buffer.concat([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', header),
    ...(palette ? [chunk('PLTE', Uint8Array.from(palette))] : []),
    chunk('IDAT', deflateSync(Uint8Array.from(lines))),
    chunk('IEND', new Uint8Array(0)),
  ]);
}
