// `cnnc export --onnx`: a file or none, names and numbers of what was written, and every refusal with its exit code.

import { describe, expect, test } from 'vitest';
import { importOnnx } from '../../src/onnx/index.ts';
import { cnnc } from './harness.ts';

const lenet = `/// Two layers.
network Small {
  input image: [1, 6, 6]
  conv(2, kernel: 3) -> relu -> flatten
  scores = dense(3)
  output scores
}
network Other { input x: [3]  relu }
`;
const world = { files: { 'net.cnn': lenet } };
const plain = ['export', 'net.cnn:Small', '--onnx', '--weights', 'random:1', '-o', 'out/small.onnx'];

test('the file has the network, its words and its weights', async () => {
  const { code, stdout, stderr, files } = await cnnc(plain, world);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^out\/small\.onnx {2}4 nodes, 4 tensors, .* KiB\n$/);
  const imported = importOnnx(files.get('/project/out/small.onnx')!);
  expect(imported).toMatchObject({ network: { name: 'Small', doc: 'Two layers.' }, inputs: ['image'], batched: true });
  expect([...(imported as Exclude<typeof imported, { problems: unknown }>).weights.keys()]).toEqual([
    'conv1.weight',
    'conv1.bias',
    'scores.weight',
    'scores.bias',
  ]);
});

test('--json says what was written', async () => {
  const { code, stdout, files } = await cnnc([...plain, '--json', '--batch', '4'], world);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    schemaVersion: 1,
    network: 'Small',
    files: [{ path: 'out/small.onnx', bytes: files.get('/project/out/small.onnx')!.length }],
    nodes: 4,
    tensors: 4,
  });
});

test('the same seed gives the same bytes', async () => {
  const [first, second] = await Promise.all([cnnc(plain, world), cnnc(plain, world)]);
  expect(first.files.get('/project/out/small.onnx')).toEqual(second.files.get('/project/out/small.onnx'));
});

test('a network without weights needs none', async () => {
  const { code, files } = await cnnc(['export', 'net.cnn:Other', '--onnx', '-o', 'other.onnx'], world);
  expect(code).toBe(0);
  expect(files.has('/project/other.onnx')).toBe(true);
});

describe('refused, and nothing is written', () => {
  const taken = { files: { ...world.files, 'there.onnx': 'mine' } };
  const to = (output: readonly string[], more: readonly string[] = ['--onnx', '--weights', 'random:1']) => [
    ...['export', 'net.cnn:Small', ...more],
    ...output,
  ];
  test.each([
    ['no format', to(['-o', 'a.onnx'], ['--weights', 'random:1']), 2, 'say what to write: --onnx'],
    ['no file', to([]), 2, 'say where to write: -o NAME.onnx'],
    ['the standard output', to(['-o', '-']), 2, 'not written to the standard output'],
    ['a name of another kind', to(['-o', 'a.pt']), 2, 'ends in .onnx; found a.pt'],
    ['no weights', to(['-o', 'a.onnx'], ['--onnx']), 2, 'Small needs --weights'],
    ['no images', to(['-o', 'a.onnx', '--batch', '0']), 2, '--batch'],
    ['a file that is there', to(['-o', 'there.onnx']), 1, 'there.onnx is there already; --force overwrites'],
  ])('%s', async (_, argv, code, message) => {
    const outcome = await cnnc(argv, taken);
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toContain(message);
    expect([...outcome.files.keys()]).toEqual(['/project/net.cnn', '/project/there.onnx']);
    expect(new TextDecoder().decode(outcome.files.get('/project/there.onnx'))).toBe('mine');
  });

  test('which --force overwrites', async () => {
    const { code, files } = await cnnc([...to(['-o', 'there.onnx']), '--force'], taken);
    expect(code).toBe(0);
    expect(files.get('/project/there.onnx')!.length).toBeGreaterThan(100);
  });
});
