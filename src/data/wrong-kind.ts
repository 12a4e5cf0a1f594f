// The refusal of a file that is of another kind than expected.

import { fileKind } from '../../runtime/magic.ts';
import { InputError } from './input-error.ts';

/** `not an npy file but a PNG picture (it does not start with …)`, without the kind where its bytes do not tell it. */
export function wrongKind(bytes: Uint8Array, expected: string, reason: string): InputError {
  const kind = fileKind(bytes);
  return new InputError(kind === undefined ? `not ${expected}: ${reason}` : `not ${expected} but ${kind} (${reason})`);
}
