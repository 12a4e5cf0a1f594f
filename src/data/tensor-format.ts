// Which kind of file holds tensors: told by content first and name second.

import { fileKind } from '../../runtime/magic.ts';
import { isGzip } from './gzip.ts';
import { InputError } from './input-error.ts';
import { isNpy } from './npy.ts';
import { isPicture } from './picture-kind.ts';

export type TensorFormat = 'picture' | 'npy' | 'safetensors' | 'IDX' | 'JSON' | 'CSV';

/** The format of a file; `ends` holds all of it, or its first and last kibibyte. Throws `InputError` for any other kind. */
export function tensorFormat(ends: Uint8Array, fileName: string): TensorFormat {
  if (isPicture(ends)) return 'picture';
  const extension = /\.([a-z0-9]+)$/i.exec(fileName)?.[1]?.toLowerCase() ?? '';
  if (isNpy(ends) || extension === 'npy') return 'npy';
  if (extension === 'safetensors' || isSafetensors(ends)) return 'safetensors';
  if (isGzip(ends) || isIdx(ends)) return 'IDX';
  const kind = ends.length === 0 ? 'an empty one' : fileKind(ends);
  const isNameless = extension === '';
  if (extension === 'json' || (isNameless && kind === 'JSON text')) return 'JSON';
  if (/^([ct]sv|txt)$/.test(extension) || (isNameless && isTable(ends))) return 'CSV';
  throw new InputError(
    `this is no file of a known kind${kind === undefined ? '' : ` but ${kind}`}; expected PNG, JPEG, npy, safetensors, IDX, JSON or CSV`,
  );
}

/** Eight bytes with the length of a header, which is below 4 GiB and begins as JSON does. */
function isSafetensors(bytes: Uint8Array): boolean {
  return bytes[8] === 0x7b && bytes.subarray(4, 8).every((byte) => byte === 0);
}

function isIdx(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes[1] === 0 && bytes[2]! >= 8 && bytes[2]! <= 14 && bytes[3]! > 0 && bytes[3]! < 8;
}

/** Whether it may be a table: no byte of its beginning stands outside ASCII, and it opens no tag. */
function isTable(bytes: Uint8Array): boolean {
  return /^(?:\xef\xbb\xbf)?[\t\n\r -;=-~]+$/.test(String.fromCharCode(...bytes.subarray(0, 1024)));
}
