// Work in shards: the same bytes in however many parts, resumed where it was stopped, and never mixed with other work.

import { encode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { imagesOf, shard, shardFile } from '../../src/cli/predict/shards.ts';
import { writeNpy } from '../../src/data/npy.ts';
import { cnnc } from './harness.ts';
import type { Outcome } from './harness.ts';

/** A sum of all pixels for each of two classes, the second with the opposite sign. */
const NETWORK =
  'network Net { input x: [1, 2, 2]  flatten  dense(2, weight: [[1, 1, 1, 1], [-1, -1, -1, -1]], bias: false) }';

/** IDX files of `count` pictures of 2×2, whose label is that of the class that wins. */
function idx(count: number): Readonly<Record<string, Uint8Array>> {
  const number = (value: number): readonly number[] => [
    value >>> 24,
    (value >>> 16) & 255,
    (value >>> 8) & 255,
    value & 255,
  ];
  const images = [
    0,
    0,
    8,
    3,
    ...number(count),
    ...number(2),
    ...number(2),
    ...Array.from({ length: 4 * count }, (_, at) => at % 251),
  ];
  const labels = [0, 0, 8, 1, ...number(count), ...Array.from({ length: count }, (_, at) => (at % 10 === 0 ? 1 : 0))];
  return {
    'data/t10k-images-idx3-ubyte': new Uint8Array(images),
    'data/t10k-labels-idx1-ubyte': new Uint8Array(labels),
  };
}

const world = { files: { 'net.cnn': NETWORK, ...idx(50) } };
const predict = (more: readonly string[], files: Outcome['files'] | undefined = undefined): Promise<Outcome> =>
  cnnc(
    ['predict', 'net.cnn', '--data', 'data', '--out', 'out', ...more],
    files ? { files: Object.fromEntries(files) } : world,
  );
const text = ({ files }: Outcome, path: string): string => new TextDecoder().decode(files.get(`/project/${path}`));

describe('which images a shard has', () => {
  test.each([
    [10, 3],
    [7, 7],
    [3, 5],
    [10_000, 40],
  ])('%d images in %d shards: each once, in order, as many as in another but for one', (total, count) => {
    const parts = Array.from({ length: count }, (_, index) => imagesOf({ index, count }, total));
    expect(parts[0]!.first).toBe(0);
    expect(parts.at(-1)!.end).toBe(total);
    for (const [at, part] of parts.slice(1).entries()) expect(part.first).toBe(parts[at]!.end);
    const sizes = parts.map(({ first, end }) => end - first);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  });

  test('how it is written', () => {
    expect(shard('3/40')).toEqual({ index: 3, count: 40 });
    expect(shardFile('predictions', shard('3/40'), 'jsonl')).toBe('predictions-00003-of-00040.jsonl');
    for (const wrong of ['40/40', '1', '1/0', '-1/2', 'a/b', '1/1000000'])
      expect(() => shard(wrong)).toThrow('--shard takes INDEX/COUNT');
  });
});

describe('predictions', () => {
  test('are what the network says', async () => {
    const done = await predict(['--top', '1']);
    expect(done.stdout).toBe('out: 1 of 1 shards written; 50 images in all\n');
    const [first, second] = text(done, 'out/predictions-00000-of-00001.jsonl').split('\n');
    expect(JSON.parse(first!)).toMatchObject({ index: 0, label: 1, outputs: [{ classes: [{ index: 0 }] }] });
    // (4 + 5 + 6 + 7) / 255
    const value = (JSON.parse(second!) as { outputs: [{ classes: [{ value: number }] }] }).outputs[0].classes[0].value;
    expect(value).toBeCloseTo(22 / 255, 6);
  });

  test.each(['jsonl', 'npy'])('joined, they are the same bytes in however many shards (%s)', async (format) => {
    const name = format === 'jsonl' ? 'out/predictions.jsonl' : 'out/output.npy';
    const joined = async (...more: readonly string[]): Promise<Uint8Array> => {
      const done = await predict(['--format', format, ...more]);
      const merged = await cnnc(['merge', 'out'], { files: Object.fromEntries(done.files) });
      expect(merged.stdout).toBe(`${name}\n`);
      return merged.files.get(`/project/${name}`)!;
    };
    const whole = await joined();
    expect(whole.length).toBeGreaterThan(400);
    expect(await joined('--shards', '7')).toEqual(whole);
    expect(await joined('--shards', '60')).toEqual(whole);
  });

  test('go on where they were stopped', async () => {
    const one = await predict(['--shard', '1/4']);
    const all = await predict(['--shards', '4', '--json'], one.files);
    expect(JSON.parse(all.stdout)).toMatchObject({ finished: [0, 2, 3], skipped: [1] });
    const again = await predict(['--shards', '4', '--json'], all.files);
    expect(JSON.parse(again.stdout)).toMatchObject({ finished: [], skipped: [0, 1, 2, 3] });
  });

  test('of other work do not mix with them', async () => {
    const one = await predict(['--shard', '1/4']);
    expect(await predict(['--shard', '1/5'], one.files)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('shards is 4, and it would be 5'),
    });
    const changed = new Map(one.files).set(
      '/project/net.cnn',
      new TextEncoder().encode(NETWORK.replace('-1]]', '-2]]')),
    );
    expect(await predict(['--shard', '2/4'], changed)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('model is'),
    });
  });

  test('of a picture that is damaged are its error', async () => {
    const png = encode({ width: 2, height: 2, channels: 1, data: new Uint8Array([255, 255, 255, 255]) });
    const files = {
      'net.cnn': NETWORK,
      'data/a.png': png,
      'data/b.png': png.subarray(0, 20),
      'list.txt': 'data/a.png\ndata/b.png\ndata/missing.png\n',
    };
    const done = await cnnc(['predict', 'net.cnn', '--data', 'list.txt', '--out', 'out'], { files });
    expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining('2 images could not be read') });
    const lines = text(done, 'out/predictions-00000-of-00001.jsonl').trim().split('\n').map((line) => JSON.parse(line) as object); // prettier-ignore
    expect(lines).toMatchObject([
      { index: 0, file: 'data/a.png', outputs: [{ classes: [{ index: 0, value: 4 }, {}] }] },
      { index: 1, file: 'data/b.png', error: expect.stringContaining('data/b.png') },
      { index: 2, error: expect.stringContaining('missing.png') },
    ]);
  });

  test('that are missing are named', async () => {
    const one = await predict(['--shard', '1/4']);
    expect(await cnnc(['merge', 'out'], { files: Object.fromEntries(one.files) })).toMatchObject({
      code: 1,
      stderr: 'error: 3 of 4 shards are missing: --shard 0/4, 2/4, 3/4\n',
    });
    expect(await cnnc(['merge', 'data'], world)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('data has no shards.json'),
    });
  });
});

