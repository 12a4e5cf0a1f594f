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

/** The first key that an object of this valid JSON text has twice, at any depth: `JSON.parse` would keep the last. */
export function duplicateKey(json: string): string | undefined {
  const open: (Set<string> | null)[] = [];
  let expectKey = false;
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case '{':
        open.push(new Set());
        expectKey = true;
        break;
      case '[':
        open.push(null);
        expectKey = false;
        break;
      case '}':
      case ']':
        open.pop();
        expectKey = false;
        break;
      case ',':
        expectKey = open.at(-1) instanceof Set;
        break;
      case '"': {
        const start = at;
        for (at++; json[at] !== '"'; at++) if (json[at] === '\\') at++;
        if (!expectKey) break;
        const keys = open.at(-1)!;
        const key = JSON.parse(json.slice(start, at + 1)) as string;
        if (keys.has(key)) return key;
        keys.add(key);
        expectKey = false;
        break;
      }
    }
  }
  return undefined;
}
