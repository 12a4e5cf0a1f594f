// Shards that are not what they should be: damaged, of other images, of a folder that two want at once.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createFile } from '../../src/cli/write-files.ts';
import { program } from '../support/command-line.ts';
import { cnnc } from './harness.ts';
import type { Outcome } from './harness.ts';

const NETWORK = 'network Net { input x: [2]  sum = x -> add(x)  twice = sum -> add(x)  output sum, twice }';
const rows = (count: number, first = 0): string =>
  JSON.stringify(Array.from({ length: count }, (_, at) => [first + at, -at]));
const files = { 'net.cnn': NETWORK, 'x.json': rows(10) };
const predict = (more: readonly string[], given: Readonly<Record<string, string | Uint8Array>> = files) =>
  cnnc(['predict', 'net.cnn', '--data', 'x.json', '--out', 'out', ...more], { files: given });
const all = ({ files: there }: Outcome): Record<string, Uint8Array> => Object.fromEntries(there);
const merge = (given: Record<string, string | Uint8Array>): Promise<Outcome> =>
  cnnc(['merge', 'out'], { files: given });

const part = '/project/out/predictions-00001-of-00003.jsonl';
const textOf = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

describe('a part of lines that is', () => {
  test.each<[string, (text: string, other: string) => string, string]>([
    ['empty', () => '', 'line 1 is not that of image 3'],
    ['cut off in a line', (text) => text.slice(0, -9), 'line 3 is not that of image 5'],
    ['cut off after a line', (text) => text.split('\n').slice(0, 2).join('\n') + '\n', 'line 3 is not that of image 5'],
    ['too long', (text) => `${text}{}\n`, 'it has more than the 3 lines of its shard'],
    ['zeros', (text) => '\0'.repeat(text.length), 'line 1 is not that of image 3'],
    ['damaged within', (text) => text.replace('"twice"', '"twice'), 'line 1 is not that of image 3'],
    ['another', (_, other) => other, 'line 1 is not that of image 3'],
  ])('%s', async (_, change, message) => {
    const done = all(await predict(['--shards', '3']));
    expect((await merge(done)).code).toBe(0);
    const other = textOf(done['/project/out/predictions-00000-of-00003.jsonl']);
    const { code, stderr } = await merge({ ...done, [part]: change(textOf(done[part]), other) });
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining(`${part.slice(9)}: ${message}; remove it and compute the shard again`),
    ]);
  });
});

test.each<[string, (bytes: Uint8Array, other: Uint8Array) => Uint8Array, string]>([
  ['cut off', (bytes) => bytes.subarray(0, -4), 'npy'],
  ['of another shard', (_, other) => other, 'it has 4 rows, and its shard has 3'],
])('an array that is %s', async (_, change, message) => {
  const done = all(await predict(['--shards', '3', '--format', 'npy']));
  expect((await merge(done)).code).toBe(0);
  const path = '/project/out/twice-00001-of-00003.npy';
  const other = done['/project/out/twice-00002-of-00003.npy']!;
  const { code, stderr } = await merge({ ...done, [path]: change(done[path]!, other) });
  expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
});

test('shards.json that is damaged or made up', async () => {
  const done = all(await predict(['--shards', '3']));
  const text = textOf(done['/project/out/shards.json']);
  for (const [from, to] of [
    ['"shards": 3', '"shards": 9007199254740991'],
    ['"shards": 3', '"shards": 0'],
    ['"images": 10', '"images": -1'],
    ['"predictions"\n', '"../predictions"\n'],
    [text, text.slice(0, 40)],
    [text, ''],
    [text, 'null'],
  ] as const) {
    expect(text).toContain(from);
    const { code, stderr } = await merge({ ...done, '/project/out/shards.json': text.replace(from, to) });
    expect([code, stderr]).toEqual([1, expect.stringContaining('is not what `cnnc predict` writes')]);
  }
});

