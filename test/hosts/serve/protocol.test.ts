// The Open Inference Protocol v2 as its specification says it, endpoint by endpoint, over HTTP. The networks are sums, so that what
// comes out is known without them.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';

const NETWORKS = `
network One { input x: [3]  twice = add(x)  output twice }
network Two {
  input a: [2, 3]
  input b: [2, 3]
  total = add(a, b)
  positive = total -> relu
  output total, positive
}
`;

let folder = '';
let server: ServerProcess;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cnnc-serve-'));
  writeFileSync(join(folder, 'net.cnn'), NETWORKS);
  const models = ['one=net.cnn:One', 'one@10=net.cnn:One', 'one@9=net.cnn:One', 'two=net.cnn:Two'];
  server = await startServer([...models, '--max-body', '64KiB'], folder);
}, 60_000);
afterAll(async () => {
  expect(await server?.end()).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});

interface Reply {
  readonly status: number;
  readonly type: string | null;
  readonly json: unknown;
  readonly bytes: Uint8Array;
  readonly headers: Headers;
}

async function ask(path: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(`${server.address}${path}`, init);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const type = response.headers.get('content-type');
  const json: unknown = type?.startsWith('application/json') ? JSON.parse(new TextDecoder().decode(bytes)) : undefined;
  return { status: response.status, type, json, bytes, headers: response.headers };
}

const infer = (model: string, body: unknown): Promise<Reply> =>
  ask(`/v2/models/${model}/infer`, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });

const tensor = (name: string, shape: readonly number[], data: unknown, datatype = 'FP32') => ({
  name,
  shape,
  datatype,
  data,
});
const a = tensor('a', [1, 2, 3], [1, 2, 3, -4, -5, -6]);
const b = tensor('b', [1, 2, 3], [1, 1, 1, 1, 1, 1]);
const total = { name: 'total', datatype: 'FP32', shape: [1, 2, 3], data: [2, 3, 4, -3, -4, -5] };
const positive = { name: 'positive', datatype: 'FP32', shape: [1, 2, 3], data: [2, 3, 4, 0, 0, 0] };

describe('the server and its models', () => {
  test('live and ready', async () => {
    expect(await ask('/v2/health/live')).toMatchObject({ status: 200, json: { live: true } });
    expect(await ask('/v2/health/ready')).toMatchObject({ status: 200, json: { ready: true } });
  });

  test('metadata of the server', async () => {
    const { json } = await ask('/v2');
    expect(json).toEqual({ name: 'cnnc', version: expect.any(String), extensions: ['binary_tensor_data'] });
  });

  test('metadata of a model, and whether it is ready', async () => {
    const tensors = (names: readonly string[]) => names.map((name) => ({ name, datatype: 'FP32', shape: [-1, 2, 3] }));
    const json = {
      name: 'two',
      versions: ['1'],
      platform: 'cnnc',
      inputs: tensors(['a', 'b']),
      outputs: tensors(['total', 'positive']),
    };
    expect(await ask('/v2/models/two')).toMatchObject({ status: 200, json });
    expect(await ask('/v2/models/two/versions/1')).toMatchObject({ status: 200, json });
    expect(await ask('/v2/models/two/ready')).toMatchObject({ status: 200, json: { name: 'two', ready: true } });
  });

  test('without a version, the highest one answers', async () => {
    expect((await ask('/v2/models/one')).json).toMatchObject({ versions: ['1', '9', '10'] });
    const body = { inputs: [tensor('x', [1, 3], [1, 2, 3])] };
    expect((await infer('one', body)).json).toMatchObject({ model_version: '10' });
    expect((await infer('one/versions/9', body)).json).toMatchObject({ model_version: '9' });
  });

  test.each([
    ['/v2/models/tow', 404, 'there is no model tow; did you mean two?'],
    ['/v2/models/two/versions/7', 404, 'two has no version 7; it has 1'],
    ['/v3', 404, 'there is no GET /v3; docs/serving.md lists the paths'],
    ['/v2/models/two/infer', 404, 'there is no GET /v2/models/two/infer; docs/serving.md lists the paths'],
  ])('GET %s: %d', async (path, status, error) => {
    expect(await ask(path)).toMatchObject({ status, json: { error } });
  });
});

