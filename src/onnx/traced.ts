// A model that also gives inner values of its graph as outputs, for another program that runs it.

import { create, toBinary } from '@bufbuild/protobuf';
import { decodeModel, isProblem } from './file/decode.ts';
import { dataTypes } from './file/messages.ts';
import { modelSchema } from './file/schema.ts';
import type { Problem } from './problem.ts';

/** What a model takes. */
export interface ModelInput {
  readonly name: string;
  /** Extents; a name, perhaps empty, for what the file leaves open. */
  readonly dims: readonly (number | string)[];
  /** Whether its elements are f32. */
  readonly isFloat: boolean;
}

export interface Traced {
  readonly bytes: Uint8Array;
  /** Without those that have a value in the file. */
  readonly inputs: readonly ModelInput[];
  /** Names of the outputs that it had. */
  readonly outputs: readonly string[];
  /** Names of those that were added. */
  readonly added: readonly string[];
}

/**
 * The model with those of the `wanted` values as outputs that its nodes give. The file is left as it is, and a message with these outputs
 * is put behind it: protobuf merges the two, because repeated fields of messages in a row are appended
 * (https://protobuf.dev/programming-guides/encoding/#last-one-wins).
 */
export function traced(bytes: Uint8Array, wanted: ReadonlySet<string>): Traced | Problem {
  const model = decodeModel(bytes);
  if (isProblem(model)) return model;
  const { node = [], output = [], input = [], initializer = [] } = model.graph ?? {};
  const outputs = new Set(output.map(({ name }) => name));
  const added = [...new Set(node.flatMap((one) => one.output))].filter(
    (name) => wanted.has(name) && !outputs.has(name),
  );
  const rest = toBinary(modelSchema, create(modelSchema, { graph: { output: added.map((name) => ({ name })) } }));
  const both = new Uint8Array(bytes.length + rest.length);
  both.set(bytes);
  both.set(rest, bytes.length);
  const known = new Set(initializer.map(({ name }) => name));
  return {
    bytes: both,
    inputs: input
      .filter(({ name }) => !known.has(name))
      .map(({ name, type }) => ({
        name,
        dims: (type?.tensorType?.shape?.dim ?? []).map(({ value }) =>
          value.case === 'dimValue' ? Number(value.value) : (value.value ?? ''),
        ),
        isFloat: type?.tensorType?.elemType === dataTypes.float,
      })),
    outputs: [...outputs],
    added,
  };
}
