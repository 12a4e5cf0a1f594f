// Bytes that should be text: UTF-8, or refused with what they are instead.

import { fileKind } from '../../runtime/magic.ts';
import { InputError } from '../data/input-error.ts';
import { inFile } from './errors.ts';
import type { Files } from './io.ts';

/** Throws `InputError`. */
export function readText(path: string, maxBytes: number, files: Files): string {
  const bytes = files.read(path, maxBytes);
  return inFile(path, () => decodeText(bytes));
}

/** A byte order mark is left out. Throws `InputError`. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InputError(`the file is not UTF-8 text: ${whatItIs(bytes)}`, { cause });
  }
}

function whatItIs(bytes: Uint8Array): string {
  const kind = fileKind(bytes);
  if (kind !== undefined && kind !== 'a text file') return `it is ${kind}`;
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    return 'it is UTF-16; save it as UTF-8';
  const at = validLength(bytes);
  const line = bytes.subarray(0, at).reduce((count, byte) => count + (byte === 0x0a ? 1 : 0), 1);
  return `the byte 0x${bytes[at]!.toString(16).padStart(2, '0')} on line ${line} belongs to no character`;
}

/** Bytes before the first character that UTF-8 does not allow, by halving. */
function validLength(bytes: Uint8Array): number {
  let [low, high] = [0, bytes.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (isValid(bytes.subarray(0, middle), true)) low = middle;
    else high = middle - 1;
  }
  // The first bytes of a character may be right, and the next one wrong.
  return (
    [0, 1, 2, 3].map((back) => low - back).find((end) => isValid(bytes.subarray(0, Math.max(0, end)), false)) ?? low
  );
}

/** `partial`: the last character may be cut. */
function isValid(bytes: Uint8Array, partial: boolean): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: partial });
    return true;
  } catch {
    return false;
  }
}
