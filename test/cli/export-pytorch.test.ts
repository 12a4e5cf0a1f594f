// `cnnc export --pytorch`: a folder or nothing, and what is said of it.

import { describe, expect, test } from 'vitest';
import { readSafetensors } from '../../src/data/safetensors.ts';
import { cnnc } from './harness.ts';

const small = `network Small {
  input image: [1, 6, 6]
  conv(2, kernel: 3) -> batch_norm -> relu -> flatten
  scores = dense(3)
  output scores
}
train Small { optimizer: sgd(learning_rate: 0.1) }
network Two { input a: [1, 6, 6]  input b: [1, 6, 6]  sum = a + b  output sum }
`;
const world = { files: { 'net.cnn': small } };
const plain = ['export', 'net.cnn:Small', '--pytorch', '-o', 'out'];

test('module, weights and training, with the tensors under their names', async () => {
  const { code, stdout, stderr, files } = await cnnc([...plain, '--weights', 'random:1'], world);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^out\/model\.py {11}\d.*\nout\/model\.safetensors {2}\d.*\nout\/train\.py {11}\d.*\n$/);
  expect(readSafetensors(files.get('/project/out/model.safetensors')!).tensors.map(({ name }) => name)).toEqual([
    'conv1.weight',
    'conv1.bias',
    'batch_norm1.weight',
    'batch_norm1.bias',
    'batch_norm1.running_mean',
    'batch_norm1.running_var',
    'scores.weight',
    'scores.bias',
  ]);
});

test('without weights there is no file of them, and without a `train` section no training', async () => {
  const { code, stdout, stderr, files } = await cnnc(
    ['export', 'net.cnn:Two', '--pytorch', '-o', 'two/', '--json'],
    world,
  );
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: 'note: there is no train.py: the file has no `train` section for the network\n',
  });
  const bytes = files.get('/project/two/model.py')!.length;
  expect(JSON.parse(stdout)).toEqual({
    schemaVersion: 1,
    network: 'Two',
    class: 'Two',
    files: [{ path: 'two/model.py', bytes }],
    tensors: 0,
  });
});

describe('refused, and nothing is written', () => {
  test.each([
    [['export', 'net.cnn:Small', '-o', 'out'], 2, 'say what to write: --onnx or --pytorch'],
    [[...plain, '--onnx'], 2, 'say what to write: --onnx or --pytorch'],
    [['export', 'net.cnn:Small', '--pytorch'], 2, 'say where to write: -o FOLDER'],
    [[...plain.slice(0, -1), '-'], 2, 'say where to write: -o FOLDER'],
    [[...plain, '--batch', '2'], 2, '--batch is for --onnx'],
    [[...plain, '--weights', 'nowhere.safetensors'], 1, 'nowhere.safetensors'],
  ] as const)('%j', async (argv, code, message) => {
    const result = await cnnc(argv, world);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toContain(message);
    expect([...result.files.keys()]).toEqual(['/project/net.cnn']);
  });

  test('files that are there, but for --force', async () => {
    const there = { files: { ...world.files, 'out/train.py': 'mine' } };
    const kept = await cnnc(plain, there);
    expect(kept).toMatchObject({ code: 1, stderr: expect.stringContaining('out/train.py is there already') as string });
    expect(new TextDecoder().decode(kept.files.get('/project/out/train.py'))).toBe('mine');
    expect((await cnnc([...plain, '--force'], there)).code).toBe(0);
  });
});
