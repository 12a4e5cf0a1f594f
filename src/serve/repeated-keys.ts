// Keys that an object of JSON has twice. RFC 8259, section 4, leaves open which of the two counts: JSON.parse takes the last, other readers
// the first, so that who checks a request and who answers it may see different ones.

import { printable } from '../data/input-error.ts';

/** Objects in objects that an honest request may have, and more. */
const DEPTH = 8;
/** Keys and positions of a place that are named. */
const NAMED = 4;

/**
 * One sentence about the first key that is given twice, or undefined. `value` is what JSON.parse makes of `text`. An ordinary request has
 * as many colons as `value` has in keys, after them, and in texts, which is known without looking at its numbers.
 */
export function repeatedKey(text: string, value: unknown): string | undefined {
  // A colon that is escaped is none of the text's.
  if (!text.includes('\\') && colonsIn(text) === colonsOf(value, DEPTH)) return undefined;
  return searched(text);
}

function colonsIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) count += 1;
  return count;
}

/** Those that `value` needs without its lists of numbers, and at most those that it needs. */
function colonsOf(value: unknown, depth: number): number {
  if (typeof value === 'string') return colonsIn(value);
  if (depth === 0 || typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    if (typeof value[0] !== 'object' || Array.isArray(value[0])) return 0;
    for (const one of value as readonly unknown[]) count += colonsOf(one, depth - 1);
  } else for (const [key, one] of Object.entries(value)) count += colonsIn(key) + 1 + colonsOf(one, depth - 1);
  return count;
}

/** An object or a list that is not closed yet. */
interface Open {
  /** Of an object: those so far. */
  readonly keys: Set<string> | undefined;
  /** Where in it one is. */
  at: string | number;
}

function searched(text: string): string | undefined {
  const open: Open[] = [];
  for (let at = 0; at < text.length; at += 1) {
    switch (text[at]) {
      case '{':
        open.push({ keys: new Set(), at: '' });
        break;
      case '[':
        open.push({ keys: undefined, at: 0 });
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case ',': {
        const inner = open.at(-1)!;
        if (typeof inner.at === 'number') inner.at += 1;
        break;
      }
      case '"': {
        const end = endOfText(text, at);
        const inner = open.at(-1);
        if (inner?.keys && isKey(text, end)) {
          const key = JSON.parse(text.slice(at, end)) as string;
          if (inner.keys.has(key)) return `the key ${printable(key)} is given twice ${placeOf(open.slice(0, -1))}`;
          inner.keys.add(key);
          inner.at = key;
        }
        at = end - 1;
        break;
      }
    }
  }
  return undefined;
}

/** Behind the text that begins at `start`. */
function endOfText(text: string, start: number): number {
  let at = start + 1;
  for (let code = text.charCodeAt(at); code !== 0x22; code = text.charCodeAt(at)) at += code === 0x5c ? 2 : 1;
  return at + 1;
}

function isKey(text: string, end: number): boolean {
  let at = end;
  while (/\s/.test(text.charAt(at))) at += 1;
  return text.charAt(at) === ':';
}

/** `in inputs[0].parameters` */
function placeOf(around: readonly Open[]): string {
  if (around.length === 0) return 'in the request';
  const steps = around.slice(0, NAMED).map(({ at }) => (typeof at === 'number' ? `[${at}]` : `.${printable(at)}`));
  return `in ${steps.join('').replace(/^\./, '')}${around.length > NAMED ? '…' : ''}`;
}
