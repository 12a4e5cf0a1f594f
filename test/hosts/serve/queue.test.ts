// Shards from a queue in a real Redis: workers are killed and Redis restarts, and the result is that of one process.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const program = join(root, 'bin/cnnc.js');
const images = join(root, '../shared/data/fashion-mnist');
const missing =
  (spawnSync('redis-server', ['--version']).status !== 0 && 'redis-server is not installed') ||
  (!existsSync(images) && 'needs ../shared/data');

let folder = '';
const children = new Set<ChildProcess>();
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'cnnc-queue-'))));
afterEach(() => {
  for (const child of children) kill(child);
  children.clear();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** With the processes that it started. */
function kill(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function start(command: string, argv: readonly string[]): ChildProcess {
  const child = spawn(command, argv, { cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  child.stdout.resume();
  child.stderr.resume();
  return child;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Everything that is written lies in a file when it is acknowledged. */
async function startRedis(port: number): Promise<ChildProcess> {
  const redis = start('redis-server', [
    ...['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
    ...['--appendonly', 'yes', '--appendfsync', 'always'],
  ]);
  while (spawnSync('redis-cli', ['-p', `${port}`, 'ping']).stdout.toString() !== 'PONG\n') await pause(50);
  return redis;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

const lenet = [
  join(root, 'examples/lenet/lenet.cnn'),
  ...['--weights', join(root, 'examples/lenet/lenet-fashion-mnist.safetensors')],
  ...['--target', 'wasm', '--data', images],
];
const cnnc = (...argv: readonly string[]): string =>
  execFileSync(process.execPath, [program, ...argv], { cwd: folder, encoding: 'utf8' });
const hashOf = (out: string): string => {
  cnnc('merge', out);
  return createHash('sha256')
    .update(readFileSync(join(folder, out, 'predictions.jsonl')))
    .digest('hex');
};

describe.skipIf(missing)(`a queue${missing ? ` (${missing})` : ''}`, () => {
  const [shards, kills] = [40, Math.ceil(6 * Number(process.env['CNNC_RUNS'] ?? 1))];
  let whole = '';
  beforeAll(() => {
    cnnc('predict', ...lenet, '--out', 'whole');
    whole = hashOf('whole');
  });

  test.each([1, 2, 4])(
    'of %d workers, killed again and again, beside a Redis that restarts',
    { timeout: 900_000 },
    async (workers) => {
      const port = await freePort();
      const queue = `redis://127.0.0.1:${port}`;
      let redis = await startRedis(port);
      const out = `out-${workers}`;
      const hire = (): ChildProcess => start(process.execPath, [program, 'worker', '--queue', queue, '--root', '/']);
      const staff = Array.from({ length: workers }, hire);
      const asked = start(process.execPath, [
        program,
        'predict',
        ...lenet,
        '--out',
        out,
        '--shards',
        `${shards}`,
        '--queue',
        queue,
      ]);
      const ended = once(asked, 'exit') as Promise<[number | null]>;
      let isOver = false;
      void ended.then(() => (isOver = true));
      for (let killed = 0; killed < kills && !isOver; killed += 1) {
        await pause(300 + ((killed * 7919) % 700));
        const at = killed % workers;
        kill(staff[at]!);
        staff[at] = hire();
        if (killed === Math.floor(kills / 2)) {
          kill(redis);
          await pause(200);
          redis = await startRedis(port);
        }
      }
      expect((await ended)[0]).toBe(0);
      const parts = readdirSync(join(folder, out)).filter((name) => name.endsWith('.jsonl'));
      expect(parts.length).toBe(shards);
      expect(readdirSync(join(folder, out)).length).toBe(shards + 1);
      expect(hashOf(out)).toBe(whole);
    },
  );
});

test.skipIf(missing)('a Redis that is not there is said in one sentence', async () => {
  const port = await freePort();
  const { status, stderr } = spawnSync(process.execPath, [program, 'worker', '--queue', `redis://127.0.0.1:${port}`], { encoding: 'utf8' }); // prettier-ignore
  expect(status).toBe(1);
  expect(stderr).toContain(`no Redis answers at 127.0.0.1:${port}`);
});
