// Weights at a URL: files, which a module with WebAssembly reads as it packs them, and what a server gives. The expected outputs are those
// with the same bytes in memory.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { openedFile } from '../../runtime/weights-file.ts';
import type { StoredFloats, WeightsFile } from '../../runtime/weights-file.ts';
import { readWeights } from '../../runtime/weights.ts';
import { compile, quantize } from '../../src/index.ts';
import { importText } from '../../src/network/module.ts';
import type { EmittedModule, WeightsSource } from '../../src/network/module.ts';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { storedTypes, storedWeights } from '../../src/weights/stored.ts';
import { centred, inputOf } from '../support/formula.ts';

/** Filters of Winograd's algorithm with a batch norm, more of them than are read at a time; layers that become one; an odd number of classes. */
const text = `network Parts {
  input x: [3, 12, 12]
  conv(64, kernel: 3, padding: 1)
  conv(97, kernel: 3, padding: 1, bias: false) -> batch_norm -> relu
  parallel concat {
    path conv(24, kernel: 1) -> relu -> conv(8, kernel: 3, padding: 1)
    path conv(40, kernel: 1) -> relu -> conv(8, kernel: 3, padding: 1)
  }
  flatten
  y = dense(7)
  output y
}
`;
const x = inputOf(3 * 12 * 12);

const folder = fs.mkdtempSync(join(tmpdir(), 'cnnc-weights-url-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

/** Writes a file, and returns its URL. */
function at(name: string, bytes: Uint8Array): URL {
  fs.writeFileSync(join(folder, name), bytes);
  return pathToFileURL(join(folder, name));
}

const modules = new Map<string, EmittedModule>();
let files: ReadonlyMap<string, Uint8Array>;
beforeAll(async () => {
  for (const weightsType of ['f32', 'bf16'] as const) {
    const { files } = compile(text, { target: 'wasm', weightsType });
    modules.set(weightsType === 'f32' ? 'wasm' : 'wasm with bf16', await importText(files[0]!.text));
  }
  const tensors = modules.get('wasm')!.weightTensors.map(({ name, shape }, k) => {
    const data = centred(
      k,
      shape.reduce((product, extent) => product * extent, 1),
      0.3,
    );
    return { name, shape, data: name.endsWith('running_var') ? data.map((value) => value + 1) : data };
  });
  files = new Map(
    storedTypes.map((type) => {
      const { tensors: stored, metadata } = storedWeights(tensors, type);
      return [type, writeSafetensors(stored, { metadata: new Map(metadata) })];
    }),
  );
});

async function outputs(target: string, weights: WeightsSource | URL | Promise<URL>, threads?: number) {
  const net = await modules.get(target)!.load(weights, threads === undefined ? {} : { threads });
  try {
    return net.run(x) as Float32Array;
  } finally {
    net.close?.();
  }
}

/** How many files were opened, and how many of them are open, by the function that modules use. */
function opened(): { readonly count: () => number; readonly open: () => number } {
  const { open } = fs.promises;
  const handles: fs.promises.FileHandle[] = [];
  vi.spyOn(fs.promises, 'open').mockImplementation(async (path) => {
    const handle = await open(path);
    handles.push(handle);
    return handle;
  });
  return { count: () => handles.length, open: () => handles.filter(({ fd }) => fd >= 0).length };
}

describe.each(['wasm', 'wasm with bf16'])('target %s', (target) => {
  test.each(storedTypes)('a file of %s gives the bits of its bytes', async (type) => {
    const bytes = files.get(type)!;
    const { open } = opened();
    const url = at(`${type}.safetensors`, bytes);
    const expected = await outputs(target, bytes);
    expect(expected.every(Number.isFinite)).toBe(true);
    expect(await outputs(target, url)).toEqual(expected);
    expect(await outputs(target, Promise.resolve(url))).toEqual(expected);
    expect(open()).toBe(0);
  });

  test('what a server gives, and that it gives none', async () => {
    const bytes = files.get('f16')!;
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/w' ? 200 : 404;
      response.end(request.url === '/w' ? bytes : 'none');
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      expect(await outputs(target, new URL('/w', base))).toEqual(await outputs(target, bytes));
      const missing = new RangeError('the weights could not be fetched: the server answered 404');
      await expect(outputs(target, new URL('/v', base))).rejects.toThrow(missing);
    } finally {
      server.close();
    }
  });

  test('where there is no file, a sentence says where', async () => {
    for (const [name, why] of [
      ['missing', /: ENOENT/],
      ['', /: EISDIR/],
    ] as const) {
      const url = pathToFileURL(join(folder, name));
      const error: unknown = await outputs(target, url).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(RangeError);
      expect((error as Error).message).toMatch(why);
      expect((error as Error).message.startsWith(`the weights could not be read from ${url.href}: `)).toBe(true);
    }
  });

  test('a pipe is read to its end', async () => {
    const path = join(folder, `pipe-${target}`);
    execFileSync('mkfifo', [path]);
    const bytes = files.get('int8')!;
    const [found] = await Promise.all([outputs(target, pathToFileURL(path)), fs.promises.writeFile(path, bytes)]);
    expect(found).toEqual(await outputs(target, bytes));
  });

  test.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['nothing', () => new Uint8Array(0)],
    ['seven bytes', (bytes) => bytes.subarray(0, 7)],
    ['half a header', (bytes) => bytes.subarray(0, 40)],
    ['a file without its last byte', (bytes) => bytes.subarray(0, -1)],
    ['half a file', (bytes) => bytes.subarray(0, bytes.length / 2)],
    ['a page', () => Buffer.from(`<!doctype html>${' '.repeat(3000)}`)],
    ['a PyTorch file', () => Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(3000), Buffer.from('w/data.pkl')])],
    ['JSON', () => Buffer.from('[1, 2, 3]')],
    [
      'a header that is too long',
      (bytes) => Buffer.concat([Uint8Array.of(0, 0x12, 0x7a, 1, 0, 0, 0, 0), bytes.subarray(8), Buffer.alloc(3e7)]),
    ],
    ['another network', () => writeSafetensors([], { metadata: new Map([['cnnc', 'another']]) })],
    ['another shape', () => writeSafetensors([{ name: 'conv1.weight', shape: [1], data: new Float32Array(1) }])],
  ])('%s is refused with the sentence of its bytes', async (name, made) => {
    const bytes = made(files.get('f32')!);
    const { open } = opened();
    const error: unknown = await outputs(target, bytes).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RangeError);
    await expect(outputs(target, at(`${target}-${name}`, bytes))).rejects.toThrow(error as RangeError);
    expect(open()).toBe(0);
  });
});

