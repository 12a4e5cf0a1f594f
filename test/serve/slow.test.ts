// Clients that are slow on purpose: headers, bodies, and an answer that is not taken, each within its time; more of them than may be; and
// those who come back at once.

import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Refusal } from '../../src/serve/protocol.ts';
import { impatient } from '../support/application.ts';

let app: FastifyInstance;
beforeAll(async () => {
  app = impatient();
  // More than the buffers of a connection hold.
  app.get('/much', () => Buffer.alloc(1 << 26));
  app.get('/full', () => {
    throw new Refusal(429, 'there is no room');
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => app.close());

/** Says `first`, and then a letter again and again until the connection is closed; what came back. */
function drip(first: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    let answer = '';
    socket.write(first);
    const timer = setInterval(() => socket.write('a'), 20);
    socket.setEncoding('latin1').on('data', (part: string) => void (answer += part));
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(timer);
      resolve(answer);
    });
  });
}

test.each([
  ['headers', 'GET /v2 HTTP/1.1\r\nHost: x\r\nA: '],
  ['a body', 'POST /v2 HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n'],
])('%s that never end', { timeout: 5000 }, async (_, text) => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => drip(text)));
  expect(new Set(answers.map((answer) => answer.slice(0, 12)))).toEqual(new Set(['HTTP/1.1 408']));
});

test('an answer that nobody takes', { timeout: 5000 }, async () => {
  const closed = new Promise((resolve) => app.server.once('connection', (socket) => socket.once('close', resolve)));
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  socket.write('GET /much HTTP/1.1\r\nHost: x\r\n\r\n');
  socket.pause();
  await closed;
  socket.destroy();
});

test(
  'one who was refused for want of room is told at once, and read again after a while',
  { timeout: 5000 },
  async () => {
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1').setEncoding('latin1');
    const ask = async (path: string): Promise<{ readonly status: string; readonly ms: number }> => {
      const since = performance.now();
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      const [text] = (await once(socket, 'data')) as [string];
      return { status: text.slice(9, 12), ms: performance.now() - since };
    };
    expect((await ask('/v2')).status).toBe('200');
    const refused = await ask('/full');
    expect(refused.status).toBe('429');
    const next = await ask('/v2');
    expect(next.status).toBe('200');
    // Half of the time at least, of which some may have gone by; others are read meanwhile.
    expect(refused.ms).toBeLessThan(150);
    expect(next.ms).toBeGreaterThan(150);
    socket.destroy();
  },
);

test('no more connections than there may be', async () => {
  const { port } = app.server.address() as AddressInfo;
  const sockets = Array.from({ length: 80 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  const isClosed = (): number => sockets.filter(({ closed, readableEnded }) => closed || readableEnded).length;
  for (const socket of sockets) socket.resume();
  await expect.poll(isClosed).toBe(20);
  const open = sockets.find(({ closed, readableEnded }) => !closed && !readableEnded)!;
  const answer = new Promise((resolve) => open.setEncoding('latin1').once('data', resolve));
  open.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
  const text = await answer;
  expect(text).toMatch(/^cnnc_connections 60$/m);
  expect(text).toMatch(/^cnnc_connections_refused_total 20$/m);
  for (const socket of sockets) socket.destroy();
  await expect.poll(async () => (await app.inject('/metrics')).body).toMatch(/^cnnc_connections 0$/m);
});
