// Indices of shards as transformers' save_pretrained writes them.

import { describe, expect, test } from 'vitest';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { readWeightsFile } from '../../src/data/weights-file.ts';

const [one, two] = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
const shard = (...names: readonly string[]): Uint8Array =>
  writeSafetensors(names.map((name, i) => ({ name, shape: [1], data: Float32Array.of(i) })));
const shards: ReadonlyMap<string, Uint8Array> = new Map([
  [one, shard('b', 'a')],
  [two, shard('c')],
]);
const right = { b: one, c: two, a: one };
const index = (map: unknown): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ metadata: { total_size: 12 }, weight_map: map }));
const read = (bytes: Uint8Array) =>
  readWeightsFile(bytes, (name) => readWeightsFile(shards.get(name)!)).tensors.map(({ name, data }) => [name, data[0]]);

test('the tensors of all shards, in the order of the index', () => {
  expect(read(index(right))).toEqual([
    ['b', 0],
    ['c', 0],
    ['a', 1],
  ]);
});

describe('refused', () => {
  test.each([
    ['a tensor that its shard lacks', { ...right, d: two }, `names 1 tensor that the shards do not have: d (${two})`],
    ['a tensor that the index lacks', { a: one, c: two }, `${one} has b, which is not in the index`],
    [
      'a tensor in another shard',
      { ...right, c: one },
      `the index names 1 tensor that the shards do not have: c (${one})`,
    ],
    ['a tensor in two shards', { a: one, b: two, c: two }, `b is in ${one}, and in ${two} by the index`],
    ['a map that is none', [one], 'weight_map in the index of shards is not an object'],
    ['a name that is none', { a: 1 }, 'has no name of a file for a'],
  ])('%s', (_, map, words) => expect(() => read(index(map))).toThrow(words));

  test.each([
    '../m.safetensors',
    '/etc/passwd',
    'a/b',
    'a\\b',
    'C:m',
    '..',
    '.m',
    '-',
    '',
    'a\0b',
    'a\nb',
    'x'.repeat(256),
  ])('the name %j of a shard', (name) =>
    expect(() => read(index({ a: name }))).toThrow('a shard must be a file in the folder of its index'),
  );

  test('a key that comes twice', () => {
    const text = `{"weight_map":{"a":"${one}","a":"${two}"}}`;
    expect(() => read(new TextEncoder().encode(text))).toThrow('has the key a twice');
  });

  test('an index in an index', () => {
    expect(() => readWeightsFile(index(right), () => readWeightsFile(index(right)))).toThrow('an index of shards');
  });

  test('text that is not JSON, too deep, or too long', () => {
    const text = (value: string) => new TextEncoder().encode(value);
    expect(() => read(text('{"weight_map": {'))).toThrow('not valid UTF-8 JSON');
    expect(() => read(text(`{"weight_map": ${'['.repeat(1_000_000)}`))).toThrow('nested more than 8 deep');
    expect(() => read(text(`{"weight_map": [${'1,'.repeat(200_000)}1]}`))).toThrow('more than 120000 values');
    const many = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`t${i}`, `s${i}`]));
    expect(() => read(index(many))).toThrow('names 1001 shards; at most 1000 are read');
  });
});