describe('a file that a module with WebAssembly reads as it packs', () => {
  test('is never held whole, and is closed', async () => {
    const { count, open } = opened();
    const read = vi.spyOn(fs, 'readSync');
    const bytes = files.get('f32')!;
    await outputs('wasm', at('parts.safetensors', bytes));
    expect([count(), open()]).toEqual([1, 0]);
    const lengths = read.mock.calls.map((given: readonly unknown[]) => Number(given[3]));
    // The largest tensor has 97·64·9 numbers.
    expect(Math.max(...lengths)).toBeLessThanOrEqual(2 ** 17);
    expect(lengths.filter((length) => length > 2 ** 16).length).toBeGreaterThan(1);
  });

  test('serves several threads', async () => {
    const bytes = files.get('f32')!;
    const { open } = opened();
    expect(await outputs('wasm', at('threads.safetensors', bytes), 2)).toEqual(await outputs('wasm', bytes));
    expect(open()).toBe(0);
  });

  test.each<[string, (path: string) => void]>([
    ['becomes shorter', (path) => fs.truncateSync(path, 100_000)],
    ['becomes longer', (path) => fs.appendFileSync(path, 'more')],
    ['is written to', (path) => fs.utimesSync(path, 1, 1)],
  ])('is refused where it %s meanwhile', async (name, change) => {
    const path = join(folder, `changed ${name}`);
    fs.writeFileSync(path, files.get('f32')!);
    const { open } = opened();
    const { readSync } = fs;
    let calls = 0;
    vi.spyOn(fs, 'readSync').mockImplementation((...given: unknown[]) => {
      if ((calls += 1) === 6) change(path);
      return Reflect.apply(readSync, fs, given) as number;
    });
    const changed = new RangeError('the weights file was changed while it was read; load it again');
    await expect(outputs('wasm', pathToFileURL(path))).rejects.toThrow(changed);
    expect(open()).toBe(0);
  });

  test('is closed where the rest of `load` fails', async () => {
    const url = at('rest.safetensors', files.get('f32')!);
    const { open } = opened();
    vi.spyOn(WebAssembly, 'compile').mockRejectedValue(new Error('no'));
    await expect(outputs('wasm', url)).rejects.toThrow(/cannot be compiled here: no/);
    expect(open()).toBe(0);
  });

  test('may give less than it is asked for at a time', async () => {
    const bytes = files.get('f32')!;
    const { readSync } = fs;
    vi.spyOn(fs, 'readSync').mockImplementation((...given: unknown[]) => {
      const [file, to, offset, length, position] = given as [number, Uint8Array, number, number, number];
      return readSync(file, to, offset, Math.min(length, 1000), position);
    });
    expect(await outputs('wasm', at('pieces.safetensors', bytes))).toEqual(await outputs('wasm', bytes));
  });
});

test('whole numbers, which are checked before they are packed, come from a file with the same bits', async () => {
  const made = await quantize(text, files.get('f32')!, x, { target: 'wasm' });
  modules.set('codes', await importText(made.files[0]!.text));
  const expected = await outputs('codes', made.weights);
  expect(await outputs('codes', at('codes.safetensors', made.weights))).toEqual(expected);
  const cut = at('cut.safetensors', made.weights.subarray(0, -1));
  await expect(outputs('codes', cut)).rejects.toThrow(/in the weights file; it is damaged or truncated$/);
});

test('tensors that need no arithmetic stay in the file, from any byte on', async () => {
  const data = Float32Array.of(1, 2, 3, 4, 5);
  for (const pad of [0, 1, 2, 3]) {
    const header = Buffer.from(
      `${JSON.stringify({ w: { dtype: 'F32', shape: [5], data_offsets: [0, 20] } })}${' '.repeat(pad)}`,
    );
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const url = at('small.safetensors', Buffer.concat([length, header, new Uint8Array(data.buffer)]));
    const file = (await openedFile(url, fs)) as WeightsFile;
    try {
      const [floats] = readWeights<StoredFloats>(file, [{ name: 'w', shape: [5] }]) as StoredFloats[];
      const part = new Float32Array(8).fill(9);
      floats!.copyTo(part.subarray(2), 1, 4);
      expect([...part]).toEqual([9, 9, 2, 3, 4, 9, 9, 9]);
      expect(floats!.length).toBe(5);
    } finally {
      await file.close();
    }
  }
});
