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

const host = hostname()
  .replace(/[^A-Za-z0-9]/g, '')
  .slice(0, 20);
const owner = `${host}-${process.pid}`;

/** A new name for a temporary file, which tells other runs who writes it. */
export function temporaryName(): string {
  return `.cnnc-${owner}-${Math.random().toString(36).slice(2, 10)}.tmp`;
}

/** Temporary files of runs that have ended. To be called before this run writes its own. */
export function removeLeftovers(folder: string): void {
  for (const name of said(`cannot read the folder ${folder}`, () => fs.readdirSync(folder))) {
    const [, other] = TEMPORARY.exec(name) ?? [];
    if (other !== undefined && hasEnded(other, join(folder, name))) fs.rmSync(join(folder, name), { force: true });
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
  for (let waited = 0; waited < PATIENCE; waited += PAUSE) {
    try {
      fs.writeFileSync(lock, owner, { flag: 'wx' });
      return lock;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        return said(`cannot write to ${folder}`, () => fail(error));
    }
    if (hasEnded(ownerOf(lock), lock)) fs.rmSync(lock, { force: true });
    else sleep(PAUSE);
  }
  throw new InputError(`another run of cnnc is writing to ${folder}; if there is none, remove ${lock}`);
}

function fail(error: unknown): never {
  throw error;
}

/** Empty between the making of the lock and the writing of its owner. */
function ownerOf(lock: string): string {
  try {
    return fs.readFileSync(lock, 'latin1').slice(0, 64);
  } catch {
    return '';
  }
}

/** Runs on other machines, of which nothing can be known, have ended after so many milliseconds. */
const FOREIGN_LIFETIME = 3_600_000;

function hasEnded(other: string, path: string): boolean {
  if (other === owner) return true;
  const [, machine, pid] = /^(\w*)-(\d+)$/.exec(other) ?? [];
  if (machine !== host || pid === undefined) {
    const changed = fs.lstatSync(path, { throwIfNoEntry: false })?.mtimeMs;
    return changed !== undefined && Date.now() - changed > FOREIGN_LIFETIME;
  }
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
