// Files of the operating system, with limits on what is read and atomic writing.

import * as fs from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InputError } from '../data/input-error.ts';
import type { Files } from './io.ts';

export const nodeFiles: Files = {
  read: (path, maxBytes) => said(`cannot read ${path}`, () => readLimited(path, maxBytes)),
  list: (folder) => said(`cannot read the folder ${folder}`, () => fs.readdirSync(folder).toSorted()),
  write(folder, files) {
    said(`cannot write to ${folder}`, () => fs.mkdirSync(folder, { recursive: true }));
    for (const { path, data } of files) {
      said(`cannot write ${join(folder, path)}`, () => writeAtomically(join(folder, path), data));
    }
  },
  resolve(path) {
    try {
      return fs.realpathSync(path);
    } catch {
      const folder = dirname(resolve(path));
      return join(fs.existsSync(folder) ? fs.realpathSync(folder) : folder, basename(path));
    }
  },
  get workingFolder() {
    return fs.realpathSync('.');
  },
  import: (path) => import(pathToFileURL(path).href),
};

export function readStdin(maxBytes: number): Uint8Array {
  return said('cannot read the standard input', () => readDescriptor(0, 'the standard input', maxBytes));
}

function readLimited(path: string, maxBytes: number): Uint8Array {
  const descriptor = fs.openSync(path, 'r');
  try {
    return readDescriptor(descriptor, path, maxBytes);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Also reads pipes and devices, which do not know their size. */
function readDescriptor(descriptor: number, path: string, maxBytes: number): Uint8Array {
  const { size } = fs.fstatSync(descriptor);
  if (size > maxBytes) throw tooLarge(path, maxBytes);
  let bytes = new Uint8Array(Math.max(size, 1 << 12));
  let length = 0;
  for (;;) {
    if (length === bytes.length) {
      const grown = new Uint8Array(bytes.length * 2);
      grown.set(bytes);
      bytes = grown;
    }
    const count = fs.readSync(descriptor, bytes, length, Math.min(bytes.length - length, 1 << 30), null);
    if (count === 0) return bytes.subarray(0, length);
    length += count;
    if (length > maxBytes) throw tooLarge(path, maxBytes);
    if (length === size && size > 0) return bytes.subarray(0, length);
  }
}

function writeAtomically(path: string, data: string | Uint8Array): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    const mode = fs.statSync(path, { throwIfNoEntry: false })?.mode;
    fs.writeFileSync(temporary, data, { flag: 'wx', ...(mode !== undefined && { mode }) });
    fs.renameSync(temporary, path);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

function tooLarge(path: string, maxBytes: number): InputError {
  const limit = maxBytes >= 1 << 20 ? `${maxBytes / (1 << 20)} MiB` : `${maxBytes} bytes`;
  return new InputError(`${path} has more than the ${limit} that may be read`, { limit: true });
}

/** System errors as one sentence. */
function said<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (error instanceof InputError || typeof code !== 'string') throw error;
    throw new InputError(`${what}: ${reasons.get(code) ?? (error as Error).message}`, { cause: error });
  }
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file or folder'],
  ['EISDIR', 'it is a folder'],
  ['ENOTDIR', 'a part of its path is not a folder'],
  ['EEXIST', 'there is a file of that name'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['ENOSPC', 'no space is left'],
  ['EROFS', 'the file system is read-only'],
  ['ENAMETOOLONG', 'its name is too long'],
  ['ELOOP', 'its links go in a circle'],
]);
