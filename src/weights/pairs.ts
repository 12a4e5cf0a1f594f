// The text that `--map FILE` takes and a refused match suggests: a pair a line, `file-name -> net-name`, `#` comments.

import { asciiLiteral, InputError, printable } from '../data/input-error.ts';

export interface Pair {
  readonly fileName: string;
  readonly netName: string;
}

/** Names with blanks or unusual characters are written as JSON strings. A pair that says why not becomes a comment. */
export function writePairs(
  pairs: readonly (Pair | { readonly missing: string })[],
  comment: readonly string[] = [],
): string {
  const lines = pairs.map((pair) =>
    'missing' in pair ? `# ${pair.missing}` : `${quote(pair.fileName)} -> ${quote(pair.netName)}`,
  );
  return [...comment.map((line) => `# ${line}`), ...lines, ''].join('\n');
}

/** From the network's name to the file's, which may have several. Throws `InputError`, which names the line. */
export function readPairs(text: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const [index, line] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const place = `line ${index + 1} of the map`;
    if (/^\s*(?:#|$)/.test(line)) continue;
    const match = /^\s*("(?:[^"\\]|\\.)*"|[^\s"#]+)\s+->\s+("(?:[^"\\]|\\.)*"|[^\s"#]+)(?:\s+#.*|\s*)$/.exec(line);
    if (!match) throw new InputError(`${place} is ${printable(line.trim())}, expected: file-name -> net-name`);
    const fileName = unquote(match[1]!, place);
    const netName = unquote(match[2]!, place);
    if (pairs.has(netName)) throw new InputError(`${place} gives ${printable(netName)} a second time`);
    pairs.set(netName, fileName);
  }
  return pairs;
}

function quote(name: string): string {
  return /^[\x21\x24-\x5b\x5d-\x7e]+$/.test(name) && name !== '->' ? name : asciiLiteral(name);
}

function unquote(text: string, place: string): string {
  if (!text.startsWith('"')) return text;
  try {
    return JSON.parse(text) as string;
  } catch (cause) {
    throw new InputError(`${place} has a quoted name that is not a JSON string`, { cause });
  }
}
