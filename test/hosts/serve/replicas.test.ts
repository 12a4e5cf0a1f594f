// Two servers behind haproxy, as deploy/haproxy.cfg has it: one is restarted, the other killed, and nobody notices.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const missing = spawnSync('haproxy', ['-v']).status !== 0 && 'haproxy is not installed';

let folder = '';
const children: ChildProcess[] = [];
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'cnnc-replicas-'))));
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Ports that nobody has. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => new Promise((resolve) => void server.once('listening', resolve))));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => void server.close(resolve))));
  return ports;
}

const agent = new Agent({ keepAlive: true, maxSockets: 16 });

function post(port: number, body: string): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const path = '/v2/models/net/infer';
    const sent = request({ host: '127.0.0.1', port, path, method: 'POST', agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => void (text += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', reject);
    });
    sent.on('error', reject).end(body);
  });
}

/** Waits until haproxy has noticed that it is there. */
async function untilItAnswers({ address }: ServerProcess): Promise<void> {
  const answered = /^cnnc_requests_total\S*status="200"\} \d{2,}$/m;
  while (!answered.test(await (await fetch(`${address}/metrics`)).text()))
    await new Promise((resolve) => setTimeout(resolve, 20));
}

test.skipIf(missing)(
  `no request is lost or wrong while servers restart and die${missing ? ` (${missing})` : ''}`,
  { timeout: 600_000 },
  async () => {
    writeFileSync(join(folder, 'net.cnn'), 'network Net { input x: [2]  sum = add(x)  output sum }\n');
    const [front, one, two] = (await freePorts(3)) as [number, number, number];
    const config = readFileSync(join(root, 'deploy/haproxy.cfg'), 'utf8')
      .replace('127.0.0.1:8080', `127.0.0.1:${front}`)
      .replace('127.0.0.1:8081', `127.0.0.1:${one}`)
      .replace('127.0.0.1:8082', `127.0.0.1:${two}`);
    writeFileSync(join(folder, 'haproxy.cfg'), config);
    execFileSync('haproxy', ['-c', '-q', '-f', 'haproxy.cfg'], { cwd: folder });
    const start = async (port: number): Promise<ServerProcess> => {
      const server = await startServer(['net.cnn', '--port', `${port}`, '--grace', '1000', '--log', 'warn'], folder);
      children.push(server.process);
      return server;
    };
    let [first, second] = [await start(one), await start(two)];
    children.push(spawn('haproxy', ['-db', '-f', 'haproxy.cfg'], { cwd: folder, stdio: 'ignore' }));
    const ask = (value: number) =>
      post(front, JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [value, -value] }] }));
    while ((await ask(0).catch(() => ({ status: 0 }))).status !== 200)
      await new Promise((resolve) => setTimeout(resolve, 50));

    const total = 4000 * Number(process.env['CNNC_RUNS'] ?? 1);
    let [asked, isOver] = [0, false];
    const wrong: string[] = [];
    const client = async (): Promise<void> => {
      while (asked < total || !isOver) {
        asked += 1;
        const value = asked % 1000;
        const { status, text } = await ask(value).catch((error: Error) => ({ status: 0, text: error.message }));
        if (status !== 200 || !text.endsWith(`"data":[${2 * value},${-2 * value}]}]}`)) wrong.push(`${status} ${text}`);
      }
    };
    const clients = Promise.all(Array.from({ length: 12 }, client));
    do {
      // A restart as a cluster does it, and then a death.
      await first.end();
      first = await start(one);
      await untilItAnswers(first);
      second.process.kill('SIGKILL');
      second = await start(two);
      await untilItAnswers(second);
    } while (asked < total);
    first.process.kill('SIGKILL');
    isOver = true;
    await clients;
    expect(asked).toBeGreaterThanOrEqual(total);
    expect(wrong).toEqual([]);
    await second.end();
  },
);
