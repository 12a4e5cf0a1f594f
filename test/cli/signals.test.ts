// Signals that come while files are written: the process ends by them, and leaves a set whole and nothing temporary.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { program } from '../support/command-line.ts';

const dying = new URL('fixtures/dying.mjs', import.meta.url).href;
const NETWORK = 'network Net { input x: [2]  dense(3) }\n';

let folder = '';
beforeAll(() => {
  folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'cnnc-signals-')));
  fs.writeFileSync(at('net.cnn'), NETWORK);
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const at = (path: string): string => join(folder, path);

/** What is in a folder. */
const filesIn = (path: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    fs.readdirSync(path, { withFileTypes: true }).map((one) => {
      const { name } = one;
      return [name, one.isFile() ? fs.readFileSync(join(path, name), 'latin1') : 'a folder'];
    }),
  );

/** How it ended. */
async function cnnc(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const child = spawn(process.execPath, ['--import', dying, program, ...argv], {
    cwd: folder,
    env: { ...process.env, DYING_FOLDER: folder, ...env },
    stdio: 'ignore',
  });
  return once(child, 'exit');
}

describe.skipIf(process.platform === 'win32')('a signal', () => {
  const compile = (target: string, seed: number): readonly string[] => ['compile', 'net.cnn', '-o', at('out'), '--target', target, '--weights', `random:${seed}`]; // prettier-ignore
  const states: Readonly<Record<string, string>>[] = [];
  let [old, whole]: Readonly<Record<string, string>>[] = [];
  beforeAll(async () => {
    expect(await cnnc(compile('js', 1))).toEqual([0, null]);
    old = filesIn(at('out'));
    fs.cpSync(at('out'), at('old'), { recursive: true });
    fs.mkdirSync(at('states'));
    expect(await cnnc(compile('wasm', 2), { DYING_FOLDER: at('out'), DYING_STATES: at('states') })).toEqual([0, null]);
    whole = filesIn(at('out'));
    const count = fs.readdirSync(at('states')).length;
    for (let state = 0; state < count; state += 1) states.push(filesIn(at(`states/${state}`)));
  });

  const isTemporary = (name: string): boolean => name.startsWith('.cnnc');
  /** The first half of a temporary file is there. */
  const inFile = (): number => states.findIndex((files) => Object.keys(files).some(isTemporary)) + 1;
  /** Some of the names are those of new files, and others are not yet. */
  const inSet = (): number =>
    states.findIndex((files) => {
      const changed = Object.keys(old!).filter((name) => files[name] !== old![name]);
      return changed.length > 0 && Object.keys(whole!).some((name) => files[name] !== whole![name]);
    });

  test.each([
    ['SIGINT', 'a file', inFile],
    ['SIGTERM', 'a file', inFile],
    ['SIGHUP', 'a file', inFile],
    ['SIGINT', 'a set', inSet],
  ] as const)('%s in the middle of %s leaves a set whole and nothing else', async (signal, _, state) => {
    expect(state()).toBeGreaterThan(0);
    fs.rmSync(at('out'), { recursive: true });
    fs.cpSync(at('old'), at('out'), { recursive: true });
    const given = { DYING_FOLDER: at('out'), DYING_AT: `${state()}`, DYING_SIGNAL: signal };
    expect(await cnnc(compile('wasm', 2), given)).toEqual([null, signal]);
    expect(filesIn(at('out'))).toEqual(whole);
  });

  test('between the files of fmt leaves the rest as it is', async () => {
    const names = ['a.cnn', 'b.cnn'];
    for (const name of names) fs.writeFileSync(at(name), NETWORK.replace('  dense', '      dense'));
    expect(await cnnc(['fmt', ...names.map(at)], { DYING_AT: '2', DYING_SIGNAL: 'SIGINT' })).toEqual([null, 'SIGINT']);
    const [first, second] = names.map((name) => fs.readFileSync(at(name), 'utf8'));
    expect(first).not.toContain('      dense');
    expect(second).toContain('      dense');
    expect(fs.readdirSync(folder).filter((name) => name.startsWith('.cnnc'))).toEqual([]);
  });
});
