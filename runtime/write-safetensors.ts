// Writes a safetensors file: an 8-byte header length, a JSON header, then the data.

import type { TensorSpec } from './abi.ts';
import { classOf } from './values.ts';

/** A tensor with its numbers, row-major. */
export interface FileTensor extends Pick<TensorSpec, 'name' | 'shape'> {
  readonly data: Float32Array | Int32Array | Int8Array | Uint8Array;
}

/** A file in the order given, the same bytes for the same tensors; the header is padded to 8 bytes. Names must differ. */
export function safetensorsOf(tensors: readonly FileTensor[], metadata: ReadonlyMap<string, string>): Uint8Array {
  const fields: string[] = [];
  if (metadata.size > 0) {
    const pairs = [...metadata].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
    fields.push(`"__metadata__":{${pairs.join(',')}}`);
  }
  let end = 0;
  for (const { name, shape, data } of tensors) {
    const start = end;
    end += data.byteLength;
    // F32, I32, I8 or U8: the capital of the array's name, and its bits.
    const dtype = `${classOf(data)[0]}${data.BYTES_PER_ELEMENT * 8}`;
    fields.push(
      `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape.join(',')}],"data_offsets":[${start},${end}]}`,
    );
  }
  const json = new TextEncoder().encode(`{${fields.join(',')}}`);
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + headerBytes + end).fill(0x20, 8, 8 + headerBytes);
  new DataView(file.buffer).setUint32(0, headerBytes, true);
  file.set(json, 8);
  let at = 8 + headerBytes;
  for (const { data } of tensors) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}
