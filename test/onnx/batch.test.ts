// Axis 0 of a file as the batch: where a node makes another number of images of it, the whole tensor is one image, with the shape that
// ONNX's shape inference gives and onnxruntime computes.

import { expect, test } from 'vitest';
import { operators } from '../../compiler/ops/index.ts';
import { importOnnx } from '../../src/onnx/index.ts';
import { ownModel } from '../../src/recover/model.ts';
import { runOracle } from '../support/executors.ts';
import { border, floats, ints, modelBytes, node } from './models.ts';

type Graph = Parameters<typeof modelBytes>[0];
type Nodes = NonNullable<Graph['node']>;
type Tensors = NonNullable<Graph['initializer']>;

/** Of the output: its shape in the file, N for the batch. */
function shapeOf(nodes: Nodes, initializer: Tensors, dims: readonly (number | string)[]): string {
  const bytes = modelBytes({
    name: 'a',
    input: [border('x', dims)],
    output: [border('y', [])],
    initializer,
    node: nodes,
  });
  const found = importOnnx(bytes, { dims: new Map([['n', 2]]) });
  if ('problems' in found) throw new Error(found.problems.map(({ what }) => what).join('; '));
  return [...(found.batched ? ['N'] : []), ...found.outputs[0]!.dims].join();
}

const three = floats('c', [3, 2], [1, 2, 1, 2, 1, 2]);
const add = [node('Add', ['x', 'c'], ['y'])];
const mul = [node('MatMul', ['x', 'c'], ['y'])];
const pow = [node('Pow', ['x', 'c'], ['y'])];
const expand = [node('Expand', ['x', 'to'], ['y'])];
const slice = [node('Slice', ['x', 'from', 'to'], ['y'])];
const resize = [node('Resize', ['x', '', '', 'to'], ['y'], { mode: 'nearest' })];
const flat = [node('Reshape', ['x', 'to'], ['y'])];
/** [2N, 2] of N images. */
const twice = [
  node('Shape', ['x'], ['s'], { start: 0, end: 1 }),
  node('Mul', ['s', 'two'], ['t']),
  node('Concat', ['t', 'rest'], ['to'], { axis: 0 }),
  node('Reshape', ['x', 'to'], ['y']),
];

test.each([
  ['Add of a constant that makes one image three', add, [three], [1, 2], '3,2'],
  ['Add of a constant for the three images of the file', add, [three], [3, 2], 'N,2'],
  ['Add of a constant for three of n images', add, [floats('c', [1, 2], [1, 2])], ['n', 2], 'N,2'],
  ['MatMul that makes one image three', mul, [floats('c', [3, 2, 1], [1, 2, 1, 2, 1, 2])], [1, 4, 2], '3,4,1'],
  ['Pow by exponents of more axes', pow, [floats('c', [1, 1, 2], [1, 2])], ['n', 2], '1,2,2'],
  ['Expand to more images', expand, [ints('to', [4, 3])], [1, 3], '4,3'],
  ['Expand of other axes', expand, [ints('to', [1, 3])], ['n', 1], 'N,3'],
  ['Slice of the first of n images', slice, [ints('from', [0]), ints('to', [1])], ['n', 3], '1,3'],
  ['Slice of all of two images', slice, [ints('from', [0]), ints('to', [2])], [2, 3], 'N,3'],
  ['Slice of one of two images', slice, [ints('from', [0]), ints('to', [1])], [2, 3], '1,3'],
  ['Resize of two images to one', resize, [ints('to', [1, 4])], [2, 2], '1,4'],
  ['Resize of each of two images', resize, [ints('to', [2, 4])], [2, 2], 'N,4'],
  ['Reshape of two images to one', flat, [ints('to', [1, -1])], [2, 4], '1,8'],
  ['Reshape to twice as many images', twice, [ints('two', [2]), ints('rest', [-1])], ['n', 4], '4,2'],
] as const)('%s', (_, nodes, initializer, dims, expected) => {
  expect(shapeOf(nodes, initializer, dims)).toBe(expected);
});

test('each matrix of a constant is a tensor of its own, as a text can say it', () => {
  const data = [1, 2, 3, 4, 5, 6, 7, 8];
  const model = importOnnx(
    modelBytes({
      name: 'a',
      input: [border('x', ['n', 2, 1, 2])],
      output: [border('y', [])],
      initializer: [floats('c', [1, 2, 2, 2], data)],
      node: [node('MatMul', ['x', 'c'], ['y'])],
    }),
  );
  if ('problems' in model) throw new Error(model.problems.map(({ what }) => what).join('; '));
  const { graph, tensors } = ownModel(model, operators);
  const parameters = new Map(tensors.map((tensor) => [tensor.name, tensor.data]));
  const { outputs } = runOracle(graph, {
    inputs: new Map([['x', Float32Array.of(1, 10, 1, 10)]]),
    parameters,
    batch: 1,
  });
  // [1, 10] times [[1, 2], [3, 4]] and [[5, 6], [7, 8]]
  expect([...outputs.values()].map((values) => Array.from(values))).toEqual([[31, 42, 75, 86]]);
});
