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