describe('inference in JSON', () => {
  test('several inputs, all outputs, the id given back', async () => {
    expect(await infer('two', { id: 'seven', inputs: [b, a] })).toMatchObject({
      status: 200,
      json: { model_name: 'two', model_version: '1', id: 'seven', outputs: [total, positive] },
    });
  });

  test('some outputs, in their order', async () => {
    const outputs = [{ name: 'positive' }, { name: 'total' }];
    expect((await infer('two', { inputs: [a, b], outputs })).json).toMatchObject({ outputs: [positive, total] });
    expect((await infer('two', { inputs: [a, b], outputs: [{ name: 'total' }] })).json).toMatchObject({
      outputs: [total],
    });
  });

  test('several images, flat or nested', async () => {
    const flat = (await infer('one', { inputs: [tensor('x', [2, 3], [1, 2, 3, -1, 0, 0.5])] })).json;
    const nested = (await infer('one', { inputs: [tensor('x', [2, 3], [[1, 2, 3], [-1, 0, 0.5]])] })).json; // prettier-ignore
    expect(flat).toEqual(nested);
    expect(flat).toMatchObject({ outputs: [{ datatype: 'FP32', shape: [2, 3], data: [2, 4, 6, -2, 0, 1] }] });
  });

  test.each(['UINT8', 'UINT16', 'UINT32', 'UINT64', 'INT8', 'INT16', 'INT32', 'INT64', 'FP16', 'FP32', 'FP64'])(
    '%s',
    async (datatype) => {
      const { json } = await infer('one', { inputs: [tensor('x', [1, 3], [1, 2, 3], datatype)] });
      expect(json).toMatchObject({ outputs: [{ datatype: 'FP32', data: [2, 4, 6] }] });
    },
  );

  test('BOOL', async () => {
    const { json } = await infer('one', { inputs: [tensor('x', [1, 3], [true, false, true], 'BOOL')] });
    expect(json).toMatchObject({ outputs: [{ data: [2, 0, 2] }] });
  });

  test('what is infinite is null, which JSON has in its place', async () => {
    const { json } = await infer('one', { inputs: [tensor('x', [1, 3], [3e38, -3e38, 1])] });
    expect(json).toMatchObject({ outputs: [{ data: [null, null, 2] }] });
  });
});

