// Writes a set of files so that all appear, complete, or none does: each goes to a temporary file in its own folder first,
// and these are renamed together under a lock (see `folder-lock.ts`). Signals wait meanwhile; what a run left that was killed all the same
// is removed by the next.

import * as fs from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { InputError } from '../data/input-error.ts';
import { lockFolders, removeLeftovers, temporaryName } from './folder-lock.ts';
import { undisturbed } from './held-signals.ts';
import type { WrittenFile } from './io.ts';
import { kindOf } from './read-file.ts';
import { said } from './system-error.ts';

interface Target {
  /** As the user wrote it. */
  readonly path: string;
  readonly data: string | Uint8Array;
  /** Links followed. */
  readonly place: string;
  /** State of the file that is replaced. */
  readonly before: fs.Stats | undefined;
}

/** Throws `InputError`, and then all files are as they were. */
export function writeFiles(files: readonly WrittenFile[]): void {
  undisturbed(() => writeAll(files));
}

function writeAll(files: readonly WrittenFile[]): void {
  const targets = files.map(targetOf);
  const folders = [...new Set(targets.map(({ place }) => dirname(place)))].toSorted();
  const made: string[] = [];
  const temporaries: string[] = [];
  try {
    for (const folder of folders) said(`cannot write to ${folder}`, () => makeFolder(folder, made));
    for (const folder of folders) removeLeftovers(folder);
    for (const target of targets) {
      const temporary = join(dirname(target.place), temporaryName());
      temporaries.push(temporary);
      said(`cannot write ${target.path}`, () => writeTemporary(temporary, target));
    }
    const renames = targets.map((target, at) => ({ ...target, temporary: temporaries[at]! }));
    if (targets.length === 1) renameAll(renames);
    else lockFolders(folders, () => renameAll(renames));
    for (const folder of folders) syncFolder(folder);
  } catch (error) {
    for (const temporary of temporaries) fs.rmSync(temporary, { force: true });
    for (const folder of made.toReversed()) removeIfEmpty(folder);
    throw error;
  }
}

/** Throws the `InputError` of whoever cannot write a file of this name: for what is there already, or for its folder. */
export function checkPlace(path: string): void {
  let folder = dirname(targetOf({ path, data: '' }).place);
  while (!statOf(folder) && folder !== dirname(folder)) folder = dirname(folder);
  said(`cannot write ${path}`, () => fs.accessSync(folder, fs.constants.W_OK));
}

/** Writes a file, complete, unless there is one of its name: then false. Throws `InputError`. */
export function createFile(path: string, data: string): boolean {
  return undisturbed(() => createWhole(path, data));
}

function createWhole(path: string, data: string): boolean {
  const folder = dirname(path);
  const made: string[] = [];
  try {
    return said(`cannot write ${path}`, () => {
      makeFolder(folder, made);
      removeLeftovers(folder);
      return !isThere(path) && writeNew(path, data);
    });
  } catch (error) {
    for (const one of made.toReversed()) removeIfEmpty(one);
    throw error;
  }
}

function writeNew(path: string, data: string): boolean {
  const temporary = join(dirname(path), temporaryName());
  try {
    writeTemporary(temporary, { data, before: undefined });
    const isNew = nameAnew(temporary, path);
    syncFolder(dirname(path));
    return isNew;
  } finally {
    fs.rmSync(temporary, { force: true });
  }
}

/** By a second name, which fails where there is a file. Where the file system has no hard links, whoever comes last wins. */
function nameAnew(temporary: string, path: string): boolean {
  try {
    fs.linkSync(temporary, path);
  } catch {
    if (isThere(path)) return false;
    fs.renameSync(temporary, path);
  }
  return true;
}

