// `cnnc` as process 1, as the first of a container is: Linux keeps from it the signals that it does not wait for.

import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test as anyTest } from 'vitest';
import { program } from '../../support/command-line.ts';

const lockFile = new URL('../../../src/cli/folder-lock.ts', import.meta.url).href;
const examples = fileURLToPath(new URL('../../../examples/lenet', import.meta.url));
const lenet = ['lenet.cnn', '--weights', 'lenet-fashion-mnist.safetensors'];

/** Processes of their own numbers, which end with `unshare`. */
const apart = ['--map-root-user', '--pid', '--fork', '--kill-child'];
const missing = spawnSync('unshare', [...apart, 'true']).status !== 0 && 'unshare may not number processes anew here';
const test = anyTest.skipIf(missing);
const note = missing ? ` (${missing})` : '';

/** Sends itself the signals whose names it reads. */
const signalled = 'data:text/javascript,process.stdin.on("data", (name) => process.kill(1, String(name)))';

let first: ChildProcess | undefined;
afterEach(() => void first?.kill('SIGKILL'));

function start(...argv: readonly string[]): ChildProcess {
  const command = [...apart, process.execPath, '--import', signalled, program, ...argv];
  first = spawn('unshare', command, { cwd: examples, stdio: ['pipe', 'pipe', 'ignore'] });
  return first;
}

const ended = async (child: ChildProcess): Promise<unknown> =>
  (await once(child, 'exit', { signal: AbortSignal.timeout(20_000) }))[0];

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
])(`%s ends a command that does not wait for it${note}`, async (signal, code) => {
  const child = start('bench', ...lenet);
  child.stdin!.write(signal);
  expect(await ended(child)).toBe(code);
});

test(`a server says that it ends, answers for its time of grace, and ends at once when told again${note}`, async () => {
  const child = start('serve', ...lenet, '--port', '0', '--grace', '60000');
  const [address] = (await once(child.stdout!.setEncoding('utf8'), 'data')) as [string];
  const health = async (): Promise<unknown> => (await fetch(`${address.trim()}v2/health/ready`)).json();
  expect(await health()).toEqual({ ready: true });
  child.stdin!.write('SIGTERM');
  await expect.poll(health, { timeout: 20_000 }).toEqual({ ready: false });
  child.stdin!.write('SIGTERM');
  expect(await ended(child)).toBe(143);
});

test(`its files are not those of another first process that has its machine's name${note}`, () => {
  const script = `import { temporaryName } from '${lockFile}'; console.log(temporaryName(), process.pid);`;
  const argv = [process.execPath, '--input-type=module', '--eval', script];
  const [here, there] = [argv, ['unshare', ...apart, ...argv]].map(([command, ...more]) => {
    const [name, pid] = spawnSync(command!, more, { encoding: 'utf8' }).stdout.trim().split(' ');
    return { place: /^\.cnnc-(\w*)-/.exec(name!)![1]!, pid };
  });
  expect(there!.pid).toBe('1');
  expect(there!.place).not.toBe(here!.place);
});
