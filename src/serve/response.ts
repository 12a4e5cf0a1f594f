// From what a network computed to the bytes of the protocol's answer.

import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { floatBytes } from './datatypes.ts';
import type { Answer, ServedNetwork } from './protocol.ts';
import type { Request } from './request.ts';

const encoder = new TextEncoder();

/**
 * `values`: each output for all images of a batch, of which those of this request begin at `first`. Numbers that are NaN or infinite
 * are null in JSON, which has no word for them.
 */
export function inferAnswer(
  { id, images, outputs }: Request,
  { name, version }: ServedNetwork,
  values: ReadonlyMap<string, Float32Array>,
  first: number,
): Answer {
  const binary: Uint8Array[] = [];
  const listed = outputs.map(({ tensor, isBinary }) => {
    const size = sizeOf(tensor.shape);
    const own = values.get(tensor.name)!.subarray(first * size, (first + images) * size);
    const about = { name: tensor.name, datatype: 'FP32', shape: [images, ...tensor.shape] };
    if (!isBinary) return { ...about, data: [...own] };
    binary.push(floatBytes(own));
    return { ...about, parameters: { binary_data_size: own.byteLength } };
  });
  const json = encoder.encode(
    JSON.stringify({ model_name: name, model_version: version, ...(id !== undefined && { id }), outputs: listed }),
  );
  if (binary.length === 0) return { status: 200, type: 'application/json', body: json, images };
  const body = new Uint8Array(binary.reduce((sum, { length }) => sum + length, json.length));
  body.set(json);
  let at = json.length;
  for (const part of binary) {
    body.set(part, at);
    at += part.length;
  }
  return { status: 200, type: 'application/octet-stream', body, jsonLength: json.length, images };
}
