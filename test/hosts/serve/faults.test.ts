// What a server does where a thread dies, files change, too many ask at once, or it is asked to end: nobody loses an answer.

import { execFile } from 'node:child_process';
import { closeSync, copyFileSync, existsSync, mkdtempSync, openSync } from 'node:fs';
import { readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { program } from '../../support/command-line.ts';
import { startServer } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const pictures = join(root, 'examples/pictures');

let folder = '';
const running: ServerProcess[] = [];
const start = async (...argv: readonly string[]): Promise<ServerProcess> => {
  const server = await startServer(argv, folder);
  running.push(server);
  return server;
};
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cnnc-faults-'));
  for (const name of ['lenet.cnn', 'lenet-fashion-mnist.safetensors'])
    copyFileSync(join(root, 'examples/lenet', name), join(folder, name));
  // A module as `cnnc compile` writes it, whose network is a thread that can be told to wait or to die.
  writeFileSync(
    join(folder, 'odd.mjs'),
    `export const inputs = { x: [1] }, outputs = { y: [1] }, settings = {}, labels = {}, weightTensors = [];
export async function load(weights = {}) {
  return {
    run(x) {
      if (x.includes(666)) process.exit(1);
      for (const until = performance.now() + 1000 * Math.max(0, ...x); performance.now() < until; );
      return x;
    },
  };
}
`,
  );
});
/** One that several tests may ask. */
const shared = new Map<string, Promise<ServerProcess>>();
const startShared = (...argv: readonly string[]): Promise<ServerProcess> => {
  const server = shared.get(argv.join(' ')) ?? startServer(argv, folder);
  shared.set(argv.join(' '), server);
  return server;
};
afterEach(async () => void (await Promise.all(running.splice(0).map((server) => server.end()))));
afterAll(async () => {
  for (const server of shared.values()) expect(await (await server).end()).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});

const lenet = ['lenet.cnn', '--weights', 'lenet-fashion-mnist.safetensors'] as const;

interface Reply {
  readonly status: number;
  readonly json: unknown;
  readonly headers: Headers;
}

async function post(server: ServerProcess, path: string, body: string | Uint8Array<ArrayBuffer>): Promise<Reply> {
  const response = await fetch(`${server.address}/v2/models/${path}`, { method: 'POST', body });
  return { status: response.status, json: await response.json(), headers: response.headers };
}

const odd = (server: ServerProcess, value: number): Promise<Reply> =>
  post(
    server,
    'odd/infer',
    JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 1], data: [value] }] }),
  );

/** What it prints. */
const cnnc = async (...argv: readonly string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, [program, ...argv], { cwd: folder })).stdout;

