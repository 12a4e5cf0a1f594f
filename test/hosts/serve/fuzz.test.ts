// Malformed requests of every kind, over sockets: each is refused in HTTP's own words, and leaves the server as it was. CNNC_RUNS=17 sends
// 10,000 of them.

import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRandom } from '../../fuzz/random.ts';
import type { Random } from '../../fuzz/random.ts';
import { startServer } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const factor = Number(process.env['CNNC_RUNS'] ?? 1);
const seed = factor > 1 ? Date.now() % 2 ** 31 : 20_261_129;

let folder = '';
let server: ServerProcess;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cnnc-fuzz-'));
  writeFileSync(join(folder, 'net.cnn'), 'network One { input x: [3]  twice = x -> add(x)  output twice }\n');
  const lenet = ['lenet.cnn', 'lenet-fashion-mnist.safetensors'].map((name) => join(root, 'examples/lenet', name));
  const models = ['one=net.cnn', `lenet=${lenet[0]}`, '--weights', `lenet=${lenet[1]}`];
  server = await startServer([...models, '--max-body', '256KiB'], folder);
});
afterAll(async () => {
  expect(await server?.end()).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});

/** What comes back until the server closes the connection; empty where it closes without a word. */
function say(bytes: Uint8Array, hangUp: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.address);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.setTimeout(20_000, () =>
      socket.destroy(new Error(`no answer to ${JSON.stringify(textOf(bytes).slice(0, 300))}`)),
    );
    socket.setEncoding('latin1').on('data', (part: string) => void (answer += part));
    // A server that refuses a body may close while it is sent.
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code ? resolve(answer) : reject(error)));
    socket.on('close', () => resolve(answer));
    if (hangUp) socket.end(bytes);
    else socket.write(bytes);
  });
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const post = (path: string, body: Uint8Array | string, headers: readonly string[] = []): Buffer => {
  const bytes = Buffer.from(body as string);
  const head = [`POST /v2/models/${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers];
  if (!headers.some((line) => /^(content-length|transfer-encoding)/i.test(line)))
    head.push(`Content-Length: ${bytes.length}`);
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]);
};

const valid = () => ({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] }] });
/** None of them is what a field of the protocol wants. */
const odd: readonly unknown[] = [
  null,
  true,
  -1,
  1e300,
  {},
  [[]],
  [null],
  '',
  '\u001b[2J',
  '\u009b2J',
  '\ud800',
  'a'.repeat(5000),
  '__proto__',
];
const fields = ['name', 'datatype', 'shape', 'data'] as const;

/** Each makes requests that cannot be understood. */
const kinds: Readonly<Record<string, (random: Random) => Buffer>> = {
  'a field is missing': (random) => {
    const request = valid();
    delete (request.inputs[0] as Partial<(typeof request.inputs)[0]>)[random.pick(fields)];
    return post('one/infer', JSON.stringify(request));
  },
  'a field is of another kind': (random) => {
    const field = random.pick(fields);
    const request = { inputs: [{ ...valid().inputs[0], [field]: random.pick(odd) }] };
    return post('one/infer', JSON.stringify(request));
  },
  'the request is of another kind': (random) =>
    post(
      'one/infer',
      JSON.stringify(
        random.pick([...odd, { inputs: random.pick(odd) }, { ...valid(), id: 7 }, { ...valid(), outputs: 1 }]),
      ),
    ),
  'JSON that is cut off': (random) => {
    const text = JSON.stringify(valid());
    return post('one/infer', text.slice(0, random.below(text.length)));
  },
  'bytes that are not UTF-8': (random) => {
    const bytes = Buffer.from(JSON.stringify(valid()));
    bytes[random.below(bytes.length)] = 0xff;
    return post('one/infer', bytes);
  },
  depth: (random) => {
    const depth = 1 + random.below(100_000);
    return post('one/infer', JSON.stringify(valid()).replace('[1,2,3]', `${'['.repeat(depth)}${']'.repeat(depth)}`));
  },
  'a length of JSON that lies': (random) =>
    post('one/infer', JSON.stringify(valid()), [
      `Inference-Header-Content-Length: ${random.pick(['-1', '1e9', '99999', '0', '3', 'x', '9'.repeat(40)])}`,
    ]),
  'a size in binary that lies': (random) => {
    const size = random.pick([0, 1, 11, 13, -12, 2 ** 40, 1.5, '12', null, [12]]);
    const text = JSON.stringify({
      inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3], parameters: { binary_data_size: size } }],
    });
    const body = Buffer.concat([Buffer.from(text), Buffer.alloc(random.below(30))]);
    return post('one/infer', body, [`Inference-Header-Content-Length: ${text.length}`]);
  },
  'a Content-Length that lies': (random) => {
    const length = random.pick(['-1', '1073741824', '9'.repeat(30), 'x', '1, 2', '0x10', '500000']);
    return post('one/infer', JSON.stringify(valid()), [`Content-Length: ${length}`]);
  },
  'odd chunks': (random) => {
    const body = random.pick([
      'zz\r\nabc\r\n',
      '-1\r\n',
      'ffffffffffffffffff\r\na',
      '5\r\nab',
      '3\r\n{}}\r\n0\r\n\r\n',
      '1\r\nx\r\n'.repeat(2000),
      `${'1;a=b\r\n{\r\n'.repeat(500)}0\r\n\r\n`,
    ]);
    return post('one/infer', body, ['Transfer-Encoding: chunked']);
  },
  'paths and methods': (random) => {
    const method = random.pick(['GET', 'PUT', 'DELETE', 'TRACE', 'PATCH', 'FOO', 'get']);
    const path = random.pick([
      '/',
      '/v3',
      '/v2/models/%00',
      '/v2/models/%ff',
      '/v2/models/../../etc/passwd',
      '/v2/models/one/infer/',
      `/${'a'.repeat(20_000)}`,
      '/v2/models/__proto__',
      '/\u009b2J',
      '*',
      'http://',
      '/v2/models/one/versions/-1',
    ]);
    return Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, 'latin1');
  },
  headers: (random) => {
    const lines = random.pick([
      'a: b\r\n'.repeat(5000),
      `x: ${'y'.repeat(40_000)}\r\n`,
      'no colon\r\n',
      ': empty\r\n',
      'x\u0000: y\r\n',
      'Content-Length: 1\r\nTransfer-Encoding: chunked\r\n',
    ]);
    return Buffer.from(`POST /v2/models/one/infer HTTP/1.1\r\nHost: x\r\n${lines}\r\n`, 'latin1');
  },
  'no HTTP': (random) =>
    Buffer.concat([
      Buffer.from(random.pick(['', '\r\n\r\n', '\u0016\u0003\u0001', 'PRI * HTTP/2.0\r\n\r\n', 'GET / HTTP/9.9\r\n'])),
      Buffer.from(Array.from({ length: 1 + random.below(200) }, () => random.below(256))),
    ]),
  'pictures that are none': (random) => {
    const whole = readFileSync(join(root, 'examples/pictures/sneaker.png'));
    const bytes = Buffer.from(
      random.pick([
        whole.subarray(0, random.below(whole.length - 12)),
        Buffer.from('GIF89a'),
        Buffer.alloc(100),
        whole,
      ]),
    );
    // A picture of 2^31 pixels a side.
    if (bytes.length === whole.length) bytes.writeUInt32BE(0x7fffffff, 16);
    return post(`lenet/classify?top=${random.pick(['0', '5', 'x', '-1', '1&top=2'])}`, bytes);
  },
  'a body over the limit': () => post('one/infer', Buffer.alloc(400_000, 0x20)),
};

const pid = (): number => server.process.pid!;
const resident = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid()}/status`, 'utf8'))![1]) / 1024;
const descriptors = (): number => readdirSync(`/proc/${pid()}/fd`).length;

