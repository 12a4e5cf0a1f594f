// `cnnc compare`: networks, models, modules and targets against each other, and models against onnxruntime.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { decodeModel, isProblem } from '../../src/onnx/file/decode.ts';
import { border, modelBytes, node, smallModel } from '../onnx/models.ts';
import { cnnc } from './harness.ts';
import type { World } from './harness.ts';

interface Printed {
  readonly sides: readonly string[];
  readonly values: readonly { name: string; other?: string; relative: number; shape: number[]; isOutput: boolean }[];
  readonly first?: string;
  readonly unmatched: readonly (readonly string[])[];
}

const net = `network A {
  input x: [1, 6, 6]
  conv(3, kernel: 3) -> relu -> max_pool(2)
  flatten
  y = dense(4)
  output y
}
`;
const files = { 'a.cnn': net, 'm.onnx': smallModel };

async function compared(argv: readonly string[], world: World = { files }) {
  const { code, stdout, stderr } = await cnnc(['compare', ...argv, '--json'], world);
  expect({ argv, stderr }).toEqual({ argv, stderr: expect.not.stringContaining('error') });
  return { code, stderr, ...(JSON.parse(stdout) as Printed) };
}

describe('targets', () => {
  test('agree with the definitions, value by value, in the order in which they are computed', async () => {
    for (const target of ['js', 'wasm']) {
      const { code, values, stderr } = await compared(['a.cnn@reference', `a.cnn@${target}`, '--weights', 'random:1']);
      expect(code).toBe(0);
      expect(values.map(({ name }) => name)).toEqual(['conv1', 'relu1', 'max_pool1', 'flatten1', 'y']);
      for (const { relative } of values) expect(relative).toBeLessThan(1e-6);
      expect(stderr).toBe('note: without --input, both get the same made-up numbers, [1, 6, 6]\n');
    }
  });

  test('several images at once', async () => {
    const image = [0, 1, 2, 3, 4, 5].map((row) => [row, 1, 2, -3, row, 0.5]);
    const world = { files: { ...files, 'x.json': JSON.stringify([0, 1, 2, 3, 4].map(() => [image])) } };
    const { code, values } = await compared(
      ['a.cnn@reference', 'a.cnn@wasm', '--weights', 'random:1', '--input', 'x.json'],
      world,
    );
    expect({ code, count: values.length }).toEqual({ code: 0, count: 5 });
  });
});

test('other weights are a difference from the first layer on, with the exit code 1', async () => {
  const argv = ['a.cnn', 'a.cnn', '--weights', 'random:1', '--other-weights', 'random:2'];
  expect(await compared(argv)).toMatchObject({ code: 1, first: 'conv1' });
  expect((await compared([...argv, '--tolerance', '10'])).code).toBe(0);
});

test('a model is its imported text, bit for bit, whatever the values are called there', async () => {
  const { files: imported } = await cnnc(['import', 'm.onnx'], { files });
  const given = Object.fromEntries(imported);
  const same = await compared(['m.onnx', 'net.cnn', '--weights', 'net.safetensors'], { files: given });
  expect(same.values.length).toBeGreaterThanOrEqual(4);
  expect(same.values.every(({ relative }) => relative === 0)).toBe(true);

  const world = {
    files: {
      ...given,
      'other.cnn': `network Other {
  input x: [1, 4, 4]
  mine = conv(2, kernel: 3)
  relu
  flatten
  scores = dense(3, bias: false)
  output scores
}
`,
      'other.names.json': JSON.stringify({ names: { a: 'mine', y: 'scores' } }),
    },
  };
  const argv = ['m.onnx', 'other.cnn', '--weights', 'net.safetensors', '--match', 'order'];
  const { code, values } = await compared(argv, world);
  expect(code).toBe(0);
  expect(values.map(({ other }) => other)).toEqual(expect.arrayContaining(['mine', 'scores']));
});

test('a model that the language has no words for, whose output has a name of its own', async () => {
  const model = modelBytes({
    name: 'endless',
    input: [border('x', ['n', 3])],
    output: [border('relu1', ['n', 3])],
    node: [node('Relu', ['x'], ['r']), node('Elu', ['r'], ['relu1'], { alpha: Infinity })],
  });
  const { code, values } = await compared(['e.onnx@reference', 'e.onnx@wasm'], { files: { 'e.onnx': model } });
  expect(code).toBe(0);
  expect(values.map(({ isOutput }) => isOutput)).toContain(true);
});

test('of a module there are outputs only', async () => {
  const { files: compiled } = await cnnc(
    ['compile', 'a.cnn', '-o', 'out', '--target', 'js', '--weights', 'random:1', '--embed'],
    { files },
  );
  const { code, values } = await compared(['out/net.js', 'a.cnn@wasm', '--weights', 'random:1'], {
    files: Object.fromEntries(compiled),
  });
  expect(code).toBe(0);
  expect(values.map(({ name }) => name)).toEqual(['y']);
});