/** Of an image, by `cnnc run --json`. */
interface Printed {
  readonly outputs: readonly [
    { readonly top: readonly { readonly index: number; readonly label: string; readonly probability: number }[] },
  ];
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('answers', () => {
  test('of requests that are computed together are those of each alone, bit for bit', async () => {
    const server = await startShared(...lenet, '--max-delay', '20');
    const images = Array.from({ length: 24 }, (_, image) => ({
      inputs: [
        {
          name: 'image',
          datatype: 'FP32',
          shape: [1, 1, 28, 28],
          data: Array.from({ length: 784 }, (_unused, at) => Math.fround(Math.sin(image * 784 + at))),
        },
      ],
    }));
    const ask = async (body: object): Promise<unknown> =>
      (await post(server, 'lenet/infer', JSON.stringify(body))).json;
    const alone: unknown[] = [];
    for (const body of images) alone.push(await ask(body));
    expect(await Promise.all(images.map(ask))).toEqual(alone);
    const metrics = await (await fetch(`${server.address}/metrics`)).text();
    const batches = Number(/^cnnc_batch_images_count\S* (\d+)/m.exec(metrics)![1]);
    expect(batches).toBeLessThan(48);
  });

  test('classes of pictures are those of `cnnc run`', async () => {
    const server = await startShared(...lenet, '--max-delay', '20');
    const compare = async (name: string): Promise<void> => {
      const picture = join(pictures, name);
      const [{ json }, printed] = await Promise.all([
        post(server, 'lenet/classify?top=3', new Uint8Array(readFileSync(picture))),
        cnnc('run', ...lenet, '--target', 'wasm', '--input', picture, '--top', '3', '--json'),
      ]);
      const { images } = JSON.parse(printed) as { readonly images: readonly [Printed] };
      const classes = images[0].outputs[0].top.map(({ index, label, probability }) => ({ index, label, probability }));
      expect(json).toEqual({ model_name: 'lenet', model_version: '1', classes });
    };
    await Promise.all(readdirSync(pictures).slice(0, 3).map(compare));
  });

  test('what is no picture is refused in one sentence', async () => {
    const server = await startShared(...lenet, '--max-delay', '20');
    const whole = new Uint8Array(readFileSync(join(pictures, 'sneaker.png')));
    for (const bytes of [new Uint8Array(10), whole.subarray(0, 60), new TextEncoder().encode('GIF89a')]) {
      const { status, json } = await post(server, 'lenet/classify', bytes);
      expect([status, json]).toEqual([400, { error: expect.stringMatching(/^.{10,300}$/) }]);
    }
  });
});

describe('clients that hang up', () => {
  test('leave no memory behind, whether they wait for the answer or take it', async () => {
    const server = await start('odd.mjs', '--max-body', '1MiB');
    const count = 260_000;
    const json = JSON.stringify({
      inputs: [{ name: 'x', datatype: 'FP32', shape: [count, 1], parameters: { binary_data_size: 4 * count } }],
      parameters: { binary_data_output: true },
    });
    const body = new Uint8Array(Buffer.concat([Buffer.from(json), new Uint8Array(4 * count)]));
    const ask = (signal?: AbortSignal): Promise<Response> =>
      fetch(`${server.address}/v2/models/odd/infer`, {
        method: 'POST',
        body,
        headers: { 'inference-header-content-length': `${json.length}` },
        ...(signal && { signal }),
      });
    // Bodies of four are all that there is memory for.
    for (let time = 0; time < 8; time += 1) {
      const hangUp = new AbortController();
      const asked = ask(hangUp.signal).catch(() => {});
      if (time % 2 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      else await asked;
      hangUp.abort();
      await asked;
    }
    await until(async () => (await ask()).status === 200);
    expect(server.log.filter((line) => line.includes('"gone":true')).length).toBeGreaterThan(0);
  });
});

describe('a log that cannot be written', () => {
  const withoutDevice = !existsSync('/dev/full') && 'there is no /dev/full';
  test.skipIf(withoutDevice)(`stops nobody${withoutDevice ? ` (${withoutDevice})` : ''}`, async () => {
    const full = openSync('/dev/full', 'w');
    const server = await startServer(['odd.mjs'], folder, full);
    running.push(server);
    for (let time = 0; time < 5; time += 1) expect((await odd(server, 0)).status).toBe(200);
    expect(await server.end()).toBe(0);
    closeSync(full);
  });
});

describe('a thread that dies', () => {
  test('costs its request only, and is replaced', async () => {
    const server = await startShared('odd.mjs');
    expect((await odd(server, 0)).status).toBe(200);
    const dead = await odd(server, 666);
    expect([dead.status, dead.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await odd(server, 0.01)).status).toBe(200);
    expect(server.log.join()).toContain('a thread died; another takes its place');
  });
});

describe('too many', () => {
  test('find the queue full, are told so at once, and cost nobody an answer', async () => {
    const server = await start('odd.mjs', '--max-queue', '3', '--max-batch', '1');
    const replies = await Promise.all(Array.from({ length: 12 }, () => odd(server, 0.05)));
    const statuses = replies.map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(4);
    expect(replies.find(({ status }) => status === 429)!.headers.get('retry-after')).toBe('1');
    const counted = await (await fetch(`${server.address}/metrics`)).text();
    for (const status of [200, 429])
      expect(counted).toContain(
        `cnnc_requests_total{model="odd",version="1",status="${status}"} ${statuses.filter((one) => one === status).length}`,
      );
  });

  test('who waits past the deadline is told', async () => {
    const server = await start('odd.mjs', '--deadline', '100');
    expect(await odd(server, 0.4)).toMatchObject({ status: 504, json: { error: expect.stringContaining('100 ms') } });
  });
});

describe('files that change', () => {
  test('are served from then on, and those with mistakes are not', async () => {
    const source = (factor: number): string =>
      `network Net { input x: [1]  dense(1, weight: [[${factor}]], bias: false) }\n`;
    const write = (text: string): void => {
      writeFileSync(join(folder, 'net.tmp'), text);
      renameSync(join(folder, 'net.tmp'), join(folder, 'net.cnn'));
    };
    write(source(1));
    const server = await start('net.cnn');
    const body = JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 1], data: [10] }] });
    const value = async (): Promise<number> => {
      const { status, json } = await post(server, 'net/infer', body);
      expect(status).toBe(200);
      return (json as { readonly outputs: readonly [{ readonly data: readonly [number] }] }).outputs[0].data[0];
    };
    expect(await value()).toBe(10);
    write(source(2));
    await until(async () => (await value()) === 20);
    write('network Net { input x: [1]  dens(1) }');
    await until(() => server.log.some((line) => line.includes('did you mean dense') || line.includes('name/unknown')));
    expect(await value()).toBe(20);
    write(source(3));
    await until(async () => (await value()) === 30);
  });
});

