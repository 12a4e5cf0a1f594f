// The lock of an output folder, which a run that was killed has left, and which several find dead at once: one of them has it at a time.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { lockFolders, removeLeftovers, temporaryName } from '../../src/cli/folder-lock.ts';
import { sleep } from '../../src/cli/read-file.ts';

const locking = fileURLToPath(new URL('fixtures/locking.ts', import.meta.url));
const deadPid = spawnSync(process.execPath, ['-e', '']).pid;
/** What a run that has ended calls its entry. */
const dead = temporaryName().replace(`-${process.pid}-`, `-${deadPid}-`);

let place = '';
beforeEach(() => {
  place = fs.mkdtempSync(join(tmpdir(), 'cnnc-lock-'));
  fs.mkdirSync(at('out'));
  fs.mkdirSync(at('notes'));
});
afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(place, { recursive: true, force: true });
});

const at = (path: string): string => join(place, path);
const entries = (): readonly string[] => fs.readdirSync(at('out/.cnnc.lock'));
const putDead = (): unknown => fs.mkdirSync(at(`out/.cnnc.lock/${dead}`), { recursive: true });

/** A process that takes the lock so many times and keeps it for so long. Resolves to how it ended. */
async function other(rounds: number, milliseconds: number): Promise<unknown> {
  const argv = [locking, at('out'), at('notes'), `${rounds}`, `${milliseconds}`, dead];
  return (await once(spawn(process.execPath, argv, { stdio: 'inherit' }), 'exit'))[0];
}

/** Returns when it has the lock, which it keeps for a while. */
function otherTakes(): Promise<unknown> {
  const ended = other(1, 300);
  while (!fs.existsSync(at('notes/held'))) sleep(5);
  return ended;
}

const isHeld = (): boolean => fs.existsSync(at('notes/held'));

/** Another takes the lock just after this process has seen that who had it is dead, and before it has drawn conclusions. */
function otherTakesMeanwhile(): { readonly ended: () => Promise<unknown> } {
  let ended: Promise<unknown> | undefined;
  const { kill } = process;
  vi.spyOn(process, 'kill').mockImplementation((pid, signal) => {
    if (pid === deadPid) ended ??= otherTakes();
    return kill.call(process, pid, signal);
  });
  return { ended: () => ended ?? Promise.reject(new Error('nobody has looked whether it is dead')) };
}

test('who has found a lock dead does not remove that of another who was faster', async () => {
  putDead();
  const { ended } = otherTakesMeanwhile();
  lockFolders([at('out')], () => {
    expect([isHeld(), fs.readdirSync(at('notes')).length]).toEqual([false, 1]);
    expect(entries()).toHaveLength(1);
  });
  expect(await ended()).toBe(0);
  expect(fs.readdirSync(at('out'))).toEqual([]);
});

test('nor does who only removes what is left', async () => {
  putDead();
  const { ended } = otherTakesMeanwhile();
  removeLeftovers(at('out'));
  expect([isHeld(), entries().length]).toEqual([true, 1]);
  expect(await ended()).toBe(0);
  expect(fs.readdirSync(at('out'))).toEqual([]);
});

test('who was taken for dead leaves the lock to whoever has it now', async () => {
  let ended: Promise<unknown> | undefined;
  lockFolders([at('out')], () => {
    // As on a machine that does not know this one.
    for (const entry of entries()) fs.rmdirSync(at(`out/.cnnc.lock/${entry}`));
    ended = otherTakes();
  });
  expect([isHeld(), entries().length]).toEqual([true, 1]);
  expect(await ended).toBe(0);
});

test('one that nobody holds is taken, and one that another machine has had for more than a minute', () => {
  const foreign = at('out/.cnnc.lock/.cnnc-elsewhere-1-abc.tmp');
  const putForeign = (seconds: number): void => {
    fs.mkdirSync(foreign, { recursive: true });
    const then = Date.now() / 1000 - seconds;
    fs.utimesSync(foreign, then, then);
  };
  const taken = vi.fn();
  fs.mkdirSync(at('out/.cnnc.lock'));
  lockFolders([at('out')], taken);
  putForeign(61);
  lockFolders([at('out')], taken);
  expect(taken).toHaveBeenCalledTimes(2);
  putForeign(61);
  removeLeftovers(at('out'));
  expect(fs.readdirSync(at('out'))).toEqual([]);
  putForeign(50);
  removeLeftovers(at('out'));
  expect(entries()).toHaveLength(1);
});

test('of many who find dead locks over and over, one has it at a time', async () => {
  putDead();
  expect(await Promise.all(Array.from({ length: 6 }, () => other(40, 0)))).toEqual([0, 0, 0, 0, 0, 0]);
  expect(fs.readdirSync(at('notes'))).toHaveLength(6 * 40);
});