test.skipIf(!existsSync('/proc/self/status'))(
  `malformed requests are refused, and nothing is left of them (seed ${seed})`,
  { timeout: 60_000 * Math.max(1, factor) },
  async () => {
    const random = createRandom(seed);
    const names = Object.keys(kinds);
    const total = Math.ceil(600 * factor);
    const wrong: string[] = [];
    const [before, sizes] = [descriptors(), [] as number[]];
    let asked = 0;
    const client = async (): Promise<void> => {
      while (asked < total) {
        const name = names[asked % names.length]!;
        asked += 1;
        if (asked % Math.ceil(total / 5) === 0) sizes.push(Math.round(resident()));
        const request = kinds[name]!(random);
        const answer = await say(
          request,
          random.oneIn(2) || name === 'no HTTP' || name === 'odd chunks' || name === 'a Content-Length that lies',
        );
        if (!/^(HTTP\/1\.1 4\d\d |$)/.test(answer))
          wrong.push(`${name}: ${answer.slice(0, 300)} to ${JSON.stringify(textOf(request).slice(0, 300))}`);
      }
    };
    await Promise.all(Array.from({ length: 8 }, client));
    expect(wrong).toEqual([]);
    const answer = await say(post('one/infer', JSON.stringify(valid())), false);
    expect(answer).toMatch(/^HTTP\/1\.1 200 [^]*"data":\[2,4,6\]/);
    await expect.poll(descriptors, { timeout: 5000 }).toBeLessThanOrEqual(before + 2);
    console.log(`resident MiB on the way: ${sizes.join(', ')}, then ${Math.round(resident())}`);
    expect(resident()).toBeLessThan(1.5 * Math.max(sizes[0]!, 300));
    for (const line of server.log) {
      // oxlint-disable-next-line no-control-regex -- these are what must not be there
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      expect(JSON.parse(line)).not.toHaveProperty('stack');
    }
  },
);