describe('ending', () => {
  test('answers what has come, and says before that it is not ready', async () => {
    const server = await start('odd.mjs', '--grace', '400');
    const last = odd(server, 0.8);
    await until(async () => (await fetch(`${server.address}/v2/health/ready`)).status === 200);
    const ended = server.end();
    await until(async () => (await fetch(`${server.address}/v2/health/ready`)).status === 503);
    expect((await last).status).toBe(200);
    expect(await ended).toBe(0);
  });
});

describe('who may ask', () => {
  test('those with a token; probes need none', async () => {
    writeFileSync(join(folder, 'tokens'), 'first-token\nsecond-token\n');
    const server = await start('odd.mjs', '--token-file', 'tokens');
    const status = async (path: string, authorization?: string): Promise<number> =>
      (await fetch(`${server.address}${path}`, authorization === undefined ? {} : { headers: { authorization } }))
        .status;
    expect(await status('/v2')).toBe(401);
    expect(await status('/metrics')).toBe(401);
    expect(await status('/v2', 'Bearer wrong')).toBe(401);
    expect(await status('/v2', 'Basic second-token')).toBe(401);
    expect(await status('/v2', 'Bearer second-token')).toBe(200);
    expect(await status('/v2/health/ready')).toBe(200);
  });
});

describe('what is no HTTP', () => {
  const say = (server: ServerProcess, text: string): Promise<string> =>
    new Promise((resolve) => {
      const { hostname, port } = new URL(server.address);
      const socket = connect(Number(port), hostname, () => socket.write(text));
      let answer = '';
      socket.setEncoding('utf8').on('data', (part: string) => void (answer += part));
      socket.on('close', () => resolve(answer));
      socket.on('error', () => resolve(answer));
    });

  test('is refused in a sentence, and the log escapes what it was', async () => {
    const server = await startShared('odd.mjs');
    expect(await say(server, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [^]*"the request is not HTTP"/);
    expect(await say(server, `GET /${'a'.repeat(100_000)} HTTP/1.1\r\n\r\n`)).toMatch(/^HTTP\/1\.1 (431|414|400) /);
    await say(server, 'GET /\u009b2J\u001b]0;x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    expect(server.log.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    expect((await odd(server, 0)).status).toBe(200);
  });
});
