// A module and a weights file that were not compiled together: refused where the network was another one, loaded where the file
// comes from elsewhere or the network is the same.

import { expect, test } from 'vitest';
import { compile, matchWeights } from '../../src/index.ts';
import { importText } from '../../src/network/module.ts';
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors.ts';
import { cnnc } from '../cli/harness.ts';

const small = 'network N {\n  input x: [2]\n  a = dense(2)\n  output a\n}\n';
const large = 'network N {\n  input x: [2]\n  a = dense(2)\n  b = dense(2)\n  output b\n}\n';
const relu = 'network N {\n  input x: [2]\n  a = dense(2)\n  r = relu\n  output r\n}\n';

const tensors = [
  { name: 'a.weight', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
  { name: 'a.bias', shape: [2], data: Float32Array.of(0, 1) },
];
const more = [
  ...tensors,
  { name: 'b.weight', shape: [2, 2], data: Float32Array.of(1, 0, 0, 1) },
  { name: 'b.bias', shape: [2], data: Float32Array.of(0, 0) },
];
const message = 'the weights were written for another network than this module; compile both together again';

const moduleOf = (text: string, target: 'js' | 'wasm') => importText(compile(text, { target }).files[0]!.text);

test.each(['js', 'wasm'] as const)('%s', async (target) => {
  const module = await moduleOf(small, target);
  const x = Float32Array.of(1, 1);
  const run = async (weights: Uint8Array) => [...((await module.load(weights)).run(x) as Float32Array)];
  const right = [3, 8];
  expect(await run(matchWeights(small, writeSafetensors(tensors)))).toEqual(right);
  // From PyTorch, or of a cnnc that wrote no layouts.
  expect(await run(writeSafetensors(more))).toEqual(right);
  expect(await run(writeSafetensors(tensors, { metadata: new Map([['format', 'pt']]) }))).toEqual(right);
  // The same weights for other arithmetic.
  expect(await run(matchWeights(relu, writeSafetensors(tensors)))).toEqual(right);
  await expect(run(matchWeights(large, writeSafetensors(more)))).rejects.toThrow(new RangeError(message));
});

test('every level and target of a network has the same layout', async () => {
  const weights = matchWeights(large, writeSafetensors(more));
  for (const options of [{}, { level: 0 }, { target: 'wasm' }, { target: 'wasm', weightsType: 'bf16' }] as const) {
    const module = await importText(compile(large, { target: 'js', ...options }).files[0]!.text);
    await expect(module.load(weights)).resolves.toBeDefined();
  }
});

test('the command line writes it, and refuses a mixed set', async () => {
  const files = { 'small.cnn': small, 'large.cnn': large, 'x.csv': '1,1', 'more.safetensors': writeSafetensors(more) };
  const compiled = async (name: string, extra: Readonly<Record<string, Uint8Array>>) => {
    const argv = ['compile', `${name}.cnn`, '-o', `${name}.mjs`, '--weights', 'random:1'];
    const outcome = await cnnc(argv, { files: { ...files, ...extra } });
    expect(outcome.code, outcome.stderr).toBe(0);
    return Object.fromEntries([...outcome.files].map(([path, data]) => [path.replace('/project/', ''), data]));
  };
  const written = await compiled('large', await compiled('small', {}));
  expect(readSafetensors(written['small.safetensors']!).metadata.get('cnnc')).toMatch(/^[0-9a-f]{16}$/);
  const run = (weights: string) =>
    cnnc(['run', 'small.mjs', '--weights', weights, '--input', 'x.csv'], { files: written });
  expect((await run('small.safetensors')).code).toBe(0);
  expect((await run('more.safetensors')).code).toBe(0);
  const mixed = await run('large.safetensors');
  expect([mixed.code, mixed.stderr]).toEqual([1, expect.stringContaining(message)]);
});