/** Writes into a regular file that exists, from byte `at` on. Throws the system's errors, and `InputError` for what is no file. */
export function writeInto(path: string, data: Uint8Array, at: number): void {
  const descriptor = fs.openSync(path, fs.constants.O_WRONLY | (fs.constants.O_NONBLOCK ?? 0));
  try {
    const kind = kindOf(fs.fstatSync(descriptor));
    if (kind !== undefined) throw new InputError(`cannot write ${path}: it is ${kind}, and only files are written`);
    for (let done = 0; done < data.length;) done += fs.writeSync(descriptor, data, done, data.length - done, at + done);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** The file that links lead to, also where it does not exist yet. */
export function followLinks(path: string): string {
  let place = path;
  for (let links = 0; links < MAX_LINKS; links += 1) {
    if (!isLink(place)) return place;
    const next = fs.readlinkSync(place);
    place = isAbsolute(next) ? next : `${dirname(place)}/${next}`;
  }
  throw new InputError(`cannot follow ${path}: its links go in a circle`);
}

const MAX_LINKS = 40;

function targetOf({ path, data }: WrittenFile): Target {
  if (/(?:^|\/)\.{0,2}$/.test(path)) throw new InputError(`cannot write ${path}: it names a folder, not a file`);
  return said(`cannot write ${path}`, () => {
    const before = statOf(path);
    const kind = before && kindOf(before);
    if (kind !== undefined)
      throw new InputError(`cannot write ${path}: it is ${kind}, and only regular files are replaced`);
    if (before) fs.accessSync(path, fs.constants.W_OK);
    return { path, data, place: followLinks(path), before };
  });
}

/** Undefined where there is no file yet. */
function statOf(path: string): fs.Stats | undefined {
  return unlessMissing(() => fs.statSync(path, { throwIfNoEntry: false }));
}

/** Also where it is a link that leads nowhere. */
const isThere = (path: string): boolean =>
  unlessMissing(() => fs.lstatSync(path, { throwIfNoEntry: false })) !== undefined;

function isLink(path: string): boolean {
  return unlessMissing(() => fs.lstatSync(path, { throwIfNoEntry: false }))?.isSymbolicLink() ?? false;
}

/** Where a part of the path is a file, making the folder will say so. */
function unlessMissing<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/**
 * Adds the folders that it makes to `made`, the outermost first. They are made one by one, because Node's `recursive` never
 * returns where a folder that exists cannot hold others, such as `/proc`. Throws the system's errors.
 */
function makeFolder(folder: string, made: string[]): void {
  if (statOf(folder)?.isDirectory()) return;
  const missing = [folder];
  for (let above = dirname(folder); above !== dirname(above) && !statOf(above); above = dirname(above))
    missing.unshift(above);
  for (const place of missing) {
    try {
      fs.mkdirSync(place);
      made.push(place);
    } catch (error) {
      // `a/..` is there once `a` is, and others may have made it meanwhile.
      if (!statOf(place)?.isDirectory()) throw error;
    }
  }
}

function removeIfEmpty(folder: string): void {
  try {
    fs.rmdirSync(folder);
  } catch {
    // Somebody else has put something there.
  }
}

/** Complete on the disk, with the mode and owner of the file that it will replace. */
function writeTemporary(temporary: string, { data, before }: Pick<Target, 'data' | 'before'>): void {
  const descriptor = fs.openSync(temporary, 'wx', before ? before.mode & 0o777 : 0o666);
  try {
    fs.writeFileSync(descriptor, data);
    if (before) keepOwner(descriptor, before);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** The new names last a loss of power, too, where the system opens folders. */
function syncFolder(folder: string): void {
  try {
    const descriptor = fs.openSync(folder, 'r');
    try {
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  } catch {
    // The files are complete; only their names may be lost.
  }
}

/** As far as this user may, and the file system knows owners. */
function keepOwner(descriptor: number, { uid, gid, mode }: fs.Stats): void {
  try {
    const now = fs.fstatSync(descriptor);
    if (now.uid !== uid || now.gid !== gid) fs.fchownSync(descriptor, uid, gid);
    fs.fchmodSync(descriptor, mode & 0o7777);
  } catch {
    // The file then belongs to whoever writes it.
  }
}

interface Rename extends Target {
  readonly temporary: string;
}

/** Where one cannot be renamed, those before it get their old files back. */
function renameAll(renames: readonly Rename[]): void {
  const isSet = renames.length > 1;
  const done: { readonly place: string; readonly backup: string | undefined }[] = [];
  try {
    for (const { path, place, temporary, before } of renames) {
      const backup = isSet && before ? backUp(place) : undefined;
      if (!before || backup !== undefined) done.push({ place, backup });
      said(`cannot write ${path}`, () => fs.renameSync(temporary, place));
    }
  } catch (error) {
    for (const { place, backup } of done.toReversed()) {
      if (backup === undefined) fs.rmSync(place, { force: true });
      else fs.renameSync(backup, place);
    }
    throw error;
  }
  for (const { backup } of done) if (backup !== undefined) fs.rmSync(backup, { force: true });
}

/** A second name for the old file; undefined where the file system has no hard links. */
function backUp(place: string): string | undefined {
  const backup = join(dirname(place), temporaryName());
  try {
    fs.linkSync(place, backup);
    return backup;
  } catch {
    return undefined;
  }
}

/** The absolute path with links followed, of a file that need not exist. */
export function realPath(path: string): string {
  try {
    return fs.realpathSync(path);
  } catch {
    const place = followedOr(path);
    const folder = dirname(place);
    try {
      return join(fs.realpathSync(folder), basename(place));
    } catch {
      return isAbsolute(place) ? join(place) : place;
    }
  }
}

function followedOr(path: string): string {
  try {
    return followLinks(path);
  } catch {
    return path;
  }
}
