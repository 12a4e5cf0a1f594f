// `cnnc import`: text, weights and names of a model, all or none; what is not supported in one go.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readSafetensors } from '../../src/data/safetensors.ts';
import { format } from '../../grammar/format.ts';
import { border, floats, modelBytes, node } from '../onnx/models.ts';
import { cnnc } from './harness.ts';

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
const counted = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at / 8);

/** Two blocks of convolution and sum, whose weights differ, and names that are none of ours. */
const twice = modelBytes({
  name: 'two blocks',
  input: [border('data/0', ['n', 2, 4, 4])],
  output: [border('out:0', ['n', 2, 4, 4])],
  initializer: ['a', 'b'].flatMap((name, at) => [
    floats(
      `${name}/w`,
      [2, 2, 3, 3],
      counted(36).map((value) => value + at),
    ),
    floats(`${name}/b`, [2], [at, 2]),
  ]),
  node: [
    node('Conv', ['data/0', 'a/w', 'a/b'], ['a1'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
    node('Relu', ['a1'], ['a2']),
    node('Add', ['a2', 'data/0'], ['a3']),
    node('Conv', ['a3', 'b/w', 'b/b'], ['b1'], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
    node('Relu', ['b1'], ['b2']),
    node('Add', ['b2', 'a3'], ['out:0']),
  ],
});

const unsupported = modelBytes({
  name: 'unsupported',
  input: [border('x', [1, 2, 4, 4])],
  output: [border('y', [1, 2, 4, 4])],
  node: [
    ...['Foo', 'NonZero', 'Det'].map((operator) => node(operator, ['x'], [operator])),
    node('Sum', ['Foo', 'NonZero', 'Det'], ['y']),
  ],
});

test('all dimensions that must be known are asked for at once, and an empty file is called so', async () => {
  const model = modelBytes({
    name: 'open',
    input: [border('x', ['n', 2, 'height', 'width']), border('z', ['n', 'height'])],
    output: [border('y', ['n', 2, 'height', 'width'])],
    node: [node('Relu', ['x'], ['y'])],
  });
  const files = { 'open.onnx': model, 'empty.onnx': new Uint8Array() };
  const { code, stderr } = await cnnc(['import', 'open.onnx', '-o', 'open'], { files });
  expect(code).toBe(1);
  expect(stderr).toContain('axis 2 of the input "x" is "height" and axis 3 of the input "x" is "width"\n');
  expect(stderr).toContain('help: say how large they are: --dim height=224 --dim width=224\n');
  expect(stderr).toContain('axis 1 of the input "z" is "height"\n  help: say how large it is: --dim height=224\n');
  const known = ['check', 'open.onnx', '--dim', 'height=4', '--dim', 'width=4', '--dim', 'depth=4'];
  expect((await cnnc(known, { files })).stderr).toBe('note: open.onnx: it has no dimension "depth"\n');
  expect((await cnnc(['check', 'empty.onnx'], { files })).stderr).toContain('empty.onnx: the file is empty\n');
});

// The first four are what torch.onnx.export before and since PyTorch 2, tf2onnx and CNTK call a graph.
test.each([
  ['torch_jit', 'cats.onnx', 'Cats'],
  ['main_graph', 'models/cats-v2.onnx', 'Cats_v2'],
  ['tf2onnx', 'model.onnx', 'Tf2onnx'],
  ['CNTKGraph', 'model.onnx', 'CNTKGraph'],
  ['squeezenet', 'cats.onnx', 'Squeezenet'],
  ['', 'cats.onnx', 'Cats'],
])('the graph %j in %s becomes the network of that name', async (name, path, network) => {
  const model = modelBytes({
    name,
    input: [border('x', ['n', 2, 4, 4])],
    output: [border('y', ['n', 2, 4, 4])],
    node: [node('Relu', ['x'], ['y'])],
  });
  const said = JSON.parse(
    (await cnnc(['import', path, '-o', 'out', '--json'], { files: { [path]: model } })).stdout,
  ) as { network: string };
  expect(said.network).toBe(network);
});

test('text, weights and names are written, and the text is in the standard layout', async () => {
  const { code, stdout, stderr, files } = await cnnc(['import', 'two.onnx', '-o', 'two'], {
    files: { 'two.onnx': twice },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const source = text(files.get('/project/two/net.cnn'));
  expect(format({ path: 'net.cnn', text: source })).toEqual({ text: source });
  expect(source).toContain('block residual {');
  expect(source).toContain('path conv(2, kernel: 3, padding: 1) -> relu');
  const { tensors } = readSafetensors(files.get('/project/two/net.safetensors')!);
  expect(tensors.map(({ name }) => name).filter((name) => name.endsWith('weight'))).toHaveLength(2);
  const { names, model } = JSON.parse(text(files.get('/project/two/net.names.json'))) as {
    names: Record<string, string>;
    model: string;
  };
  expect(model).toBe('two.onnx');
  // The weights of the file's second convolution are those of what its name stands for.
  const second = tensors.find(({ name }) => name === `${names['b1']}.weight`)!;
  expect([...second.data].slice(0, 3)).toEqual([1, 1.125, 1.25]);
  expect(stdout).toContain('two/net.safetensors  4 tensors');
});

test('the written files belong together: the network runs with its weights', async () => {
  const { files } = await cnnc(['import', 'two.onnx'], { files: { 'two.onnx': twice } });
  const world = {
    files: Object.fromEntries([
      ...files,
      ['/project/x.json', JSON.stringify([0, 1].map((channel) => [0, 1, 2, 3].map((row) => [channel, row, 2, 3])))],
    ]),
  };
  const { code, stderr, stdout } = await cnnc(
    ['run', 'net.cnn', '--weights', 'net.safetensors', '--input', 'x.json', '--json'],
    world,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('"values"');
});

describe('what cannot be', () => {
  test('is listed in one go, and nothing is written', async () => {
    const world = { files: { 'bad.onnx': unsupported } };
    const { code, stderr, stdout, files } = await cnnc(['import', 'bad.onnx', '--json'], world);
    expect(code).toBe(1);
    for (const operator of ['Foo', 'NonZero', 'Det']) expect(stderr).toContain(operator);
    expect((JSON.parse(stdout) as { problems: unknown[] }).problems).toHaveLength(3);
    expect([...files.keys()]).toEqual(['/project/bad.onnx']);
  });

  test('no ONNX file', async () => {
    const { code, stderr } = await cnnc(['import', 'net.cnn'], { files: { 'net.cnn': 'network A {}' } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: net\.cnn: .*\n {2}help: /);
  });

  test.each([
    [['--dim', 'height'], '--dim takes NAME=VALUE'],
    [['--dim', 'height=0'], '--dim takes a whole number from 1 to 999999999'],
    [['--constant', 'k'], '--constant takes NAME=VALUE'],
  ])('options %j', async (options, message) => {
    const { code, stderr } = await cnnc(['import', 'two.onnx', ...options], { files: { 'two.onnx': twice } });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  test('files that are there stay, unless --force says otherwise', async () => {
    const world = { files: { 'two.onnx': twice, 'net.cnn': 'mine' } };
    const { code, stderr, files } = await cnnc(['import', 'two.onnx'], world);
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'error: net.cnn is there already; --force overwrites\n' });
    expect([...files.keys()]).not.toContain('/project/net.safetensors');
    expect((await cnnc(['import', 'two.onnx', '--force'], world)).code).toBe(0);
  });
});

describe('external data', () => {
  const model = (location: string): Uint8Array =>
    modelBytes({
      name: 'external',
      input: [border('x', [1, 1, 2, 2])],
      output: [border('y', [1, 1, 2, 2])],
      initializer: [
        {
          ...floats('w', [1, 1, 1, 1], []),
          dataLocation: 1,
          externalData: [
            { key: 'location', value: location },
            { key: 'length', value: '4' },
          ] as never,
        },
      ],
      node: [node('Conv', ['x', 'w'], ['y'], { kernel_shape: [1, 1] })],
    });
  const weight = new Uint8Array(Float32Array.of(2.5).buffer);
  const run = (location: string, ...options: readonly string[]) =>
    cnnc(['import', 'models/m.onnx', '-o', 'out', ...options], {
      files: { 'models/m.onnx': model(location), 'models/w.bin': weight, 'secret.bin': weight },
    });

  test('is read from the folder of the model, if asked for', async () => {
    expect((await run('w.bin')).code).toBe(1);
    const { code, files } = await run('w.bin', '--external-data');
    expect(code).toBe(0);
    expect([...readSafetensors(files.get('/project/out/net.safetensors')!).tensors[0]!.data]).toEqual([2.5]);
  });

  test.each(['../secret.bin', '/project/secret.bin', 'a/../../secret.bin', '..\\secret.bin', 'C:secret.bin', ''])(
    'never from %j',
    async (location) => {
      const { code, files } = await run(location, '--external-data');
      expect(code).toBe(1);
      expect(files.has('/project/out/net.cnn')).toBe(false);
    },
  );
});

const light = new URL('../../../shared/data/onnx-light/', import.meta.url);
describe.skipIf(!existsSync(light))('published graphs, of ../shared/data/onnx-light', () => {
  test.each([
    ['squeezenet', 40, /block fire\(channels: int\)/],
    ['inception_v1', 50, /inception\(64, 96, 128, 16, 32, 32\)/],
    [
      'resnet50',
      50,
      /for \(channels, stride, count\) in \[\(64, 1, 2\), \(128, 2, 3\), \(256, 2, 5\), \(512, 2, 2\)\]/,
    ],
    ['densenet121', 40, /repeat 16 \{ dense_layer \}/],
  ])('%s in at most %i lines', async (name, most, block) => {
    const model = readFileSync(new URL(`light_${name}.onnx`, light));
    const { code, files } = await cnnc(['import', 'm.onnx'], { files: { 'm.onnx': model } });
    expect(code).toBe(0);
    const source = text(files.get('/project/net.cnn'));
    expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(most);
    expect(source).toMatch(block);
  });
});
