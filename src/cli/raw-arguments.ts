// The command line as the bytes that the system has of it.

import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';

/**
 * The first of the last arguments of this process, given as Node shows them, that is not UTF-8: of such a name Node gives another, by which a
 * file cannot be found, and two of which may be one. Undefined where there is none, and where the system does not show the bytes.
 */
export function firstNotUtf8(argv: readonly string[]): string | undefined {
  if (!argv.some((argument) => argument.includes('\ufffd'))) return undefined;
  let line: Buffer;
  try {
    line = readFileSync('/proc/self/cmdline');
  } catch {
    return undefined;
  }
  const starts = [0];
  for (let end = line.indexOf(0); end >= 0; end = line.indexOf(0, end + 1)) starts.push(end + 1);
  const bytes = starts.slice(0, -1).map((from, at) => line.subarray(from, starts[at + 1]! - 1));
  const own = bytes.slice(-argv.length);
  return argv.find((_, at) => !isUtf8(own[at] ?? new Uint8Array()));
}
