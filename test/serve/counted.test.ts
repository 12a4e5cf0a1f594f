// What a server counts, and says in its log, of clients that hang up, are too slow or send what is no HTTP: what they saw, or 499.

import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Model } from '../../src/cli/serve/model.ts';
import type { Answer } from '../../src/serve/protocol.ts';
import { impatient } from '../support/application.ts';

const done: Answer = { status: 200, type: 'application/json', body: new TextEncoder().encode('{}'), images: 1 };
/** Answers what waits. */
let answerAll: (() => void)[] = [];
let left = 0;
/** Answers at once what begins with `!`. */
const model: Model = {
  network: { name: 'one', version: '1', inputs: [], outputs: [] },
  isReady: true,
  waiting: 0,
  submit({ body }) {
    const { promise: answer, resolve } = Promise.withResolvers<Answer>();
    answerAll.push(() => resolve(done));
    if (body[0] === 33) resolve(done);
    return { answer, leave: () => void (left += 1) };
  },
  close: () => Promise.resolve(),
};

let app: FastifyInstance;
let lines: { readonly url: string; readonly status: number; readonly gone?: true }[] = [];
beforeEach(async () => {
  [answerAll, left, lines] = [[], 0, []];
  app = impatient([model], (line) => void lines.push(JSON.parse(line) as (typeof lines)[number]));
  await app.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(() => app.close());

const client = async (text: string): Promise<Socket> => {
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {});
  await once(socket, 'connect');
  socket.write(text);
  return socket;
};
const head = (length: number): string =>
  `POST /v2/models/one/infer HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;
const statusOf = async (socket: Socket): Promise<number> => {
  const [text] = (await once(socket.setEncoding('latin1'), 'data')) as [string];
  return Number(text.slice(9, 12));
};

const metrics = async (): Promise<string> => (await app.inject('/metrics')).body;
/** How often each status was counted. */
const counts = async (): Promise<Readonly<Record<string, number>>> =>
  Object.fromEntries(
    [...(await metrics()).matchAll(/^cnnc_requests_total\{model="one",version="1",status="(\d+)"\} (\d+)$/gm)].map(
      ([, status, count]) => [status!, Number(count)],
    ),
  );
const seconds = async (what: 'sum' | 'count'): Promise<number> =>
  Number(new RegExp(`^cnnc_request_seconds_${what}\\S* (.+)$`, 'm').exec(await metrics())?.[1] ?? 0);
const logged = (): readonly unknown[] =>
  lines.filter(({ url }) => url.startsWith('/v2/models')).map(({ status, gone }) => [status, gone ?? false]);

test('one who hangs up before the answer is there is 499, and no 504, and took no time', async () => {
  const socket = await client(`${head(3)}abc`);
  await expect.poll(() => answerAll.length).toBe(1);
  socket.destroy();
  await expect.poll(counts).toEqual({ 499: 1 });
  for (const answer of answerAll) answer();
  expect(left).toBe(1);
  expect(await seconds('count')).toBe(0);
  expect(await counts()).toEqual({ 499: 1 });
  expect(logged()).toEqual([[499, true]]);
});

test('one whose connection is reset in the middle of the body is 499', async () => {
  const socket = await client(`${head(100)}abc`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.resetAndDestroy();
  await expect.poll(counts).toEqual({ 499: 1 });
  expect(logged()).toEqual([[499, true]]);
});

test('of several on one connection, each counts as it saw', async () => {
  const socket = await client(`${head(1)}!${head(1)}a${head(1)}b`);
  expect(await statusOf(socket)).toBe(200);
  await expect.poll(() => answerAll.length).toBe(3);
  socket.destroy();
  await expect.poll(counts).toEqual({ 200: 1, 499: 2 });
  expect(await seconds('count')).toBe(1);
});

test.each<[status: number, text: string]>([
  [408, `${head(100)}abc`],
  [400, 'POST /v2/models/one/infer HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\nzz\r\n'],
  [400, head(0)],
  [413, `${head(2000)}abc`],
  [501, 'POST /v2/models/one/infer HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
])('who sees %i is counted so', { timeout: 5000 }, async (status, text) => {
  const socket = await client(text);
  expect(await statusOf(socket)).toBe(status);
  socket.destroy();
  await expect.poll(() => logged().length).toBe(1);
  expect(await counts()).toEqual({ [status]: 1 });
  expect(logged()).toEqual([[status, expect.anything()]]);
});

test('seconds begin with the whole request: a client that is slow to send it makes no slow answer', async () => {
  const socket = await client(`${head(2)}!`);
  await new Promise((resolve) => setTimeout(resolve, 250));
  socket.write('!');
  expect(await statusOf(socket)).toBe(200);
  socket.destroy();
  expect(await seconds('count')).toBe(1);
  expect(await seconds('sum')).toBeLessThan(0.2);
});
