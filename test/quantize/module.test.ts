// Quantising through the public API.

import { expect, test } from 'vitest';
import { load, quantize } from '../../src/index.ts';
import { importText } from '../../src/network/module.ts';

const TEXT = 'network A {\n  input x: [2, 4, 4]\n  conv(3, 3, padding: 1) -> relu -> flatten -> dense(2)\n}\n';
const wave = (length: number, step: number): Float32Array =>
  Float32Array.from({ length }, (_, at) => Math.sin(step * at));
const weights = {
  'conv1.weight': wave(54, 1),
  'conv1.bias': wave(3, 2),
  'dense1.weight': wave(96, 3),
  'dense1.bias': wave(2, 4),
};
const images = wave(10 * 32, 0.7);

test('gives a module, its file, and how far each layer is', async () => {
  const seen: number[] = [];
  const options = { target: 'wasm', method: 'minmax', onImage: (done: number) => seen.push(done) } as const;
  const { network, files, weights: file, layers, misses } = await quantize(TEXT, weights, images, options);
  expect({ network, misses, seen: seen.slice(0, 10) }).toEqual({
    network: 'A',
    misses: [],
    seen: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  });
  expect(layers.at(-1)).toMatchObject({ kind: 'output' });
  const module = await importText(files[0]!.text);
  const found = (await module.load(file)).run(images) as Float32Array;
  const expected = (await load(TEXT, weights)).run(images) as Float32Array;
  const largest = Math.max(...expected.map(Math.abs));
  // No number lies outside of the intervals; each of three roundings is at most 1/254 of one.
  found.forEach((value, at) => expect(Math.abs(value - expected[at]!)).toBeLessThan(0.05 * largest));
});

test.each([new Float32Array(0), new Float32Array(33)])('refuses images that do not fit', async (wrong) => {
  await expect(quantize(TEXT, weights, wrong)).rejects.toThrow(/the images to calibrate with must be/);
});
