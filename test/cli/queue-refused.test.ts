// Servers that are no Redis for us: what they say is in the one sentence that a command ends with.

import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { checkRedis, connectionTo } from '../../src/cli/queue/libraries.ts';

let server: Server | undefined;
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server?.close();
});

/** The address of a server that does this with each connection. */
async function serve(each: (socket: Socket) => void): Promise<string> {
  server = createServer((socket) => {
    sockets.add(socket);
    each(socket.on('error', () => {}));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => void server!.once('listening', resolve));
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers commands in RESP: this to scripts, and to others that all is well. */
const answering = (evaluated: string) => (socket: Socket) => {
  const info = 'redis_version:7.0.0\r\nloading:0\r\n';
  const known: Readonly<Record<string, string>> = {
    hello: '%0\r\n',
    info: `$${info.length}\r\n${info}\r\n`,
    eval: evaluated,
  };
  socket.setEncoding('latin1').on('data', (text: string) => {
    for (const [, command] of text.matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g))
      socket.write(known[command!.toLowerCase()] ?? '+OK\r\n');
  });
};

test.each<[string, (socket: Socket) => void, RegExp]>([
  ['says why to all', (socket) => void socket.end('-DENIED Redis is running in protected mode\r\n'), /refuses: DENIED Redis is running in protected mode$/],
  ['is full', (socket) => void socket.end('-ERR max number of clients reached\r\n'), /refuses: ERR max number of clients reached$/],
  ['lets us run no scripts', answering("-NOPERM this user has no permissions to run the 'eval' command\r\n"), /refuses: NOPERM this user has no permissions to run the 'eval' command$/],
  ['speaks HTTP', (socket) => void socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')), /refuses: Unknown RESP type/],
  ['closes', (socket) => void socket.destroy(), /no Redis answers at 127\.0\.0\.1:\d+ \(/],
  ['is silent', () => {}, /no Redis answers at 127\.0\.0\.1:\d+ \(it is silent\)/],
])('one that %s', async (_, each, message) => {
  await expect(checkRedis(connectionTo(await serve(each)), 300)).rejects.toThrow(message);
}); // prettier-ignore

test('one that answers', async () => {
  const address = await serve(answering(':0\r\n'));
  await expect(checkRedis(connectionTo(address))).resolves.toBeUndefined();
});
