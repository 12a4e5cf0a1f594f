// Writes a safetensors file: an 8-byte header length, a JSON header, then the data.

import type { TensorSpec } from './abi.ts';

/** A tensor with its numbers, row-major. */
export interface FileTensor extends Pick<TensorSpec, 'name' | 'shape'> {
  readonly data: Float32Array;
}

/** An F32 file in the order given, the same bytes for the same tensors; the header is padded to 8 bytes. Names must differ. */
export function safetensorsOf(tensors: readonly FileTensor[], metadata: ReadonlyMap<string, string>): Uint8Array {
  const fields: string[] = [];
  if (metadata.size > 0) {
    const pairs = [...metadata].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
    fields.push(`"__metadata__":{${pairs.join(',')}}`);
  }
  let end = 0;
  for (const { name, shape, data } of tensors) {
    const start = end;
    end += data.length * 4;
    fields.push(
      `${JSON.stringify(name)}:{"dtype":"F32","shape":[${shape.join(',')}],"data_offsets":[${start},${end}]}`,
    );
  }
  const json = new TextEncoder().encode(`{${fields.join(',')}}`);
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + headerBytes + end).fill(0x20, 8, 8 + headerBytes);
  const view = new DataView(file.buffer);
  view.setUint32(0, headerBytes, true);
  file.set(json, 8);
  let at = 8 + headerBytes;
  for (const { data } of tensors) for (const element of data) view.setFloat32((at += 4) - 4, element, true);
  return file;
}
