// The JSON of a request: its bytes as an object, within the memory that an honest one takes, and words for what is found in it.

import { printable } from '../data/input-error.ts';
import { Refusal } from './protocol.ts';
import { repeatedKey } from './repeated-keys.ts';

export type Json = Readonly<Record<string, unknown>>;

/**
 * Lists, objects and keys that a request may have. Each takes some hundred bytes of memory for the two or three that are sent; numbers,
 * of which there may be as many as the body holds, take eight.
 */
const MAX_PARTS = 1 << 18;

/** Throws `Refusal`. */
export function objectIn(bytes: Uint8Array): Json {
  if (hasMoreParts(bytes, MAX_PARTS))
    throw new Refusal(
      413,
      `the JSON has more than ${MAX_PARTS} lists, objects and keys; "data" may be flat, and tensors binary`,
    );
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw wrong('the request is not JSON: its bytes are not UTF-8');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrong(`the request is not JSON: ${printable((error as Error).message.split('\n')[0]!)}`);
  }
  const repeated = repeatedKey(text, value);
  if (repeated !== undefined) throw wrong(repeated);
  if (isObject(value)) return value;
  throw wrong(`the request is a JSON object with "inputs"; found ${kindOf(value)}`);
}

/** Whether a text, which need not be JSON, opens lists and objects and ends keys more than `most` times; also within its texts. */
function hasMoreParts(text: Uint8Array, most: number): boolean {
  if (text.length <= most) return false;
  let parts = 0;
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at];
    if (byte === 0x5b || byte === 0x7b || byte === 0x3a) parts += 1;
  }
  return parts > most;
}

/** That the request is not what it should be: status 400. */
export const wrong = (message: string): Refusal => new Refusal(400, message);

/** Not a list, and not null. */
export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What it is, without what it holds. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value === 'string' ? 'text' : typeof value}`;
}
