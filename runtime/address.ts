// What lies at an address: a file, which Node and what is like it read themselves, or what a server gives.

import { messageOf } from './thread.ts';

/** Of `node:fs`. */
export interface NodeFiles {
  readonly promises: {
    readFile(path: unknown): Promise<Uint8Array>;
    open(path: unknown): Promise<{ readonly fd: number; readFile(): Promise<Uint8Array>; close(): Promise<void> }>;
  };
  fstatSync(file: number): {
    readonly size: number;
    readonly mtimeMs: number;
    isFile(): boolean;
    isCharacterDevice(): boolean;
  };
  readSync(file: number, to: Uint8Array, offset: number, length: number, position: number): number;
}

interface Host {
  readonly process?: { readonly getBuiltinModule?: (name: string) => unknown };
}

const readWhole = (path: unknown, files: NodeFiles): Promise<unknown> => files.promises.readFile(path);

/**
 * A Response of what lies at a URL or path; of a file, in Node, what `open` gives, by default its bytes. Rejects with RangeError where
 * there is nothing; `what` should be there.
 */
export async function atAddress(address: string | URL, what: string, open = readWhole): Promise<unknown> {
  const text = String(address);
  try {
    const isElsewhere = /^(?!file:)[a-z]{2,}:/i.test(text);
    const files = isElsewhere ? undefined : (globalThis as Host).process?.getBuiltinModule?.('node:fs');
    if (!files) return await fetch(text);
    return await open(text.startsWith('file:') ? new URL(text) : text, files as NodeFiles);
  } catch (cause) {
    // A `data:` URL may hold all of it.
    const place = text.length > 300 ? `${text.slice(0, 300)}…` : text;
    throw new RangeError(`${what} could not be read from ${place}: ${messageOf(cause)}`, { cause });
  }
}