describe('accuracy in shards', () => {
  test('adds up to that of the whole', async () => {
    const evaluate = ['eval', 'net.cnn', '--data', 'data', '--json'];
    const whole = JSON.parse((await cnnc(evaluate, world)).stdout) as { readonly correct: number };
    expect(whole).toMatchObject({ correct: 45, total: 50 });
    let files: Readonly<Record<string, string | Uint8Array>> = world.files;
    for (const part of ['0/3', '1/3', '2/3', '1/3']) {
      const done = await cnnc([...evaluate, '--shard', part, '--out', 'accuracy'], { files });
      expect(done.code).toBe(0);
      files = Object.fromEntries(done.files);
    }
    const merged = await cnnc(['merge', 'accuracy', '--json'], { files });
    expect(JSON.parse(merged.stdout)).toEqual({
      schemaVersion: 1,
      network: 'Net',
      correct: 45,
      total: 50,
      accuracy: 0.9,
    });
  });

  test('needs a folder', async () => {
    expect(await cnnc(['eval', 'net.cnn', '--data', 'data', '--shard', '0/3'], world)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--shard and --out go together'),
    });
  });
});

test('numbers that nothing says to be classes are predicted as they are, as `run` prints them, unless --top asks for classes', async () => {
  const source = 'network Net { input x: [2]  y = dense(2, weight: [[1, 0], [0, 1]], bias: false)  output y }';
  const files = { 'net.cnn': source, 'x.npy': writeNpy({ shape: [1, 2], data: Float32Array.of(3, 4) }) };
  const all = ['predict', 'net.cnn', '--data', 'x.npy', '--out', 'out'];
  const plain = await cnnc(all, { files });
  expect(plain).toMatchObject({ code: 0 });
  expect(text(plain, 'out/predictions-00000-of-00001.jsonl')).toContain(
    '"outputs":[{"name":"y","shape":[2],"values":[3,4]}]',
  );
  const asked = await cnnc([...all, '--top', '1'], { files });
  expect(text(asked, 'out/predictions-00000-of-00001.jsonl')).toContain('"classes":[{"index":1');
});
