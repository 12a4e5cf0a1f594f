// Models whose axis 0 does not stay the batch, as where attention joins it with its heads or windows: one image, whose axis of extent 1 is
// left out, so that pictures and classes are what they are elsewhere. And weights that a file has once for nodes that differ.

import { expect, test } from 'vitest';
import { typeOf } from '../../compiler/ir/signature.ts';
import { operators } from '../../compiler/ops/index.ts';
import { importOnnx } from '../../src/onnx/index.ts';
import type { Imported } from '../../src/onnx/index.ts';
import { ownModel } from '../../src/recover/model.ts';
import { runOracle } from '../support/executors.ts';
import { border, floats, ints, modelBytes, node } from './models.ts';

type Graph = Parameters<typeof modelBytes>[0];

function imported(graph: Graph): Imported {
  const found = importOnnx(modelBytes(graph));
  if ('problems' in found) throw new Error(found.problems.map(({ what }) => what).join('; '));
  return found;
}

const shapesOf = ({ network: { graph } }: Imported) => [
  graph.inputs.map(({ value }) => typeOf(graph, value).shape),
  graph.outputs.map(({ value }) => typeOf(graph, value).shape),
];

/** The batch is joined with the channels, and parted again. */
const joined = (first: string | number, numbers = 12): Graph => ({
  input: [border('x', [first, 2, 2, 3])],
  output: [{ name: 'y' }, { name: 'z' }],
  initializer: [ints('to', [-1, 6]), ints('back', [1, numbers])],
  node: [
    node('Reshape', ['x', 'to'], ['rows']),
    node('Softmax', ['rows'], ['s'], { axis: -1 }),
    node('Reshape', ['s', 'back'], ['y']),
    node('Neg', ['x'], ['z']),
  ],
});

test('of one image, axis 0 of inputs and outputs is left out', () => {
  for (const first of [1, 'batch']) {
    const found = imported(joined(first));
    expect(found.batched).toBe(false);
    expect(found.outputs).toEqual([
      { name: 'y', dims: [1, 12] },
      { name: 'z', dims: [1, 2, 2, 3] },
    ]);
    expect(shapesOf(found)).toEqual([[[2, 2, 3]], [[12], [2, 2, 3]]]);
  }
});

test('of several images that are one, all axes are kept', () => {
  const found = imported(joined(3, 36));
  expect(found.batched).toBe(false);
  expect(shapesOf(found)).toEqual([[[36]], [[1, 36], [36]]]);
});

test('an axis of four is worked along without those of extent 1, so that a layer norm is found', () => {
  const found = imported({
    input: [border('x', [1, 2, 3, 4])],
    output: [{ name: 'y' }],
    initializer: [ints('rows', [6, 4]), floats('two', [], [2]), floats('e', [], [1e-5])],
    node: [
      node('ReduceMean', ['x'], ['m'], { axes: [-1] }),
      node('Sub', ['x', 'm'], ['d']),
      node('Pow', ['d', 'two'], ['q']),
      node('ReduceMean', ['q'], ['v'], { axes: [-1] }),
      node('Add', ['v', 'e'], ['a']),
      node('Sqrt', ['a'], ['s']),
      node('Div', ['d', 's'], ['n']),
      node('Reshape', ['n', 'rows'], ['y']),
    ],
  });
  const ops = found.network.graph.nodes.map(({ op }) => op);
  expect(ops).toContain('layer_norm');
  expect(ops).not.toContain('reduce');
});

/** x [1,1,4,4] through one filter of ones, two times. */
const twice = (first: object, second: object): Graph => ({
  input: [border('x', ['n', 1, 4, 4])],
  output: [{ name: 'y' }, { name: 'z' }],
  initializer: [floats('w', [1, 1, 2, 2], [1, 1, 1, 1])],
  node: [node('Conv', ['x', 'w'], ['y'], { ...first }), node('Conv', ['x', 'w'], ['z'], { ...second })],
});

test('layers of one weight that differ in their attributes have a copy each, as a text has', () => {
  const found = imported(twice({}, { dilations: [2, 2] }));
  const { text, graph, tensors } = ownModel(found, operators);
  expect(text).not.toContain('share');
  expect(tensors.map(({ data }) => Array.from(data))).toEqual([
    [1, 1, 1, 1],
    [1, 1, 1, 1],
  ]);
  const x = Float32Array.from({ length: 16 }, (_, at) => at);
  const parameters = new Map(tensors.map(({ name, data }) => [name, data]));
  const { outputs } = runOracle(graph, { inputs: new Map([['x', x]]), parameters, batch: 1 });
  // Corners of each window: 0 + 1 + 4 + 5, and 0 + 2 + 8 + 10 of the dilated one.
  expect([...outputs.values()].map((values) => values[0])).toEqual([10, 20]);
  expect(ownModel(imported(twice({}, {})), operators).text).toContain('share');
});

test('layers of one weight on maps of two sizes: padding that is `same` for one of them is written in numbers', () => {
  const uneven = { pads: [0, 0, 1, 1], strides: [2, 2] };
  const { input, initializer } = twice({}, {});
  const found = imported({
    input: input!,
    initializer: [...initializer!, ints('a', [0, 0]), ints('b', [3, 3]), ints('c', [2, 2]), ints('axes', [2, 3])],
    output: [{ name: 'y' }, { name: 'z' }],
    node: [
      node('Slice', ['x', 'a', 'b', 'axes'], ['cut']),
      node('Conv', ['x', 'w'], ['y'], { ...uneven, pads: [0, 0, 0, 0] }),
      node('Conv', ['cut', 'w'], ['odd'], uneven),
      node('Slice', ['cut', 'a', 'c', 'axes'], ['less']),
      node('Conv', ['less', 'w'], ['even'], uneven),
      node('ReduceSum', ['odd'], ['one'], { keepdims: 1 }),
      node('ReduceSum', ['even'], ['two'], { keepdims: 1 }),
      node('Add', ['one', 'two'], ['z']),
    ],
  });
  expect(ownModel(found, operators).text).toMatch(/share \w+ = conv\(1, kernel: 2, stride: 2, padding: \(0, 0, 1, 1\)/);
});
