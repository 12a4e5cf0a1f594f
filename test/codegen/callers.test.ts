// What callers pass to a module: bytes of every kind of view and realm, and what is no weights file.
// x = [1, 2, 3], W = [[0, 1, 2], [3, 4, 5]], b = [10, 20]: 0+2+6+10 = 18, 3+8+15+20 = 46, all exact in every type.

import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';
import { compile, load, matchWeights } from '../../src/index.ts';
import { importText } from '../../src/network/module.ts';
import type { EmittedModule, WeightsSource } from '../../src/network/module.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';

const text = 'network Half {\n  input x: [3]\n  y = dense(2)\n  output y\n}\n';
const x = Float32Array.of(1, 2, 3);

/** Values as the bytes of a type; those here have no more than 7 bits of fraction, so that BF16 is the upper half of F32. */
const encoders: Readonly<Record<string, (values: readonly number[]) => ArrayBufferView>> = {
  F32: (values) => Float32Array.from(values),
  F64: (values) => Float64Array.from(values),
  F16: (values) => new Float16Array(values),
  BF16: (values) => Uint16Array.from(new Uint32Array(Float32Array.from(values).buffer), (word) => word >>> 16),
};

/** A safetensors file; `pad` blanks behind the header move the data off their alignment. */
function weightsFile(dtype: string, pad = 0, extra: Readonly<Record<string, readonly [number, number]>> = {}): Buffer {
  const encode = encoders[dtype]!;
  const parts = [encode([0, 1, 2, 3, 4, 5]), encode([10, 20])].map(
    ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
  );
  const [weight, bias] = parts.map(({ length }) => length) as [number, number];
  let end = weight + bias;
  const header = {
    'y.weight': { dtype, shape: [2, 3], data_offsets: [0, weight] },
    'y.bias': { dtype, shape: [2], data_offsets: [weight, end] },
    ...Object.fromEntries(
      Object.entries(extra).map(([type, [elements, bytes]]) => [
        `extra.${type}`,
        { dtype: type, shape: [elements], data_offsets: [end, (end += bytes)] },
      ]),
    ),
  };
  const json = Buffer.from(JSON.stringify(header) + ' '.repeat(pad));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, ...parts, Buffer.alloc(end - weight - bias)]);
}

/** The same bytes at an offset in a larger buffer of other bytes. */
function shifted(bytes: Uint8Array, offset: number, buffer: ArrayBufferLike): Uint8Array {
  const all = new Uint8Array(buffer).fill(0xa5);
  all.set(bytes, offset);
  return all.subarray(offset, offset + bytes.length);
}

/** A Buffer as `readFileSync` gives it for small files: part of a pool. */
function pooled(bytes: Uint8Array, offset: number): Buffer {
  const { buffer, byteOffset, length } = shifted(bytes, offset, new ArrayBuffer(bytes.length + 64));
  return Buffer.from(buffer as ArrayBuffer, byteOffset, length);
}

const foreign = runInNewContext('({ Uint8Array, Float32Array, Uint8ClampedArray, Map, Promise })') as typeof globalThis;

const ways: readonly (readonly [string, (file: Buffer) => WeightsSource])[] = [
  ['a Buffer', (file) => file],
  ...[0, 1, 2, 3, 5].map((offset) => [`a pooled Buffer at ${offset}`, (file: Buffer) => pooled(file, offset)] as const),
  ['a Uint8Array', (file) => Uint8Array.from(file)],
  ['a subarray at 7', (file) => shifted(file, 7, new ArrayBuffer(file.length + 64))],
  ['an ArrayBuffer', (file) => Uint8Array.from(file).buffer],
  ['a SharedArrayBuffer', (file) => shifted(file, 0, new SharedArrayBuffer(file.length)).buffer],
  ['a part of a SharedArrayBuffer', (file) => shifted(file, 3, new SharedArrayBuffer(file.length + 9))],
  ['a DataView', (file) => new DataView(pooled(file, 1).buffer, 1, file.length)],
  ['a Uint8ClampedArray', (file) => Uint8ClampedArray.from(file)],
  ['an Int8Array', (file) => Int8Array.from(file)],
  ['a Uint8Array of another realm', (file) => new foreign.Uint8Array(file)],
  ['an ArrayBuffer of another realm', (file) => new foreign.Uint8Array(file).buffer],
  ['a Blob', (file) => new Blob([Uint8Array.from(file)])],
  ['a Response', (file) => new Response(Uint8Array.from(file))],
];

