// Reads regular files and the standard input, within a limit that is checked before anything is read.

import * as fs from 'node:fs';
import { InputError } from '../data/input-error.ts';
import type { Unread } from '../data/unread.ts';
import { said } from './system-error.ts';

/** `check` may refuse a large file before it is read. Throws `InputError`. */
export function readRegular(path: string, maxBytes: number, check?: (file: Unread) => void): Uint8Array {
  return said(`cannot read ${path}`, () => {
    checkReadable(path, fs.statSync(path));
    // Without waiting for the other end, should a pipe have taken the file's place.
    const descriptor = fs.openSync(path, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
    try {
      const stats = fs.fstatSync(descriptor);
      checkReadable(path, stats);
      if (check && stats.size > LARGE_BYTES && stats.size <= maxBytes) check(unread(descriptor, stats.size));
      return readDescriptor(descriptor, path, stats.size, maxBytes, readNow);
    } finally {
      fs.closeSync(descriptor);
    }
  });
}

/** Smaller files are read at once. */
const LARGE_BYTES = 4 << 20;

function unread(descriptor: number, sizeBytes: number): Unread {
  return {
    sizeBytes,
    part(from, to) {
      const bytes = new Uint8Array(Math.max(0, Math.min(to, sizeBytes) - from));
      return bytes.subarray(0, fs.readSync(descriptor, bytes, 0, bytes.length, from));
    },
  };
}

/** All of the standard input; nothing where it is closed. Throws `InputError`. */
export function readStdin(maxBytes: number): Uint8Array {
  const name = 'the standard input';
  return said(`cannot read ${name}`, () => {
    const stats = fs.fstatSync(0);
    if (stats.isDirectory()) throw new InputError(`cannot read ${name}: it is a folder`);
    return readDescriptor(0, name, stats.isFile() ? stats.size : 0, maxBytes, readSome);
  });
}

/** What a path leads to, unless that is a regular file. */
export function kindOf(stats: fs.Stats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

/** Pipes and devices do not know their size, so that no limit could be checked first. */
function checkReadable(path: string, stats: fs.Stats): void {
  const kind = kindOf(stats);
  if (kind === undefined) return;
  if (kind === 'a folder') throw new InputError(`cannot read ${path}: it is a folder`);
  const hint = kind === 'a pipe' ? '; `-` reads the standard input' : '';
  throw new InputError(`cannot read ${path}: it is ${kind}, and only regular files are read${hint}`, { limit: true });
}

/** Files may grow meanwhile, and some of the system's say that they are empty. */
function readDescriptor(
  descriptor: number,
  name: string,
  size: number,
  maxBytes: number,
  read: (descriptor: number, bytes: Uint8Array, at: number) => number,
): Uint8Array {
  if (size > maxBytes) throw tooLarge(name, maxBytes);
  let bytes = new Uint8Array(size > 0 ? size + 1 : 1 << 16);
  let length = 0;
  for (;;) {
    const count = read(descriptor, bytes, length);
    if (count === 0) return bytes.subarray(0, length);
    length += count;
    if (length > maxBytes) throw tooLarge(name, maxBytes);
    if (length < bytes.length) continue;
    const grown = new Uint8Array(bytes.length * 2);
    grown.set(bytes);
    bytes = grown;
  }
}

/** Files of the system, such as `/proc/kmsg`, may have nothing to read until something happens. */
function readNow(descriptor: number, bytes: Uint8Array, at: number): number {
  return fs.readSync(descriptor, bytes, at, Math.min(bytes.length - at, 1 << 30), null);
}

/** A terminal or pipe that another program set to non-blocking has nothing to read yet. */
function readSome(descriptor: number, bytes: Uint8Array, at: number): number {
  for (;;) {
    try {
      return readNow(descriptor, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      sleep(10);
    }
  }
}

/** Milliseconds. */
export function sleep(time: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, time);
}

function tooLarge(name: string, maxBytes: number): InputError {
  const limit = maxBytes >= 1 << 20 ? `${maxBytes / (1 << 20)} MiB` : `${maxBytes} bytes`;
  return new InputError(`${name} has more than the ${limit} that may be read`, { limit: true });
}
