// A server whose descriptors are all taken by those who connect: it goes on, and so do threads that die and files that change meanwhile.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';

const missing =
  (!existsSync('/proc/self/fd') && 'there is no /proc') ||
  (spawnSync('prlimit', ['--version']).status !== 0 && 'there is no prlimit');

let folder = '';
let server: ServerProcess;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cnnc-descriptors-'));
  writeModule('');
  server = await startServer(['odd.mjs'], folder);
});
afterAll(async () => {
  expect(await server?.end()).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});

/** A module as `cnnc compile` writes it, whose network is a thread that dies of 666. */
function writeModule(more: string): void {
  writeFileSync(
    join(folder, 'odd.mjs'),
    `export const inputs = { x: [1] }, outputs = { y: [1] }, settings = {}, labels = {}, weightTensors = [];
export const load = async () => ({ run: (x) => (x.includes(666) ? process.exit(1) : x) });
${more}`,
  );
}

const descriptors = (): number => readdirSync(`/proc/${server.process.pid}/fd`).length;

/** The status of an answer; 0 where the connection is closed. `agent` has its own connection. */
function ask(value: number, agent?: Agent): Promise<number> {
  const body = JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 1], data: [value] }] });
  return new Promise((resolve) => {
    const url = `${server.address}/v2/models/odd/infer`;
    const sent = request(url, { method: 'POST', ...(agent && { agent }) }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode!));
    });
    sent.once('error', () => resolve(0)).end(body);
  });
}

test.skipIf(missing)(`are taken, and given back${missing ? ` (${missing})` : ''}`, async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  expect(await ask(0, agent)).toBe(200);
  const limit = descriptors() + 20;
  spawnSync('prlimit', ['--pid', `${server.process.pid}`, `--nofile=${limit}:${limit}`]);
  const { hostname, port } = new URL(server.address);
  const sockets = Array.from({ length: 60 }, () =>
    connect(Number(port), hostname)
      .on('error', () => {})
      .resume(),
  );
  await expect.poll(() => sockets.filter(({ readableEnded, closed }) => readableEnded || closed).length).toBeGreaterThan(35); // prettier-ignore
  // Who is connected is answered, until the thread is lost, for which there may be no other yet.
  expect(await ask(0, agent)).toBe(200);
  writeModule('// changed');
  expect(await ask(666, agent)).toBe(503);
  for (const socket of sockets) socket.destroy();
  await expect.poll(() => ask(0), { timeout: 20_000 }).toBe(200);
  await expect.poll(() => new Promise((resolve) => get(`${server.address}/v2/health/ready`, ({ statusCode }) => resolve(statusCode)))).toBe(200); // prettier-ignore
  // The file is served as it is now, though nothing of it has changed since there are descriptors again.
  const loaded = async (): Promise<boolean> =>
    (await (await fetch(`${server.address}/metrics`)).text()).includes('result="loaded"');
  await expect.poll(loaded, { timeout: 20_000 }).toBe(true); // prettier-ignore
  agent.destroy();
});
