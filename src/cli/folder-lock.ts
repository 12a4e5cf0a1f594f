// Several runs that write into one folder take turns: `.cnnc.lock`, made exclusively, names the run that renames its files.
// Names of temporary files and the lock carry their owner, so that those of a run that was killed are known and removed.

import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../data/input-error.ts';
import { sleep } from './read-file.ts';
import { said } from './system-error.ts';

const LOCK = '.cnnc.lock';
const TEMPORARY = /^\.cnnc-(\w*-\d+)-\w+\.tmp$/;

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
    const [, other] = TEMPORARY.exec(name) ?? [];
    const path = join(folder, name);
    const isLeft = name === LOCK ? isAbandoned(path) : other !== undefined && hasEnded(other, path, FOREIGN_LIFETIME);
    try {
      if (isLeft) fs.rmSync(path, { force: true });
    } catch {
      // Another user's, perhaps; it is in nobody's way.
    }
  }
}

/** Runs `action` while no other run renames files in these folders, which are in one order for all. Throws `InputError`. */
export function lockFolders(folders: readonly string[], action: () => void): void {
  const held: string[] = [];
  try {
    for (const folder of folders) held.push(take(folder));
    action();
  } finally {
    for (const lock of held) fs.rmSync(lock, { force: true });
  }
}

/** Milliseconds; renaming takes a few. */
const PATIENCE = 10_000;
const PAUSE = 10;

function take(folder: string): string {
  const lock = join(folder, LOCK);
  const own = join(folder, temporaryName());
  try {
    said(`cannot write to ${folder}`, () => {
      fs.writeFileSync(own, owner, { flag: 'wx' });
      for (let waited = 0; !make(lock, own); waited += PAUSE) {
        if (waited >= PATIENCE)
          throw new InputError(`another run of cnnc is writing to ${folder}; if there is none, remove ${lock}`);
        if (isAbandoned(lock)) fs.rmSync(lock, { force: true });
        else sleep(PAUSE);
      }
    });
  } finally {
    fs.rmSync(own, { force: true });
  }
  return lock;
}

/**
 * As a second name of `own`, so that a run which is killed leaves no lock without its owner; anew where the file system has no hard
 * links. False where there is a lock. Throws the system's errors.
 */
function make(lock: string, own: string): boolean {
  const isTaken = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EEXIST';
  try {
    fs.linkSync(own, lock);
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
  }
  try {
    fs.writeFileSync(lock, owner, { flag: 'wx' });
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    throw error;
  }
}

const isAbandoned = (lock: string): boolean => hasEnded(ownerOf(lock), lock, LOCK_LIFETIME);

/** Empty where it is gone, or its owner is not written yet. */
function ownerOf(lock: string): string {
  try {
    return fs.readFileSync(lock, 'latin1').slice(0, 64);
  } catch {
    return '';
  }
}

/** Runs on other machines, of which nothing can be known, have ended after so many milliseconds. */
const FOREIGN_LIFETIME = 3_600_000;
/** Those that have a lock, which they want for a few. */
const LOCK_LIFETIME = 60_000;

function hasEnded(other: string, path: string, lifetime: number): boolean {
  if (other === owner) return true;
  const [, machine, pid] = /^(\w*)-(\d+)$/.exec(other) ?? [];
  if (machine !== host || pid === undefined) {
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
