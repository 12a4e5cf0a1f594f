// The words of the Open Inference Protocol, version 2 (KServe's "predict v2"), as far as both sides of a server know them:
// https://github.com/kserve/open-inference-protocol

import type { Shape } from '../../compiler/ir/tensor-type.ts';

/** Extensions of the protocol that the server's metadata name. */
export const extensions = ['binary_tensor_data'] as const;

/** How many bytes of a body are JSON; the tensors in binary follow. */
export const JSON_LENGTH = 'inference-header-content-length';

/** What is served under one name and version, without the batch axis. */
export interface ServedNetwork {
  readonly name: string;
  readonly version: string;
  readonly inputs: readonly ServedTensor[];
  readonly outputs: readonly ServedTensor[];
}

export interface ServedTensor {
  readonly name: string;
  readonly shape: Shape;
}

/** A request that cannot be answered: the status, and one sentence for `{ "error": … }`. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** One request as a thread gets it. */
export interface Work {
  readonly kind: 'infer' | 'classify';
  /** Of its own memory, which is handed over. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** Of `infer`: how many bytes are JSON; absent where all are. */
  readonly jsonLength?: number;
  /** Of `classify`: how many classes are wanted. */
  readonly top?: number;
}

/** What goes back. */
export interface Answer {
  readonly status: number;
  readonly type: 'application/json' | 'application/octet-stream';
  readonly body: Uint8Array<ArrayBuffer>;
  /** Present where tensors in binary follow so many bytes of JSON. */
  readonly jsonLength?: number;
  /** How many images were computed for it. */
  readonly images: number;
}

const encoder = new TextEncoder();

/** `value` as the whole body. */
export function jsonAnswer(status: number, value: object, images = 0): Answer {
  return { status, type: 'application/json', body: encoder.encode(JSON.stringify(value)), images };
}

/** `{ "error": … }` */
export const refused = ({ status, message }: Pick<Refusal, 'status' | 'message'>): Answer =>
  jsonAnswer(status, { error: message });

/** What `GET /v2/models/NAME` says; −1 stands for any number of images. */
export function metadataOf({ name, inputs, outputs }: ServedNetwork, versions: readonly string[]): object {
  const tensors = (all: readonly ServedTensor[]): readonly object[] =>
    all.map((tensor) => ({ name: tensor.name, datatype: 'FP32', shape: [-1, ...tensor.shape] }));
  return { name, versions, platform: 'cnnc', inputs: tensors(inputs), outputs: tensors(outputs) };
}