const modules = new Map<string, EmittedModule>();
beforeAll(async () => {
  for (const target of ['js', 'wasm'] as const)
    modules.set(target, await importText(compile(text, { target }).files[0]!.text));
});
const outputs = async (target: string, weights: WeightsSource): Promise<readonly number[]> => [
  ...((await modules.get(target)!.load(weights)).run(x) as Float32Array),
];

describe.each(['js', 'wasm'])('weights of the %s target', (target) => {
  describe.each(Object.keys(encoders))('in %s', (dtype) => {
    test.each(ways)('as %s', async (_, way) => {
      for (const pad of [0, 1, 2, 3]) expect(await outputs(target, way(weightsFile(dtype, pad)))).toEqual([18, 46]);
    });
  });

  const tensors = { 'y.weight': Float32Array.of(0, 1, 2, 3, 4, 5), 'y.bias': Float32Array.of(10, 20) };
  const shared = new Float32Array(new SharedArrayBuffer(24));
  shared.set(tensors['y.weight']);
  test.each<readonly [string, WeightsSource]>([
    ['an object', tensors],
    ['a Map', new Map(Object.entries(tensors))],
    ['an object with more', { ...tensors, 'z.weight': new Float32Array(1) }],
    ['an object without a prototype', Object.assign(Object.create(null), tensors) as typeof tensors],
    ['arrays of another realm', { ...tensors, 'y.bias': new foreign.Float32Array([10, 20]) }],
    ['a Map of another realm', new foreign.Map(Object.entries(tensors))],
    ['shared memory', { ...tensors, 'y.weight': shared }],
    ['parts of larger arrays', { ...tensors, 'y.bias': Float32Array.of(9, 10, 20, 9).subarray(1, 3) }],
  ])('as tensors by name: %s', async (_, source) => {
    expect(await outputs(target, source)).toEqual([18, 46]);
    expect(tensors['y.bias']).toEqual(Float32Array.of(10, 20));
  });

  test.each<readonly [string, unknown, Error]>([
    ['none', {}, new RangeError('the weights have no tensor y.weight [2, 3]')],
    ['an empty Map', new Map(), new RangeError('the weights have no tensor y.weight [2, 3]')],
    ['one of two', { 'y.weight': tensors['y.weight'] }, new RangeError('the weights have no tensor y.bias [2]')],
    [
      'one of another length',
      { ...tensors, 'y.bias': new Float32Array(3) },
      new RangeError('the weights have 3 numbers for y.bias [2]; expected 2'),
    ],
    [
      'one of f64',
      { ...tensors, 'y.bias': new Float64Array(2) },
      new TypeError('y.bias [2] must be a Float32Array; found a Float64Array'),
    ],
    [
      'a list in a Map',
      new Map<string, unknown>([['y.weight', [0, 1, 2, 3, 4, 5]]]),
      new TypeError('y.weight [2, 3] must be a Float32Array; found an Array'),
    ],
  ])('tensors by name that do not fit are refused: %s', async (_, source, error) => {
    await expect(modules.get(target)!.load(source as WeightsSource)).rejects.toThrow(error);
  });

  test('beside tensors that are not needed, of every type of the format and of one to come', async () => {
    const extra = { BOOL: [3, 3], U8: [1, 1], I16: [2, 4], U64: [1, 8], F8_E4M3: [5, 5], F4: [4, 2], NEW7: [3, 11] };
    expect(await outputs(target, weightsFile('F32', 0, extra as never))).toEqual([18, 46]);
  });

  const takes =
    'the weights must be the bytes of a safetensors file, as Uint8Array, ArrayBuffer, Blob or Response, or Float32Arrays by name; found ';
  test.each<readonly [string, unknown, string]>([
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a path', 'weights.safetensors', 'a string: pass what readFileSync(path) gives, or a Response'],
    ['a promise of nothing', Promise.resolve(), 'undefined'],
    ['a promise of a path', Promise.resolve('x'), 'a string: pass what readFileSync(path) gives, or a Response'],
    ['a number', 3, 'a number'],
    ['a list', [1, 2, 3], 'an Array'],
    ['an object', { weights: 1 }, 'an Object'],
    ['floats', new Float32Array(8), 'a Float32Array'],
  ])('%s is refused, saying what to pass', async (_, source, found) => {
    await expect(modules.get(target)!.load(source as WeightsSource)).rejects.toThrow(new TypeError(takes + found));
  });

  test.each<readonly [string, () => unknown]>([
    ['bytes', async () => weightsFile('F32')],
    ['a Response', async () => new Response(Uint8Array.from(weightsFile('F32')))],
    ['tensors', async () => ({ 'y.weight': Float32Array.of(0, 1, 2, 3, 4, 5), 'y.bias': Float32Array.of(10, 20) })],
    ['a promise of bytes, of another realm', () => foreign.Promise.resolve(Promise.resolve(weightsFile('F32')))],
    ['bytes, in another turn', () => new Promise((resolve) => void setTimeout(() => resolve(weightsFile('F32')), 20))],
  ])('of a promise of %s, what it gives', async (_, promise) => {
    expect(await outputs(target, promise() as WeightsSource)).toEqual([18, 46]);
  });

  test('what a promise is rejected with is what `load` is', async () => {
    const aborted = AbortSignal.timeout(10);
    const waiting = new Promise<never>((_, reject) => {
      aborted.addEventListener('abort', () => reject(aborted.reason as Error));
    });
    await expect(modules.get(target)!.load(waiting)).rejects.toBe(await waiting.catch((error: unknown) => error));
    await expect(modules.get(target)!.load(Promise.reject(new Error('offline')))).rejects.toThrow(/^offline$/);
  });

  test('a Response whose body ends early is what `load` fails with', async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array(weightsFile('F32').subarray(0, 20)));
        setTimeout(() => controller.error(new DOMException('the user left', 'AbortError')), 10);
      },
    });
    await expect(outputs(target, Promise.resolve(new Response(body)) as never)).rejects.toThrow(/the user left/);
  });

  test('a Response that is an error is told by its status', async () => {
    await expect(outputs(target, new Response('gone', { status: 404 }))).rejects.toThrow(
      new RangeError('the weights could not be fetched: the server answered 404'),
    );
  });

  test('inputs and `into` may be of another realm', async () => {
    const net = await modules.get(target)!.load(weightsFile('F32'));
    const into = new foreign.Float32Array(2);
    expect(net.run(new foreign.Float32Array(x), { into })).toBe(into);
    expect([...into]).toEqual([18, 46]);
    expect([...(((await net.runAsync?.(new foreign.Float32Array(x))) as Float32Array) ?? into)]).toEqual([18, 46]);
    expect([...(net.run(new Float32Array(new SharedArrayBuffer(12)).fill(1)) as Float32Array)]).toEqual([13, 32]);
  });

  test.each([
    [
      'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n',
      /no safetensors file but a git-lfs pointer: `git lfs pull`/,
    ],
    ['<!doctype html><title>404</title>', /no safetensors file but an HTML or XML page/],
    ['{"metadata":{},"weight_map":{"w":"m-1.safetensors"}}', /no safetensors file but an index of shards/],
    [`PK\x03\x04${'\0'.repeat(26)}archive/data.pkl`, /no safetensors file but a PyTorch file/],
    ['\x89HDF\r\n\x1a\n\0', /no safetensors file but an HDF5 file/],
    ['', /no safetensors file, or a truncated one \(0 bytes\)/],
  ])('%j is named', async (text, message) => {
    const thrown: unknown = await outputs(target, Buffer.from(text, 'latin1')).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(RangeError);
    expect((thrown as RangeError).message).toMatch(message);
  });

  test('errors stay short whatever the header says', async () => {
    const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    for (const entry of [
      `{"dtype":"F32","shape":[${'1,'.repeat(100_000)}1],"data_offsets":[0,4]}`,
      `{"dtype":"F32","shape":${nested},"data_offsets":[0,4]}`,
      `{"dtype":${nested},"shape":[2,3],"data_offsets":[0,4]}`,
      `{"dtype":"${'F'.repeat(100_000)}","shape":[2,3],"data_offsets":[0,4]}`,
    ]) {
      const json = Buffer.from(`{"y.weight":${entry}}`);
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(json.length));
      const thrown: unknown = await outputs(target, Buffer.concat([length, json])).catch((error: unknown) => error);
      expect(thrown).toBeInstanceOf(RangeError);
      expect((thrown as RangeError).message).toMatch(/^(the weights have )?y.weight /);
      expect((thrown as RangeError).message.length).toBeLessThan(300);
    }
  });
});

