// From bytes to messages: scanned first, so that nothing in a file makes the reader allocate more than the file's size warrants.

import { fromBinary } from '@bufbuild/protobuf';
import type { Message } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import type { Problem } from '../problem.ts';
import type { Model, TensorProto } from './messages.ts';
import { modelSchema, tensorSchema } from './schema.ts';
import { scan } from './scan.ts';

/** A model, or why the bytes are none. Bytes of tensors are views of `bytes`. */
export function decodeModel(bytes: Uint8Array): Model | Problem {
  return decode(bytes, 'ModelProto', modelSchema);
}

/** A tensor in a file of its own, as ONNX's test data have them, or why the bytes are none. */
export function decodeTensorFile(bytes: Uint8Array): TensorProto | Problem {
  return decode(bytes, 'TensorProto', tensorSchema);
}

function decode<Shape extends Message>(
  bytes: Uint8Array,
  message: 'ModelProto' | 'TensorProto',
  schema: GenMessage<Shape>,
): Shape | Problem {
  const flaw = scan(bytes, message);
  if (flaw) {
    return {
      what: `${flaw.field} at byte ${flaw.byte} is damaged: ${flaw.what}`,
      mend: 'download or export the file again; this is not an ONNX file as it should be',
    };
  }
  return fromBinary(schema, bytes, { readUnknownFields: false });
}

/** Whether decoding failed. */
export function isProblem(decoded: Message | Problem): decoded is Problem {
  return 'what' in decoded;
}
