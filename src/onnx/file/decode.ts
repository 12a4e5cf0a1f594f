// From bytes to messages: scanned first, so that nothing in a file makes the reader allocate more than the file's size warrants.

import { fromBinary, isMessage } from '@bufbuild/protobuf';
import type { Message } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import { fileKind } from '../../../runtime/magic.ts';
import type { Problem } from '../problem.ts';
import type { Model, TensorProto } from './messages.ts';
import { modelSchema, tensorSchema } from './schema.ts';
import { scan } from './scan.ts';

/** A model, or why the bytes are none. Bytes of tensors are views of `bytes`. `observe` is told first how many fields there are. */
export function decodeModel(bytes: Uint8Array, observe?: (fields: number) => void): Model | Problem {
  return decode(bytes, 'ModelProto', modelSchema, observe);
}

/** A tensor in a file of its own, as ONNX's test data have them, or why the bytes are none. */
export function decodeTensorFile(bytes: Uint8Array): TensorProto | Problem {
  return decode(bytes, 'TensorProto', tensorSchema);
}

function decode<Shape extends Message>(
  bytes: Uint8Array,
  message: 'ModelProto' | 'TensorProto',
  schema: GenMessage<Shape>,
  observe?: (fields: number) => void,
): Shape | Problem {
  const flaw = scan(bytes, message, observe);
  if (flaw) {
    return (
      otherKind(bytes) ?? {
        what: `${flaw.field} at byte ${flaw.byte} is damaged: ${flaw.what}`,
        mend: 'download or export the file again; this is not an ONNX file as it should be',
      }
    );
  }
  return trimmed(fromBinary(schema, bytes, { readUnknownFields: false }));
}

const none: readonly never[] = [];

/** With lists that have no room for more: as they grow they get it, and a file of tens of thousands of nodes has a dozen of them in each. */
function trimmed<Shape extends Message>(message: Shape): Shape {
  const fields = message as unknown as Record<string, unknown>;
  for (const [name, value] of Object.entries(fields)) {
    if (Array.isArray(value)) {
      for (const item of value) if (isMessage(item)) trimmed(item);
      fields[name] = value.length === 0 ? none : value.slice();
    } else if (isMessage(value)) trimmed(value);
  }
  return message;
}

/** A file of another kind, with what makes an ONNX file of it; undefined where its bytes do not tell one. */
function otherKind(bytes: Uint8Array): Problem | undefined {
  const kind = fileKind(bytes);
  if (kind === undefined || kind.startsWith('an ONNX')) return undefined;
  const [name = kind, advice = 'give the .onnx file itself'] = kind.split(/: (.*)/);
  return {
    what: `not an ONNX file but ${name}`,
    mend: exporters.find(([start]) => name.startsWith(start))?.[1] ?? advice,
  };
}

/** How models of other programs become ONNX files, by the kind of file. */
const exporters: readonly (readonly [string, string])[] = [
  ['a PyTorch file', 'torch.onnx.export(model, …) writes an ONNX file; weights alone are read by --weights'],
  ['an HDF5 file', "model.export('model.onnx', format='onnx') in Keras, or tf2onnx, writes an ONNX file"],
  ['a TensorFlow Lite model', 'tf2onnx writes an ONNX file of it'],
];

/** Whether decoding failed. */
export function isProblem(decoded: Message | Problem): decoded is Problem {
  return 'what' in decoded;
}
