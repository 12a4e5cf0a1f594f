// From what a network computed to the bytes of the protocol's answer.

import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { floatBytes } from './datatypes.ts';
import { Refusal } from './protocol.ts';
import type { Answer, ServedNetwork } from './protocol.ts';
import type { Asked } from './request.ts';

const encoder = new TextEncoder();

/** Numbers that become text at once, and characters that become bytes at once: a text of a whole answer may be longer than texts can be. */
const PIECE = { numbers: 1 << 14, characters: 1 << 18 } as const;

/** Of an f32 and a comma, such as -1.1754943508222875e-38. */
const NUMBER_CHARACTERS = 24;

/** That the tensors of an answer may have, of which there are at most `maxAnswer`. */
export const mostBytes = ({ images, outputs }: Asked, maxAnswer: number): number =>
  Math.min(
    maxAnswer,
    images *
      outputs.reduce((sum, { tensor, isBinary }) => sum + (isBinary ? 4 : NUMBER_CHARACTERS) * sizeOf(tensor.shape), 0),
  );

/**
 * `values`: each output for all images of a batch, of which those of this request begin at `first`. Numbers that are NaN or infinite
 * are null in JSON, which has no word for them. Throws `Refusal` where the answer
 * has more than `maxAnswer` bytes.
 */
export function inferAnswer(
  asked: Asked,
  network: ServedNetwork,
  values: ReadonlyMap<string, Float32Array>,
  { first, maxAnswer }: { readonly first: number; readonly maxAnswer: number },
): Answer {
  const { images, outputs } = asked;
  const parts = outputs.map(({ tensor }) => {
    const size = sizeOf(tensor.shape);
    return values.get(tensor.name)!.subarray(first * size, (first + images) * size);
  });
  const binary = parts.filter((_, at) => outputs[at]!.isBinary).map(floatBytes);
  const isBinary = binary.length === outputs.length;
  const json = (isBinary && heads.get(asked)) || encoded(textOf(asked, network, parts), maxAnswer);
  if (isBinary) heads.set(asked, json);
  const body = joined([...json, ...binary]);
  if (binary.length === 0) return { status: 200, type: 'application/json', body, images };
  return { status: 200, type: 'application/octet-stream', body, jsonLength: lengthOf(json), images };
}

/** The JSON of answers whose numbers are all in binary is that of the same question. */
const heads = new WeakMap<Asked, readonly Uint8Array[]>();

/** `parts`: the numbers of each output. */
function* textOf(
  { id, images, outputs }: Asked,
  { name, version }: ServedNetwork,
  parts: readonly Float32Array[],
): Generator<string> {
  const about = JSON.stringify({ model_name: name, model_version: version, ...(id !== undefined && { id }) });
  yield `${about.slice(0, -1)},"outputs":[`;
  for (const [at, { tensor, isBinary }] of outputs.entries()) {
    const own = parts[at]!;
    const head = {
      name: tensor.name,
      datatype: 'FP32',
      shape: [images, ...tensor.shape],
      ...(isBinary && { parameters: { binary_data_size: own.byteLength } }),
    };
    yield `${at === 0 ? '' : ','}${JSON.stringify(head).slice(0, -1)}`;
    if (!isBinary) yield* listed(own);
    yield '}';
  }
  yield ']}';
}

/** `data` of a tensor. */
function* listed(values: Float32Array): Generator<string> {
  yield ',"data":[';
  for (let at = 0; at < values.length; at += PIECE.numbers) {
    const piece = JSON.stringify(Array.from(values.subarray(at, at + PIECE.numbers)));
    yield `${at === 0 ? '' : ','}${piece.slice(1, -1)}`;
  }
  yield ']';
}

function encoded(texts: Iterable<string>, most: number): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let piece = '';
  let length = 0;
  for (const text of texts) {
    piece += text;
    if (piece.length < PIECE.characters) continue;
    length += piece.length;
    if (length > most)
      throw new Refusal(
        413,
        `as JSON, the answer has more than the ${most} bytes of an answer; ask for outputs in binary`,
      );
    pieces.push(encoder.encode(piece));
    piece = '';
  }
  return [...pieces, encoder.encode(piece)];
}

const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0);

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(lengthOf(parts));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
