// Bodies of a gigabyte that are really sent, by clients who go on sending: each gets its answer early, and the server's memory stays as it was.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startServer } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';

const lenet = fileURLToPath(new URL('../../../examples/lenet/lenet', import.meta.url));
const GIGABYTE = 2 ** 30;
const MEBIBYTE = 2 ** 20;
const piece = Buffer.alloc(1 << 16, ' ');
const framings = {
  chunked: { header: 'Transfer-Encoding: chunked', piece: Buffer.concat([Buffer.from('10000\r\n'), piece, Buffer.from('\r\n')]) },
  declared: { header: `Content-Length: ${GIGABYTE}`, piece },
} as const; // prettier-ignore

let folder = '';
let server: ServerProcess;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cnnc-streamed-'));
  writeFileSync(join(folder, 'tokens'), 'secret\n');
  const weights = `${lenet}-fashion-mnist.safetensors`;
  server = await startServer([`lenet=${lenet}.cnn`, '--weights', weights, '--token-file', 'tokens'], folder);
});
afterAll(async () => {
  expect(await server?.end()).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});

interface Sent {
  readonly answer: string;
  readonly bytes: number;
}

/** Sends until the connection is closed, whatever comes back. */
function stream(path: string, framing: keyof typeof framings, token: string): Promise<Sent> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(server.address);
    const { header, piece: next } = framings[framing];
    const socket = connect(Number(port), hostname);
    let [answer, bytes] = ['', 0];
    const send = (): void => {
      while (!socket.destroyed && bytes < GIGABYTE) {
        bytes += piece.length;
        if (!socket.write(next)) return;
      }
    };
    socket.write(`POST /v2/models/${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n${header}\r\n\r\n`);
    socket.on('connect', send).on('drain', send);
    socket.setEncoding('latin1').on('data', (part: string) => void (answer += part));
    socket.on('error', () => {});
    socket.on('close', () => resolve({ answer, bytes }));
  });
}

const resident = (): number =>
  1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.process.pid}/status`, 'utf8'))![1]);

test.skipIf(!existsSync('/proc/self/status'))('a gigabyte is refused as it comes', async () => {
  const before = resident();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, resident())), 10);
  onTestFinished(() => clearInterval(timer));
  for (const framing of ['chunked', 'declared'] as const)
    for (const path of ['lenet/infer', 'lenet/classify'])
      for (const count of [1, 8]) {
        const all = await Promise.all(Array.from({ length: count }, () => stream(path, framing, 'secret')));
        for (const { answer, bytes } of all) {
          expect(answer).toMatch(/^HTTP\/1\.1 4(13|29) [^]*\r\nconnection: close\r\n[^]*\{"error":"[^"]+"\}$/i);
          // What the server takes and throws away, and what lies in buffers on the way.
          expect(bytes).toBeLessThan(64 * MEBIBYTE);
        }
      }
  console.log(`${Math.round(before / MEBIBYTE)} MiB at the start, at most ${Math.round(most / MEBIBYTE)}`);
  expect(most - before).toBeLessThan(256 * MEBIBYTE);
});

test('one who may not ask is told before', async () => {
  for (const framing of ['chunked', 'declared'] as const) {
    const { answer, bytes } = await stream('lenet/infer', framing, 'wrong');
    expect(answer).toMatch(/^HTTP\/1\.1 401 [^]*\r\nconnection: close\r\n[^]*\{"error":"[^"]+"\}$/i);
    expect(bytes).toBeLessThan(64 * MEBIBYTE);
  }
});