describe.each(['js', 'wasm'] as const)('results of the %s target', (target) => {
  const loaded = async (steps: string, maxBatch: number) => {
    const text = `network Placed {\n  input p: [4]\n  input q: [4]\n${steps}}\n`;
    return (await importText(compile(text, { target }).files[0]!.text)).load(new Map(), { maxBatch });
  };
  // p = 0, 1, …, 19 and q = 3 each; sum = p + q, twice = both one after the other.
  const numbers = Float32Array.from({ length: 20 }, (_, at) => at);

  test.each([-8, -5, -4, -1, 0, 1, 4, 5, 8, 20, 40])('go %i numbers behind the input', async (offset) => {
    for (const maxBatch of [1, 2, 5]) {
      const net = await loaded('  twice = concat(p, q)\n  output twice\n', maxBatch);
      const memory = new Float32Array(140);
      memory.set(numbers, 50);
      const x = { p: memory.subarray(50, 70), q: new Float32Array(20).fill(3) };
      const expected = [0, 4, 8, 12, 16].flatMap((from) => [from, from + 1, from + 2, from + 3, 3, 3, 3, 3]);
      const into = memory.subarray(50 + offset, 90 + offset);
      expect(net.run(x, { into })).toBe(into);
      expect([...into]).toEqual(expected);
      memory.set(numbers, 50);
      await net.runAsync?.(x, { into });
      if (net.runAsync) expect([...into]).toEqual(expected);
    }
  });

  test('leave an input as it is that shares a buffer and no number with them', async () => {
    const net = await loaded('  sum = p + q\n  output sum\n', 1);
    const memory = new Float32Array(60).fill(3);
    memory.set(numbers);
    net.run({ p: memory.subarray(0, 20), q: memory.subarray(40) }, { into: memory.subarray(20, 40) });
    expect([...memory]).toEqual([...numbers, ...numbers.map((value) => value + 3), ...new Float32Array(20).fill(3)]);
  });

  test('an array in place of an object is refused, not passed over', async () => {
    const x = { p: numbers, q: numbers };
    const one = await loaded('  sum = p + q\n  output sum\n', 1);
    expect(() => one.run(x, numbers as never)).toThrow(new TypeError('results go to { into: array }'));
    const two = await loaded('  sum = p + q\n  less = p - q\n  output sum, less\n', 1);
    expect(() => two.run(x, { into: numbers as never })).toThrow(
      new TypeError('into takes an object with an array for each output'),
    );
  });
});

