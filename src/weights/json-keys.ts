// `JSON.parse` keeps the last of two equal keys; a weights file with two tensors of one name must be refused instead.

/** The first key that an object of this valid JSON text has twice, at any depth. */
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
