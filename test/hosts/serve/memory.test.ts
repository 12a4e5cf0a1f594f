// Answers of many megabytes for clients who do not take them: the server stays within the memory that deploy/kubernetes.yaml gives it.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';

const MIB = 2 ** 20;
const deployment = readFileSync(fileURLToPath(new URL('../../../deploy/kubernetes.yaml', import.meta.url)), 'utf8');
const limit = 1024 * MIB * Number(/limits: \{ memory: (\d+)Gi \}/.exec(deployment)![1]);
const inputSize = 3 * 512 * 512;

let folder = '';
let server: ServerProcess;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cnnc-memory-'));
  // A module as `cnnc compile` writes it, with the shapes of a network that says of each pixel which of 21 classes it is.
  writeFileSync(
    join(folder, 'maps.mjs'),
    `export const inputs = { x: [3, 512, 512] }, outputs = { y: [21, 512, 512] }, settings = {}, labels = {}, weightTensors = [];
export const load = async () => ({ run: (x) => new Float32Array(21 * x.length / 3).fill(1 / 3) });
`,
  );
  server = await startServer(['maps.mjs'], folder);
});
afterAll(async () => {
  expect(await server?.end()).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});

interface Asked {
  readonly status: string;
  hangUp(): void;
}

/** Asks for one image, and takes the first bytes of the answer, not the others. */
function ask(isBinary: boolean): Promise<Asked> {
  const parameters = { binary_data_size: inputSize };
  const inputs = [{ name: 'x', datatype: 'UINT8', shape: [1, 3, 512, 512], parameters }];
  const json = JSON.stringify({ inputs, parameters: { binary_data_output: isBinary } });
  const lengths = `Inference-Header-Content-Length: ${json.length}\r\nContent-Length: ${json.length + inputSize}`;
  const { hostname, port } = new URL(server.address);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    socket.write(`POST /v2/models/maps/infer HTTP/1.1\r\nHost: x\r\n${lengths}\r\n\r\n${json}`);
    socket.write(new Uint8Array(inputSize));
    socket.once('data', (bytes: Buffer) => {
      socket.pause();
      resolve({ status: bytes.toString('latin1', 9, 12), hangUp: () => void socket.destroy() });
    });
    socket.once('error', reject);
  });
}

const resident = (): number =>
  1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.process.pid}/status`, 'utf8'))![1]);
const counted = async (): Promise<number> => {
  const text = await (await fetch(`${server.address}/metrics`)).text();
  return Number(/^cnnc_memory_bytes (\d+)$/m.exec(text)![1]);
};

test.skipIf(!existsSync('/proc/self/status'))('sixteen at once who do not take their answers', async () => {
  const sizes = [resident()];
  const timer = setInterval(() => sizes.push(resident()), 10);
  for (const [isBinary, bytes] of [
    [true, 4 * 21 * 512 * 512],
    // "0.3333333432674408,"
    [false, 19 * 21 * 512 * 512],
  ] as const) {
    const all = await Promise.all(Array.from({ length: 16 }, () => ask(isBinary)));
    const answered = all.filter(({ status }) => status === '200').length;
    expect(answered).toBeGreaterThan(0);
    expect(all.filter(({ status }) => status === '429').length).toBe(16 - answered);
    // What waits to be taken is counted, and then given back.
    expect(await counted()).toBeGreaterThanOrEqual(answered * bytes);
    for (const one of all) one.hangUp();
    await expect.poll(counted, { timeout: 10_000 }).toBe(0);
  }
  clearInterval(timer);
  console.log(`MiB at the start and at most: ${[sizes[0]!, Math.max(...sizes)].map((size) => Math.round(size / MIB)).join(', ')}`);
  expect(Math.max(...sizes)).toBeLessThan(limit);
}); // prettier-ignore