describe('inference in binary', () => {
  const x = new Float32Array([1, 2, -3]);
  const body = (
    json: unknown,
    ...parts: readonly Uint8Array[]
  ): { readonly length: string; readonly bytes: Uint8Array<ArrayBuffer> } => {
    const text = new TextEncoder().encode(JSON.stringify(json));
    return { length: `${text.length}`, bytes: new Uint8Array(Buffer.concat([text, ...parts])) };
  };
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 3], parameters: { binary_data_size: 12 } }];
  const bytes = new Uint8Array(x.buffer);
  const send = ({ length, bytes: whole }: ReturnType<typeof body>): Promise<Reply> =>
    ask('/v2/models/one/infer', {
      method: 'POST',
      body: whole,
      headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': length },
    });

  test('in binary, out in JSON', async () => {
    expect(await send(body({ inputs }, bytes))).toMatchObject({
      status: 200,
      json: { outputs: [{ data: [2, 4, -6] }] },
    });
  });

  test.each([
    ['of all outputs', { inputs, parameters: { binary_data_output: true } }],
    ['of one', { inputs, outputs: [{ name: 'twice', parameters: { binary_data: true } }] }],
  ])('out in binary, %s', async (_, json) => {
    const { status, type, bytes: answer, headers } = await send(body(json, bytes));
    expect([status, type]).toEqual([200, 'application/octet-stream']);
    const length = Number(headers.get('inference-header-content-length'));
    expect(JSON.parse(new TextDecoder().decode(answer.subarray(0, length)))).toMatchObject({
      outputs: [{ datatype: 'FP32', shape: [1, 3], parameters: { binary_data_size: 12 } }],
    });
    expect([...new Float32Array(answer.slice(length).buffer)]).toEqual([2, 4, -6]);
  });

  test.each([
    ['INT8', [1, 2, 253], 3],
    ['UINT16', [1, 0, 2, 0, 3, 0], 6],
  ])('%s', async (datatype, data, size) => {
    const given = [{ name: 'x', datatype, shape: [1, 3], parameters: { binary_data_size: size } }];
    const { json } = await send(body({ inputs: given }, new Uint8Array(data)));
    expect(json).toMatchObject({ outputs: [{ data: [2, 4, datatype === 'INT8' ? -6 : 6] }] });
  });

  test('several inputs lie one after the other', async () => {
    const [first, second] = [new Float32Array(6).fill(1), new Float32Array([1, 2, 3, 4, 5, 6])];
    const both = ['b', 'a'].map((name) => ({ name, datatype: 'FP32', shape: [1, 2, 3], parameters: { binary_data_size: 24 } })); // prettier-ignore
    const { length, bytes: whole } = body(
      { inputs: both },
      new Uint8Array(first.buffer),
      new Uint8Array(second.buffer),
    );
    const { json } = await ask('/v2/models/two/infer', {
      method: 'POST',
      body: whole,
      headers: { 'inference-header-content-length': length },
    });
    expect(json).toMatchObject({ outputs: [{ data: [2, 3, 4, 5, 6, 7] }, {}] });
  });

  test.each<[string, unknown, readonly number[], string]>([
    ['too few bytes', { inputs }, [1, 2, 3], 'x has 12 bytes of binary data, but only 3 are left'],
    ['too many bytes', { inputs }, Array.from({ length: 13 }, () => 0), '13 bytes follow the JSON'],
    [
      'a size that does not fit',
      { inputs: [{ ...inputs[0], parameters: { binary_data_size: 8 } }] },
      [0, 0, 0, 0, 0, 0, 0, 0],
      '"binary_data_size" of x is 12 for 3 numbers of FP32; found 8',
    ],
    [
      'data as well',
      { inputs: [{ ...inputs[0], data: [1, 2, 3] }] },
      Array.from({ length: 12 }, () => 0),
      'one of them is enough',
    ],
  ])('%s', async (_, json, data, error) => {
    expect(await send(body(json, new Uint8Array(data)))).toMatchObject({
      status: 400,
      json: { error: expect.stringContaining(error) },
    });
  });

  test.each(['-1', 'x', '1e3', '99999'])('a length of JSON of %s', async (length) => {
    expect((await send({ length, bytes: new TextEncoder().encode('{}') })).status).toBe(400);
  });
});

