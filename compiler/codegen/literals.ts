// The only functions through which numbers, strings and words from outside enter generated code.

/** A number as JavaScript reads it back, bit for bit. */
export function numberLiteral(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Infinity) return 'Infinity';
  if (value === -Infinity) return '-Infinity';
  return Object.is(value, -0) ? '-0' : String(value);
}

/** A string literal in ASCII, without `<`, so that it can also stand in a page. */
export function stringLiteral(value: string): string {
  return JSON.stringify(value).replace(/[^ -~]|<|\*\//g, (found) =>
    found.length > 1 ? `${found[0]}\\${found[1]}` : `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The key of an object literal; computed, so that `__proto__` is a property like any other. */
export const keyLiteral = (name: string): string => (isPlainName(name) ? name : `[${stringLiteral(name)}]`);

/** The key of a type literal. */
export const typeKey = (name: string): string => (isPlainName(name) ? name : stringLiteral(name));

/** Reads a property. */
export const propertyOf = (object: string, name: string): string =>
  isPlainName(name) ? `${object}.${name}` : `${object}[${stringLiteral(name)}]`;

function isPlainName(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_]*$/.test(name) && name !== 'constructor';
}

/** Text inside a comment: printable ASCII, on one line, that can end neither the comment nor the script of a page. */
export function commentText(text: string): string {
  return text.replace(/[^ -~]|</g, '?').replace(/\*\//g, '* /');
}

/** A JSON-like literal of plain data. */
export function dataLiteral(value: unknown): string {
  if (typeof value === 'number') return numberLiteral(value);
  if (typeof value === 'string') return stringLiteral(value);
  if (Array.isArray(value)) return `[${value.map(dataLiteral).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
    return entries.length === 0
      ? '{}'
      : `{ ${entries.map(([key, entry]) => `${keyLiteral(key)}: ${dataLiteral(entry)}`).join(', ')} }`;
  }
  return String(value);
}

/** The type of plain data, as precise as it can be. */
export function literalType(value: unknown): string {
  if (typeof value === 'number') return Number.isFinite(value) ? numberLiteral(value) : 'number';
  if (Array.isArray(value)) return `readonly [${value.map(literalType).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
    return entries.length === 0
      ? '{}'
      : `{ ${entries.map(([key, entry]) => `readonly ${typeKey(key)}: ${literalType(entry)}`).join('; ')} }`;
  }
  return dataLiteral(value);
}

/** Bytes as base64. */
export function base64(bytes: Uint8Array): string {
  let text = '';
  // Whole groups of three bytes, so that the parts join without padding.
  for (let at = 0; at < bytes.length; at += 3 << 12)
    text += btoa(Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + (3 << 12))));
  return text;
}