test('images of the same number and name that are others are not mixed with them', async () => {
  const one = all(await predict(['--shard', '0/3']));
  const { code, stderr } = await predict(['--shard', '1/3'], { ...one, '/project/x.json': rows(10, 1) });
  expect([code, stderr]).toEqual([1, expect.stringContaining('contents is')]);
});

test('accuracy of more images than the shard has', async () => {
  const idx = (type: readonly number[], bytes: readonly number[]): Uint8Array => new Uint8Array([...type, ...bytes]);
  const given = {
    'net.cnn': 'network Net { input x: [1, 1, 2]  flatten }',
    'data/t10k-images-idx3-ubyte': idx([0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2], [1, 0, 1, 0, 0, 1, 1, 0]),
    'data/t10k-labels-idx1-ubyte': idx([0, 0, 8, 1, 0, 0, 0, 4], [0, 0, 1, 1]),
  };
  const evaluate = (shard: string, before: Readonly<Record<string, string | Uint8Array>>): Promise<Outcome> =>
    cnnc(['eval', 'net.cnn', '--data', 'data', '--shard', shard, '--out', 'out'], { files: before });
  const done = all(await evaluate('1/2', all(await evaluate('0/2', given))));
  expect((await merge(done)).stdout).toContain('3 of 4');
  const path = '/project/out/accuracy-00001-of-00002.json';
  for (const [from, to] of [
    ['"total": 2', '"total": 3'],
    ['"correct": 1', '"correct": 3'],
    ['"correct": 1', '"correct": -1'],
  ] as const) {
    expect(textOf(done[path])).toContain(from);
    const { code, stderr } = await merge({ ...done, [path]: textOf(done[path]).replace(from, to) });
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('it is not what `cnnc eval --shard` writes of 2 images'),
    ]);
  }
});

test('a hundred thousand shards are looked for in one look at the folder', async () => {
  const { code, stderr } = await predict(['--shards', '100000', '--shard', '1/2']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('--shard is one of so many already')]);
  const done = all(await predict(['--shard', '1/100000']));
  const started = performance.now();
  expect((await merge(done)).stderr).toContain('99999 of 100000 shards are missing');
  expect(performance.now() - started).toBeLessThan(5000);
});

describe('two at once', () => {
  test('a file is made by one of them, complete', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cnnc-create-'));
    const path = join(folder, 'in', 'it');
    expect([createFile(path, 'one'), createFile(path, 'two')]).toEqual([true, false]);
    expect(readFileSync(path, 'utf8')).toBe('one');
    expect(readdirSync(join(folder, 'in'))).toEqual(['it']);
    expect(() => createFile(join(path, 'it'), 'x')).toThrow(`cannot write ${path}/it: there is a file of that name`);
    rmSync(folder, { recursive: true });
  });

  test('who want the same folder for different work: one has it', { timeout: 60_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cnnc-claim-'));
    writeFileSync(join(folder, 'net.cnn'), NETWORK);
    writeFileSync(join(folder, 'x.json'), rows(10));
    const run = async (format: string): Promise<readonly [number, string]> => {
      const argv = ['predict', 'net.cnn', '--data', 'x.json', '--out', 'out', '--shards', '3', '--format', format];
      const child = spawn(process.execPath, [program, ...argv], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => void (stderr += text));
      const [code] = (await once(child, 'close')) as [number];
      return [code, stderr];
    };
    const ended = await Promise.all([run('jsonl'), run('npy')]);
    expect(ended.map(([code]) => code).toSorted()).toEqual([0, 1]);
    expect(ended.find(([code]) => code === 1)![1]).toContain('out has parts of other work');
    const endings = new Set(readdirSync(join(folder, 'out')).map((name) => name.replace(/^.*\./, '')));
    expect(endings).toEqual(new Set(['json', ended[0]![0] === 0 ? 'jsonl' : 'npy']));
    rmSync(folder, { recursive: true });
  });
});
