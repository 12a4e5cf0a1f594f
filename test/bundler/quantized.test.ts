// Imports of networks whose weights are quantised: they compute in whole numbers.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requestOf } from '../../src/bundler/request.ts';
import { openSession } from '../../src/bundler/session.ts';
import type { NetworkSettings } from '../../src/bundler/settings.ts';
import { load, quantize } from '../../src/index.ts';
import { importText } from '../../src/network/module.ts';

const example = (name: string): URL => new URL(`../../examples/lenet/${name}`, import.meta.url);
const lenet = readFileSync(example('lenet.cnn'), 'utf8');
const weights = readFileSync(example('lenet-fashion-mnist.safetensors'));
const images = Float32Array.from({ length: 8 * 784 }, (_, at) => Math.abs(Math.sin(at)));
const image = images.subarray(0, 784);

let root = '';
let quantized: Awaited<ReturnType<typeof quantize>>;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'cnnc-quantized-'));
  quantized = await quantize(lenet, weights, images, { target: 'wasm' });
  writeFileSync(join(root, 'net.cnn'), lenet);
  writeFileSync(join(root, 'net.q8.safetensors'), quantized.weights);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const outcomeOf = (settings: NetworkSettings) =>
  openSession(root, {
    types: false,
    networks: { 'net.cnn': { weights: 'net.q8.safetensors', ...settings } },
  }).outcomeOf(requestOf(join(root, 'net.cnn'))!, 'beside');

test.each(['wasm', 'js'] as const)(
  '%s: the bits of `quantize`, near those of f32, a quarter of the bytes',
  async (target) => {
    const { compiled, problems } = await outcomeOf({ target });
    expect(problems).toEqual([]);
    expect(compiled!.weights!.bytes.length).toBeLessThan(0.3 * weights.length);
    const net = await (await importText(compiled!.code)).load(compiled!.weights!.bytes);
    const scores = net.run(image) as Float32Array;
    const direct = await (await importText(quantized.files[0]!.text)).load(quantized.weights);
    expect(scores).toEqual(direct.run(image));
    const full = (await load(lenet, weights)).run(image) as Float32Array;
    const largest = Math.max(...full.map(Math.abs));
    expect(Math.max(...full.map((score, at) => Math.abs(score - scores[at]!)))).toBeLessThan(0.1 * largest);
  },
);

test('embedded, `load` needs nothing', async () => {
  const { compiled } = await outcomeOf({ embed: true });
  expect(compiled!.weights).toBeUndefined();
  const net = await (await importText(compiled!.code)).load();
  expect(net.run(image)).toHaveLength(10);
});

test.each<[string, NetworkSettings, RegExp]>([
  [
    'weights of fewer bytes',
    { weightsType: 'bf16' },
    /is quantised, and its weights are int8 already; weightsType is f32/,
  ],
  ['names of another file', { match: 'order' }, /^the setting match .* a quantised file has its own names/],
  ['another network', { set: { size: 32 } }, /quantised for another network than LeNet, or with other passes/],
])('refused: %s', async (_, settings, message) => {
  const { problems } = await outcomeOf(settings);
  expect(problems).toMatchObject([{ severity: 'error', text: expect.stringMatching(message) }]);
});
