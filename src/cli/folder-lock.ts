// Several runs that write into one folder take turns: `.cnnc.lock` is a folder in which the run that renames its files has an entry, of a
// name that no other run ever has. It is taken by renaming a folder with one's entry to it, which the system does only while it is
// missing or empty, and all at once, on network file systems, too. An entry is removed by its name: however many runs find it dead, and
// however late they remove it, they cannot remove that of whoever has taken the lock meanwhile. Names of temporary files tell their
// owner likewise, so that those of a run that was killed are known and removed.

import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { InputError } from '../data/input-error.ts';
import { sleep } from './read-file.ts';
import { said } from './system-error.ts';

const LOCK = '.cnnc.lock';
const TEMPORARY = /^\.cnnc-((\w*)-(\d+))-\w+\.tmp$/;

/** Whose processes have numbers of their own: a machine, or a container, which may have the machine's name. */
const host = `${alphanumeric(hostname()).slice(0, 20)}${namespace()}`;
const owner = `${host}-${process.pid}`;

function alphanumeric(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, '');
}

/** Of Linux. */
function namespace(): string {
  try {
    return fs.readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
  } catch {
    return '';
  }
}

/** A new name for a temporary file, which tells other runs who writes it. */
export function temporaryName(): string {
  return `.cnnc-${owner}-${Math.random().toString(36).slice(2, 10)}.tmp`;
}

/** Temporary files, and the lock, of runs that have ended. To be called before this run writes its own. */
export function removeLeftovers(folder: string): void {
  for (const name of said(`cannot read the folder ${folder}`, () => fs.readdirSync(folder))) {
    const path = join(folder, name);
    if (name === LOCK) clear(path);
    else if (hasEnded(name, path, FOREIGN_LIFETIME)) remove(path);
  }
}

function remove(path: string): void {
  try {
    fs.rmSync(path, { force: true, recursive: true });
  } catch {
    // Another user's, perhaps; it is in nobody's way.
  }
}

/** Runs `action` while no other run renames files in these folders, which are in one order for all. Throws `InputError`. */
export function lockFolders(folders: readonly string[], action: () => void): void {
  const held: string[] = [];
  try {
    for (const folder of folders) held.push(take(folder));
    action();
  } finally {
    for (const entry of held) release(entry);
  }
}

/** Milliseconds; renaming takes a few. */
const PATIENCE = 10_000;
const PAUSE = 10;

/** The path of this run's entry in the lock. */
function take(folder: string): string {
  const lock = join(folder, LOCK);
  const own = join(folder, temporaryName());
  const entry = join(lock, basename(own));
  try {
    said(`cannot write to ${folder}`, () => {
      fs.mkdirSync(join(own, basename(own)), { recursive: true });
      share(own, folder);
      for (let waited = 0; !becomes(lock, own, entry); waited += PAUSE) {
        if (waited >= PATIENCE)
          throw new InputError(`another run of cnnc is writing to ${folder}; if there is none, remove ${lock}`);
        if (!clear(lock)) sleep(PAUSE);
      }
    });
  } finally {
    fs.rmSync(own, { force: true, recursive: true });
  }
  return entry;
}

/** Whoever may remove what is in the folder may remove what is in its lock, as far as this user can arrange it. */
function share(own: string, folder: string): void {
  try {
    const { mode, gid } = fs.statSync(folder);
    const { uid, gid: usual } = fs.statSync(own);
    if (gid !== usual) fs.chownSync(own, uid, gid);
    fs.chmodSync(own, mode & 0o777);
  } catch {
    // Then its owner may.
  }
}

/** What systems answer where a folder of that name is not empty, is another user's, or, as Windows, is there. */
const TAKEN: ReadonlySet<unknown> = new Set(['ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EPERM', 'EACCES']);

/** Renames `own` to the lock; false where another has it. Throws the system's errors. */
function becomes(lock: string, own: string, entry: string): boolean {
  try {
    fs.renameSync(own, lock);
    return true;
  } catch (error) {
    // A network file system that has lost the answer asks again, and is told that there is nothing to rename.
    if (fs.existsSync(entry)) return true;
    if (TAKEN.has((error as NodeJS.ErrnoException).code)) return false;
    throw error;
  }
}

/** Removes a lock that nobody holds, or only runs that have ended. False where it is still there. */
function clear(lock: string): boolean {
  for (const name of namesIn(lock)) {
    const entry = join(lock, name);
    if (hasEnded(name, entry, LOCK_LIFETIME)) remove(entry);
  }
  return removeEmpty(lock);
}

/** Leaves the lock to whoever has it now, where a run on another machine took this one for dead. */
function release(entry: string): void {
  fs.rmSync(entry, { force: true, recursive: true });
  removeEmpty(dirname(entry));
}

function namesIn(lock: string): readonly string[] {
  try {
    return fs.readdirSync(lock);
  } catch {
    return [];
  }
}

function removeEmpty(lock: string): boolean {
  try {
    fs.rmdirSync(lock);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

/** Runs on other machines, of which nothing can be known, have ended after so many milliseconds. */
const FOREIGN_LIFETIME = 3_600_000;
/** Those that have a lock, which they want for a few. */
const LOCK_LIFETIME = 60_000;

/** Whether what has this name is of a run that has ended. False for all names but those of `temporaryName`. */
function hasEnded(name: string, path: string, lifetime: number): boolean {
  const [, other, machine, pid] = TEMPORARY.exec(name) ?? [];
  if (other === undefined) return false;
  if (other === owner) return true;
  if (machine !== host) {
    const changed = fs.lstatSync(path, { throwIfNoEntry: false })?.mtimeMs;
    return changed !== undefined && Date.now() - changed > lifetime;
  }
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
