// What a caller has passed. Arrays of another realm (an iframe, Node's `vm`, Jest) are no `instanceof` ours, but say what they are.

/** The built-in class of an object, of any realm: `Float32Array`, `Promise`. */
export function classOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

export function isFloats(value: unknown): value is Float32Array {
  return ArrayBuffer.isView(value) && classOf(value) === 'Float32Array';
}

/** `undefined`, `a string`, `a Promise`, `an Array`: for messages. */
export function described(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  const name = typeof value === 'object' ? classOf(value).slice(0, 40) : typeof value;
  return `${/^[aeio]/i.test(name) ? 'an' : 'a'} ${name}`;
}

/** Throws TypeError for an option of another name. */
export function checkNames(what: string, options: unknown, known: readonly string[]): void {
  if (options === undefined) return;
  const names = typeof options === 'object' ? Object.keys(options ?? {}) : [String(options)];
  const other = names.find((name) => !known.includes(name));
  if (other !== undefined) throw new TypeError(`${what} has no option ${other}; it takes ${known.join(', ')}`);
}

/** Of all targets. */
export const loadOptions = ['maxBatch', 'threads', 'wasm'];
