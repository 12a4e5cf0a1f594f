// Quantising through the public API.

import { expect, test } from 'vitest';
import { readSafetensors } from '../../src/data/safetensors.ts';
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

test.each(['js', 'wasm'] as const)(
  'a module in %s refuses numbers that its kernels do not hold, wherever they come from',
  async (target) => {
    const { files, weights: file } = await quantize(TEXT, weights, images, { target });
    const module = await importText(files[0]!.text);
    const tensors = new Map(readSafetensors(file).tensors.map(({ name, data }) => [name, data]));
    const given = new Map<string, Float32Array | Int8Array | Int32Array>(
      module.weightTensors.map(({ name, element }) => {
        const data = tensors.get(name)!;
        if (element === undefined) return [name, Float32Array.from(data)];
        return [name, element === 'i8' ? Int8Array.from(data) : Int32Array.from(data)];
      }),
    );
    await expect(module.load(given as never)).resolves.toBeDefined();
    const broken = new Map([...given, ['conv1.range', Int32Array.of(0, -1, 127)]]);
    await expect(module.load(broken as never)).rejects.toThrow('conv1.range has -1; expected codes from 0 to 127');
    const full = new Map([...given, ['dense1.bias', Int32Array.of(0, -(2 ** 31))]]);
    await expect(module.load(full as never)).rejects.toThrow(
      /the sums of dense1.weight could reach 214\d{7} in channel 1/,
    );
  },
);