describe('what is refused', () => {
  const other = net.replace('[1, 6, 6]', '[1, 8, 8]');
  const world = { files: { ...files, 'b.cnn': other, 'a.names.json': '{"names": 3}', 'c.cnn': net } };
  test.each([
    [['c.cnn'], 2, 'give two files to compare'],
    [['c.cnn', 'm.onnx', '--against', 'onnxruntime'], 2, 'give two files to compare'],
    [['c.cnn@gpu', 'c.cnn'], 2, 'there is no target gpu; there are js, wasm, reference'],
    [['c.cnn', 'c.cnn'], 2, 'A needs --weights'],
    [['c.cnn', 'b.cnn', '--weights', 'random:1'], 1, 'the inputs differ: c.cnn takes x [1, 6, 6], b.cnn x [1, 8, 8]'],
    [['a.cnn', 'c.cnn', '--weights', 'random:1'], 1, 'a.names.json: there is no table `names`'],
    [['c.cnn', '--against', 'onnxruntime', '--weights', 'random:1'], 2, '--against onnxruntime takes an .onnx file'],
    [['m.onnx', '--against', 'onnxruntime'], 1, '`npm install onnxruntime-node` in this folder'],
    [['m.onnx', 'm.onnx', '--tolerance', 'x'], 2, '--tolerance takes a number from 0 on'],
  ])('%j', async (argv, expected, message) => {
    const { code, stderr } = await cnnc(['compare', ...argv], world);
    expect({ code, stderr }).toEqual({ code: expected, stderr: expect.stringContaining(message) });
  });
});

describe('--against onnxruntime', () => {
  test('asks for every value that the file names, one image at a time', async () => {
    const asked: { readonly outputs: readonly string[]; readonly dims: readonly number[] }[] = [];
    const installed = {
      Tensor: function tensor(type: string, data: Float32Array, dims: readonly number[]) {
        return { type, data, dims };
      },
      InferenceSession: {
        create(bytes: Uint8Array) {
          const model = decodeModel(bytes);
          if (isProblem(model)) throw new Error(model.what);
          const outputs = model.graph!.output.map(({ name }) => name);
          const run = ({ x }: Record<string, { dims: readonly number[] }>) => {
            asked.push({ outputs, dims: x!.dims });
            const sizes: Record<string, number> = { a: 8, b: 8, c: 8, y: 3 };
            const tensor = (name: string) => ({
              type: 'float32',
              data: new Float32Array(sizes[name]!),
              dims: [1, sizes[name]!],
            });
            return Promise.resolve(Object.fromEntries(outputs.map((name) => [name, tensor(name)])));
          };
          return Promise.resolve({ run });
        },
      },
    };
    const image = [0, 1, 2, 3].map(() => [1, 1, 1, 1]);
    const world = {
      files: { ...files, 'x.json': JSON.stringify([[image], [image]]) },
      packages: { 'onnxruntime-node': { default: installed } },
    };
    // It gives zeros, so that the first value that is none is the first difference.
    const { code, first, values } = await compared(['m.onnx', '--against', 'onnxruntime', '--input', 'x.json'], world);
    expect(asked).toEqual([0, 1].map(() => ({ outputs: ['y', 'a', 'b', 'c'], dims: [1, 1, 4, 4] })));
    expect({ code, first }).toEqual({ code: 1, first: values[0]!.name });
    expect(values.map(({ other }) => other)).toEqual(expect.arrayContaining(['a', 'b']));
    expect(values.at(-1)).toMatchObject({ isOutput: true, relative: 1 });
  });

  const place = new URL('../bench/package.json', import.meta.url);
  const model = new URL('../../../shared/data/models/mnist-8/model.onnx', import.meta.url);
  const isThere = existsSync(new URL('node_modules/onnxruntime-node', place)) && existsSync(model);
  test.skipIf(!isThere)('mnist-8 agrees with it, layer by layer (needs test/bench and ../shared/data)', async () => {
    const world = {
      files: { 'm.onnx': readFileSync(model) },
      packages: { 'onnxruntime-node': createRequire(place)('onnxruntime-node') as unknown },
    };
    const { code, values } = await compared(['m.onnx@wasm', '--against', 'onnxruntime'], world);
    expect(code).toBe(0);
    // Every value of the file but two changes of shape, and a product that is one layer with the bias behind it.
    expect(values.map(({ name, other }) => other ?? name)).toEqual(
      [
        'Convolution28',
        'Plus30',
        'ReLU32',
        'Pooling66',
        'Convolution110',
        'Plus112',
        'ReLU114',
        'Pooling160',
        'Plus214',
      ].map((name) => `${name}_Output_0`),
    );
    for (const { relative } of values) expect(relative).toBeLessThan(1e-5);
  });
});
