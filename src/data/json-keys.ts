// What `JSON.parse` does not say about a text: how much memory it would take, and keys that an object has twice.

/** What of the limits a JSON text in UTF-8 exceeds: nested lists and objects, or values in them. The text need not be valid. */
export function exceeds(
  json: Uint8Array,
  limits: { readonly depth: number; readonly values: number },
): 'depth' | 'values' | undefined {
  let [depth, values] = [0, 1];
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case 0x22: // "
        for (at++; at < json.length && json[at] !== 0x22; at++) if (json[at] === 0x5c) at++;
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > limits.depth) return 'depth';
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
      case 0x2c: // ,
        if (++values > limits.values) return 'values';
    }
  }
  return undefined;
}

/** A key that an object has twice. */
export interface DuplicateKey {
  readonly key: string;
  /** The keys and positions that lead to the object, from the outermost. */
  readonly path: readonly (string | number)[];
}

/** The first one of this valid JSON text, at any depth: `JSON.parse` would keep the last. */
export function duplicateKey(json: string): DuplicateKey | undefined {
  const open: { readonly keys?: Set<string>; at: string | number }[] = [];
  let expectKey = false;
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case '{':
        open.push({ keys: new Set(), at: '' });
        expectKey = true;
        break;
      case '[':
        open.push({ at: 0 });
        expectKey = false;
        break;
      case '}':
      case ']':
        open.pop();
        expectKey = false;
        break;
      case ',': {
        const inner = open.at(-1)!;
        expectKey = inner.keys !== undefined;
        if (typeof inner.at === 'number') inner.at++;
        break;
      }
      case '"': {
        const start = at;
        for (at++; json[at] !== '"'; at++) if (json[at] === '\\') at++;
        if (!expectKey) break;
        const inner = open.at(-1)!;
        const key = JSON.parse(json.slice(start, at + 1)) as string;
        if (inner.keys!.has(key)) return { key, path: open.slice(0, -1).map((one) => one.at) };
        inner.keys!.add(key);
        inner.at = key;
        expectKey = false;
        break;
      }
    }
  }
  return undefined;
}