describe('what is wrong is one sentence', () => {
  const x = tensor('x', [1, 3], [1, 2, 3]);
  test.each<[string, unknown, string]>([
    ['nothing', '', 'the request is not JSON'],
    ['no JSON', '{"inputs": [', 'the request is not JSON'],
    ['a list', [], 'the request is a JSON object with "inputs"; found a list of 0'],
    ['no inputs', {}, '"inputs" is a list of tensors; found nothing'],
    ['too few inputs', { inputs: [] }, 'the input x, [N, 3], is missing'],
    ['an input twice', { inputs: [x, x] }, 'the input x is given twice'],
    ['an unknown input', { inputs: [{ ...x, name: 'xx' }] }, 'there is no input xx; did you mean x?'],
    ['a hostile name', { inputs: [{ ...x, name: '\u001b[2J' }] }, String.raw`"\u001b[2J"`],
    ['no type', { inputs: [{ ...x, datatype: undefined }] }, '"datatype" of x is one of numbers'],
    ['texts', { inputs: [{ ...x, datatype: 'BYTES' }] }, 'POST a picture file to …/classify'],
    ['another rank', { inputs: [{ ...x, shape: [3] }] }, '"shape" of x is [N, 3], N images; found [3]'],
    ['another shape', { inputs: [{ ...x, shape: [1, 4] }] }, 'found [1, 4]'],
    ['no images', { inputs: [{ ...x, shape: [0, 3], data: [] }] }, 'found [0, 3]'],
    ['a giant shape', { inputs: [{ ...x, shape: [2 ** 53, 3] }] }, 'N images; found'],
    ['a lying shape', { inputs: [{ ...x, shape: [1_000_000, 3] }] }, 'has 3000000 numbers by its shape; found 3'],
    ['a text among the numbers', { inputs: [{ ...x, data: [1, 'a', 3] }] }, 'number 1 of "data" of x is a text'],
    ['lists among the numbers', { inputs: [{ ...x, data: [[1], 2, 3] }] }, '"data" of x mixes numbers and lists'],
    ['an id that is no text', { id: 7, inputs: [x] }, '"id" is a text; found a number'],
    ['an unknown output', { inputs: [x], outputs: [{ name: 'z' }] }, 'there is no output z'],
    ['an empty list of outputs', { inputs: [x], outputs: [] }, '"outputs" is a list of some of'],
    [
      'a flag that is none',
      { inputs: [x], parameters: { binary_data_output: 1 } },
      '"binary_data_output" is true or false',
    ],
  ])('%s', async (_, body, error) => {
    expect(await infer('one', body)).toMatchObject({ status: 400, json: { error: expect.stringContaining(error) } });
  });

  test('different numbers of images', async () => {
    const two = tensor(
      'b',
      [2, 2, 3],
      Array.from({ length: 12 }, () => 0),
    );
    expect(await infer('two', { inputs: [a, two] })).toMatchObject({
      status: 400,
      json: { error: 'the inputs have different numbers of images: 1, 2' },
    });
  });

  test('depth without end', async () => {
    const body = `{"inputs":[{"name":"x","datatype":"FP32","shape":[1,3],"data":${'['.repeat(20_000)}${']'.repeat(20_000)}}]}`;
    expect((await infer('one', body)).status).toBe(400);
  });

  test('a body over the limit, declared or not', async () => {
    const large = new Uint8Array(70_000);
    const declared = await ask('/v2/models/one/infer', { method: 'POST', body: large }).catch(() => undefined);
    // Who is still sending may lose the connection before the answer is read.
    if (declared) expect(declared.status).toBe(413);
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(large);
        controller.close();
      },
    });
    const init = { method: 'POST', body: stream, duplex: 'half' } as RequestInit;
    const chunked = await ask('/v2/models/one/infer', init).catch(() => undefined);
    if (chunked) expect(chunked.status).toBe(413);
    expect((await infer('one', { inputs: [x] })).status).toBe(200);
  });

  test('classes of a network without pictures', async () => {
    expect(await ask('/v2/models/one/classify', { method: 'POST', body: 'x' })).toMatchObject({
      status: 400,
      json: { error: 'one does not take one picture and give classes; POST to …/infer' },
    });
  });
});

describe('around a request', () => {
  test('its number is given back, and made up where it has none', async () => {
    const named = await ask('/v2', { headers: { 'x-request-id': 'mine-1' } });
    expect(named.headers.get('x-request-id')).toBe('mine-1');
    const hostile = await ask('/v2', { headers: { 'x-request-id': 'a b' } });
    expect(hostile.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    // The log is a stream of its own, which may come later.
    const ids = (): readonly unknown[] => server.log.map((line) => (JSON.parse(line) as { id?: string }).id);
    await expect.poll(ids).toContain('mine-1');
  });

  test('metrics count requests and batches', async () => {
    await infer('one/versions/1', { inputs: [tensor('x', [2, 3], [1, 2, 3, 4, 5, 6])] });
    const text = new TextDecoder().decode((await ask('/metrics')).bytes);
    expect(text).toContain('cnnc_requests_total{model="one",version="1",status="200"} 1');
    const [, seconds] = /^cnnc_request_seconds_sum\{model="one",version="1"\} (\S+)$/m.exec(text)!;
    expect(Number(seconds)).toBeGreaterThan(1e-5);
    expect(text).toContain('cnnc_batch_images_bucket{le="1",model="one",version="1"} 0');
    expect(text).toContain('cnnc_batch_images_bucket{le="2",model="one",version="1"} 1');
    expect(text).toContain('cnnc_queue_requests{model="two",version="1"} 0');
  });
});
