// Requests that two readers of HTTP may understand differently, and paths that lead elsewhere: each by the words of RFC 9112 and RFC 9110.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';

let folder = '';
let server: ServerProcess;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cnnc-http-'));
  writeFileSync(join(folder, 'net.cnn'), 'network One { input x: [3]  twice = x -> add(x)  output twice }\n');
  server = await startServer(['one=net.cnn'], folder);
});
afterAll(async () => {
  expect(await server?.end()).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});

/** What comes back until the server closes the connection, or until each of so many requests is answered. */
function say(text: string, answers = 1): Promise<string> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(server.address);
    const socket = connect(Number(port), hostname, () => socket.write(text, 'latin1'));
    let answer = '';
    socket.setEncoding('latin1').on('data', (part: string) => {
      answer += part;
      if (answer.split('}]}').length > answers) socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}

const json = '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,3],"data":[1,2,3]}]}';
const length = `Content-Length: ${json.length}`;
const chunks = `${json.length.toString(16)}\r\n${json}\r\n0\r\n\r\n`;
const post = (headers: string, body: string): string =>
  `POST /v2/models/one/infer HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n\r\n${body}`;
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;

describe('where a body ends', () => {
  test.each([
    ['a length and chunks', post(`${length}\r\nTransfer-Encoding: chunked`, chunks), 400],
    ['chunks and a length', post(`Transfer-Encoding: chunked\r\n${length}`, chunks), 400],
    ['two lengths', post(`${length}\r\nContent-Length: 5`, json), 400],
    ['the same length twice', post(`${length}\r\n${length}`, json), 400],
    ['a length with a sign', post(length.replace(': ', ': +'), json), 400],
    ['a blank before the colon', post('Transfer-Encoding : chunked', chunks), 400],
    ['chunks in chunks', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', chunks), 400],
    ['a coding like chunked', post('Transfer-Encoding: xchunked', chunks), 400],
    ['a coding before chunked', post('Transfer-Encoding: gzip, chunked', chunks), 501],
    ['lines that end in half', post(length, json).replaceAll('\r\n', '\n'), 400],
    ['a header over two lines', post(`X: a\r\n b\r\n${length}`, json), 400],
    ['a compressed body', post(`${length}\r\nContent-Encoding: gzip`, json), 415],
    ['two hosts', post(`${length}\r\nHost: y`, json), 400],
    ['no host', 'GET /v2 HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    ['two lengths of JSON', post(`${length}\r\n${'Inference-Header-Content-Length: 72\r\n'.repeat(2)}X: y`, json), 400],
  ])('%s', async (_, text, status) => {
    const answer = await say(text);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(answer).not.toContain('"data"');
  });

  test.each([
    ['no host', 'GET /v2 HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'the request has no Host'],
    ['an expectation', post(`${length}\r\nExpect: tea`, json), 417, 'a client can expect 100-continue; found tea'],
  ])('the answer says why: %s', async (_, text, status, error) => {
    const answer = await say(text);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer.split('\r\n\r\n')[1]).toBe(JSON.stringify({ error }));
  });

  test('what HTTP allows is answered: no host of HTTP/1.0, and to expect that a body may come', async () => {
    expect(await say('GET /v2 HTTP/1.0\r\n\r\n')).toContain('"name":"cnnc"');
    expect(await say(post(`${length}\r\nExpect: 100-Continue`, json))).toMatch(/^HTTP\/1\.1 100 [^]*"data":\[2,4,6\]/);
  });

  test.each([
    ['chunked', post('Transfer-Encoding: CHUNKED', chunks)],
    ['identity', post(`${length}\r\nContent-Encoding: identity`, json)],
    ['a trailer', post('Transfer-Encoding: chunked', chunks.replace(/\r\n$/, 'X: y\r\n\r\n'))],
  ])('%s is understood', async (_, text) => {
    expect(await say(text)).toMatch(/^HTTP\/1\.1 200 [^]*"data":\[2,4,6\]/);
  });

  test('two requests at once are answered in their order', async () => {
    const one = post(length, json).replace('Connection: close', 'X: y');
    const answer = await say(one + one.replace('[1,2,3]', '[4,5,6]'), 2);
    expect(answer).toMatch(/"data":\[2,4,6\][^]*"data":\[8,10,12\]/);
  });
});

test.each([
  ['/v2/models/one/../../health/live', 404],
  ['/v2/models/%2e%2e/ready', 404],
  ['/v2/models/one%00', 404],
  ['/v2/models/one%2finfer', 404],
  ['/v2/health/../models/one', 404],
  ['//v2/health/live', 404],
  ['/v2/models/%zz', 400],
  ['/v2/models/%ff', 400],
  [`/v2/models/${'a'.repeat(5000)}`, 414],
  ['/v2/models/one/versions/1e0', 404],
  ['/v2/models/one/versions/01', 404],
  ['/v2/models/constructor', 404],
])('GET %s: %d', async (path, status) => {
  const [, found, body] = /^HTTP\/1\.1 (\d+) [^]*\r\n\r\n([^]*)$/.exec(await say(get(path)))!;
  expect(Number(found)).toBe(status);
  expect(JSON.parse(body!)).toEqual({ error: expect.stringMatching(/^.{10,200}$/) });
});

test('numbers that are none of their type are refused', async () => {
  const ask = async (datatype: string, data: string): Promise<string> => {
    const body = json.replace('FP32', datatype).replace('[1,2,3]', data);
    return (await say(post(`Content-Length: ${body.length}`, body))).replace(/^[^]*\r\n\r\n/, '');
  };
  for (const [datatype, data, number, found] of [
    ['INT8', '[127,-128,128]', 2, '128, which is no INT8'],
    ['UINT8', '[255,0,-1]', 2, '-1, which is no UINT8'],
    ['INT32', '[1,2147483648,0]', 1, '2147483648, which is no INT32'],
    ['INT64', '[0.5,0,0]', 0, '0.5, which is no INT64'],
    ['BOOL', '[0,1,2]', 2, '2, which is no BOOL'],
    ['FP32', '[1,null,3]', 1, 'null'],
    ['FP32', '[1,true,3]', 1, 'a boolean'],
  ] as const)
    expect(JSON.parse(await ask(datatype, data))).toEqual({ error: `number ${number} of "data" of x is ${found}` });
  expect(await ask('UINT64', '[18446744073709551615,0,1]')).toContain('"data":[36893488147419103000,0,2]');
});
