// Keys that an object of JSON has twice. RFC 8259, section 4, leaves open which of the two counts: JSON.parse takes the last, other readers
// the first, so that who checks a request and who answers it may see different ones.

import { printable } from '../data/input-error.ts';
import { duplicateKey } from '../data/json-keys.ts';
import type { DuplicateKey } from '../data/json-keys.ts';

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
  const found = duplicateKey(text);
  return found && sentence(found);
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

function sentence({ key, path }: DuplicateKey): string {
  const steps = path.slice(0, NAMED).map((step) => (typeof step === 'number' ? `[${step}]` : `.${printable(step)}`));
  const place = steps.length === 0 ? 'the request' : steps.join('').replace(/^\./, '');
  return `the key ${printable(key)} is given twice in ${place}${path.length > NAMED ? '…' : ''}`;
}