test.each(['js', 'wasm'])('%s: a count as a text, as a form gives it, is told from the number', async (target) => {
  await expect(modules.get(target)!.load(weightsFile('F32'), { maxBatch: '2' as never })).rejects.toThrow(
    /^maxBatch is a string; expected a whole number from 1 to \d+$/,
  );
});

test.each(['js', 'wasm'])(
  '%s: load refuses an option that it does not know, and takes those of any target',
  async (target) => {
    const loaded = (options: unknown) => modules.get(target)!.load(weightsFile('F32'), options as never);
    const names = 'it takes maxBatch, threads, wasm';
    await expect(loaded({ maxbatch: 2 })).rejects.toThrow(new TypeError(`load has no option maxbatch; ${names}`));
    await expect(loaded(4)).rejects.toThrow(new TypeError(`load has no option 4; ${names}`));
    for (const options of [undefined, null, { threads: 1, maxBatch: undefined }]) await loaded(options);
  },
);

describe('classify', () => {
  const picture = 'network P {\n  input image: [1, 2, 2]\n  flatten\n  y = dense(2)\n}\n';
  // The weights of the first class are 0, those of the second 1.
  const file = writeSafetensors([
    { name: 'y.weight', shape: [2, 4], data: Float32Array.of(0, 0, 0, 0, 1, 1, 1, 1) },
    { name: 'y.bias', shape: [2], data: new Float32Array(2) },
  ]);
  const gray = [255, 0, 255, 0];

  test.each<readonly [string, Uint8Array | Uint8ClampedArray]>([
    ['a pooled Buffer', pooled(Uint8Array.from(gray), 3)],
    ['shared bytes', shifted(Uint8Array.from(gray), 1, new SharedArrayBuffer(9))],
    ['bytes of another realm', new foreign.Uint8Array(gray)],
    ['clamped bytes of another realm', new foreign.Uint8ClampedArray(gray)],
  ])('takes %s', async (_, data) => {
    const net = await load(picture, file);
    const odds = Math.exp(2) / (1 + Math.exp(2));
    for (const given of [data, { data, width: 2, height: 2 }])
      expect(net.classify!(given, { top: 1 })).toEqual([
        { label: '1', probability: expect.closeTo(odds, 6) as number },
      ]);
  });

  test('says what it was given instead', async () => {
    const net = await load(picture, file);
    const classify = (given: unknown) => () => net.classify!(given as Uint8Array);
    expect(classify(Buffer.from('\x89PNG\r\n\x1a\n\0\0', 'latin1'))).toThrow(
      'decoded pixels, but the bytes are a PNG picture',
    );
    expect(classify('cat.png')).toThrow('found a string');
    expect(classify(Promise.resolve())).toThrow('found a Promise');
    expect(classify({ data: new Float32Array(4), width: 2, height: 2 })).toThrow('found a Float32Array');
  });

  test('gives at least one class, and at most those there are', async () => {
    const { classify } = await load(picture, file);
    const given = Uint8Array.from(gray);
    for (const top of [0, -1, NaN])
      expect(() => classify!(given, { top })).toThrow(new RangeError(`top is ${top}; expected 1 or more`));
    for (const top of [2, 7, Infinity]) expect(classify!(given, { top })).toHaveLength(2);
  });

  test('refuses an option that it does not know', async () => {
    const { classify } = await load(picture, file);
    expect(() => classify!(Uint8Array.from(gray), { topk: 1 } as never)).toThrow(
      new TypeError('classify has no option topk; it takes top, fit'),
    );
  });

  test('puts NaN last', async () => {
    const broken = writeSafetensors([
      { name: 'y.weight', shape: [2, 4], data: new Float32Array(8) },
      { name: 'y.bias', shape: [2], data: Float32Array.of(NaN, -5) },
    ]);
    const classes = (await load(picture, broken)).classify!(Uint8Array.from(gray));
    expect(classes.map(({ label }) => label)).toEqual(['1', '0']);
  });
});

test('the API takes the same', async () => {
  for (const [, way] of ways)
    expect([...((await load(text, way(weightsFile('F16', 1)))).run(x) as Float32Array)]).toEqual([18, 46]);
  const matched = matchWeights(text, new foreign.Uint8Array(weightsFile('BF16', 3)).buffer);
  expect([...((await load(text, matched)).run(x) as Float32Array)]).toEqual([18, 46]);
  expect(() => matchWeights(text, 'path' as never)).toThrow(TypeError);
});
