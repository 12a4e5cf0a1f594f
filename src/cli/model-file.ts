// What commands know of models without reading them: how they are told from texts, what they bring along, and what they cannot do.

import { InputError } from '../data/input-error.ts';
import { UsageError } from './errors.ts';
import type { ImportFlags } from './import-options.ts';

/** Largest file in bytes: what protobuf allows. */
export const MAX_MODEL_BYTES = 2 ** 31;

/** What a model brings along. */
export interface ModelContents {
  /** By the names of the network's parameters; made when it is called. */
  weights(): ReadonlyMap<string, Float32Array>;
  /** Names of values in the file → names of the network's values. */
  readonly names: ReadonlyMap<string, string>;
  /** The file's inputs, in the order of the network's. */
  readonly inputs: readonly string[];
  /** Whether axis 0 of the file's tensors is the batch. */
  readonly batched: boolean;
}

/** Whether a file is a model, by its name or by what every model begins with: the field `ir_version`. No text begins so. */
export function isModel(path: string, bytes: Uint8Array): boolean {
  return isModelName(path) || bytes[0] === IR_VERSION_TAG;
}

/** Whether a file is called as models are. */
export const isModelName = (path: string): boolean => /\.onnx$/i.test(path);

const IR_VERSION_TAG = 0x08;

/** Throws `InputError` where a network that only text can say more about was read from a model. */
export function refuseModel(what: string, path: string, contents: ModelContents | undefined): void {
  if (!contents) return;
  throw new InputError(
    `${path} is an ONNX model, which does not say how it is trained; \`cnnc import ${path} -o FOLDER\` writes it as a text, to which ${what} needs a \`train\` section added`,
  );
}

/** Throws `UsageError` where options of models are given for a text. */
export function refuseModelOptions(path: string, { dim, constant, externalData }: ImportFlags): void {
  const given = dim ? '--dim' : constant ? '--constant' : externalData ? '--external-data' : undefined;
  if (given !== undefined) throw new UsageError(`${given} says how to read an .onnx file; ${path} is a .cnn text`);
}
