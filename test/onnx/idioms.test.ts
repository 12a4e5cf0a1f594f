// Activations, normalisations and biases as PyTorch, TensorFlow and PaddlePaddle export them, and what is not quite one of them.

import { describe, expect, test } from 'vitest';
import { importOnnx } from '../../src/onnx/index.ts';
import { runOracle } from '../support/executors.ts';
import { border, floats, ints, modelBytes, node } from './models.ts';

const number = (name: string, value: number) => floats(name, [], [value]);
const numbers = [
  number('half', 0.5),
  number('one', 1),
  number('three', 3),
  number('six', 6),
  number('root', Math.SQRT2),
  number('zero', 0),
  number('cubic', 0.044715),
  number('outer', Math.sqrt(2 / Math.PI)),
];

function opsOf(nodes: Parameters<typeof modelBytes>[0]['node']): readonly string[] {
  const imported = importOnnx(
    modelBytes({
      name: 'a',
      input: [border('x', ['n', 2, 3, 3])],
      output: [border('y', ['n', 2, 3, 3])],
      initializer: numbers,
      node: nodes ?? [],
    }),
  );
  if ('problems' in imported) throw new Error(imported.problems[0]!.what);
  expect(imported.names.get('y')).toBe(imported.network.graph.nodes.at(-1)!.name);
  return imported.network.graph.nodes.map(({ op }) => op);
}

const erf = [node('Div', ['x', 'root'], ['a']), node('Erf', ['a'], ['b']), node('Add', ['b', 'one'], ['c'])];
const tanh = [
  node('Pow', ['x', 'three'], ['p']),
  node('Mul', ['p', 'cubic'], ['q']),
  node('Add', ['x', 'q'], ['r']),
  node('Mul', ['r', 'outer'], ['a']),
  node('Tanh', ['a'], ['b']),
  node('Add', ['b', 'one'], ['c']),
];
const held = [node('Add', ['x', 'three'], ['a']), node('Clip', ['a', 'zero', 'six'], ['b'])];

describe('is one node', () => {
  test.each([
    ['silu', [node('Sigmoid', ['x'], ['a']), node('Mul', ['x', 'a'], ['y'])]],
    ['gelu', [...erf, node('Mul', ['x', 'c'], ['d']), node('Mul', ['d', 'half'], ['y'])]],
    ['gelu', [...erf, node('Mul', ['x', 'half'], ['d']), node('Mul', ['d', 'c'], ['y'])]],
    ['hard_sigmoid', [...held, node('Div', ['b', 'six'], ['y'])]],
    ['hard_swish', [...held, node('Mul', ['x', 'b'], ['c']), node('Div', ['c', 'six'], ['y'])]],
    ['hard_swish', [...held, node('Div', ['b', 'six'], ['c']), node('Mul', ['c', 'x'], ['y'])]],
    ['mish', [node('Softplus', ['x'], ['a']), node('Tanh', ['a'], ['b']), node('Mul', ['x', 'b'], ['y'])]],
    ['gelu', [...tanh, node('Mul', ['x', 'half'], ['h']), node('Mul', ['h', 'c'], ['y'])]],
    ['hard_swish', [node('HardSigmoid', ['x'], ['a'], { alpha: 1 / 6, beta: 0.5 }), node('Mul', ['a', 'x'], ['y'])]],
  ])('%s', (op, nodes) => expect(opsOf(nodes)).toEqual([op]));
});

describe('stays as it is', () => {
  test.each([
    [
      'a gate of another value',
      [node('Relu', ['x'], ['r']), node('Sigmoid', ['x'], ['a']), node('Mul', ['r', 'a'], ['y'])],
      ['relu', 'sigmoid', 'mul'],
    ],
    [
      'a hard sigmoid of another slope',
      [node('HardSigmoid', ['x'], ['a']), node('Mul', ['a', 'x'], ['y'])],
      ['hard_sigmoid', 'mul'],
    ],
    [
      'an error function of another scale',
      [
        node('Div', ['x', 'three'], ['a']),
        ...erf.slice(1),
        node('Mul', ['x', 'c'], ['d']),
        node('Mul', ['d', 'half'], ['y']),
      ],
      ['divided_by', 'erf', 'plus', 'mul', 'times'],
    ],
  ])('%s', (_, nodes, expected) => expect(opsOf(nodes)).toEqual(expected));
});

/** The operators of a model on [N,4,3,2] whose values are learned or flow; `y` is its output. */
function opsWith(
  initializer: readonly ReturnType<typeof floats>[],
  nodes: ReturnType<typeof node>[],
): readonly string[] {
  const imported = importOnnx(
    modelBytes({
      name: 'a',
      input: [border('x', ['n', 4, 3, 2])],
      output: [border('y', ['n'])],
      initializer: [...numbers, ...initializer],
      node: nodes,
    }),
  );
  if ('problems' in imported) throw new Error(imported.problems[0]!.what);
  const { graph } = imported.network;
  for (const { name, value } of graph.parameters)
    expect(imported.weights.get(name)!.data).toHaveLength(
      graph.types.get(value)!.shape.reduce((product, extent) => product * extent, 1),
    );
  return graph.nodes.map(({ op }) => op);
}

const four = (name: string, dims: readonly number[], value: number) => floats(name, dims, Array<number>(4).fill(value));

/** PyTorch's LayerNorm before operator set 17, over the given axis. */
const written = (axis: number) => [
  node('ReduceMean', ['x'], ['m'], { axes: [axis] }),
  node('Sub', ['x', 'm'], ['d']),
  node('Pow', ['d', 'two'], ['q']),
  node('ReduceMean', ['q'], ['v'], { axes: [axis] }),
  node('Add', ['v', 'small'], ['e']),
  node('Sqrt', ['e'], ['s']),
  node('Div', ['d', 's'], ['u']),
];
const scaled = [node('Mul', ['u', 'w'], ['p']), node('Add', ['p', 'b'], ['y'])];
const two = [number('two', 2), number('small', 0.001)];

/** PyTorch's GroupNorm of two groups, whose instance norm has these factors. */
const grouped = (factor: number) =>
  opsWith(
    [floats('i', [2], [factor, 1]), floats('o', [2], [0, 0]), four('w', [4, 1, 1], 2), four('b', [4, 1, 1], 1)],
    [
      node('Constant', [], ['there'], { value_ints: [0, 2, -1] }),
      node('Constant', [], ['back'], { value_ints: [0, 4, 3, 2] }),
      node('Reshape', ['x', 'there'], ['r']),
      node('InstanceNormalization', ['r', 'i', 'o'], ['n']),
      node('Reshape', ['n', 'back'], ['u']),
      ...scaled,
    ],
  );

describe('normalisations and biases', () => {
  test('of channels', () =>
    expect(opsWith([...two, four('w', [4, 1, 1], 2), four('b', [4, 1, 1], 1)], [...written(1), ...scaled])).toEqual([
      'layer_norm',
    ]));

  test('of the last axis, which become tokens', () =>
    expect(opsWith([...two, floats('w', [2], [2, 3]), floats('b', [2], [0, 1])], [...written(3), ...scaled])).toEqual([
      'reshape',
      'layer_norm',
      'reshape',
    ]));

  test('with a factor along another axis are not one node', () =>
    expect(opsWith([...two, floats('w', [2], [2, 3]), floats('b', [2], [0, 1])], [...written(1), ...scaled])).toContain(
      'sub',
    ));

  test('of groups', () => expect(grouped(1)).toEqual(['group_norm']));
  test('of groups with factors of their own are not one node', () => expect(grouped(3)).toContain('instance_norm'));

  test('a matrix and a sum are a dense layer', () =>
    expect(
      opsWith(
        [floats('w', [2, 2], [1, 2, 3, 4]), floats('b', [2], [1, 2])],
        [node('MatMul', ['x', 'w'], ['m']), node('Add', ['m', 'b'], ['y'])],
      ),
    ).toEqual(['reshape', 'dense', 'reshape']));
});

test.each([
  ['−∞ is the padding of a maximum', -Infinity, ['max_pool']],
  ['another number is not', -1, ['pad', 'max_pool']],
])('%s', (_, value, expected) =>
  expect(
    opsWith(
      [ints('around', [0, 0, 0, 0, 0, 0, 1, 1]), number('least', value)],
      [
        node('Pad', ['x', 'around', 'least'], ['p'], { mode: 'constant' }),
        node('MaxPool', ['p'], ['y'], { kernel_shape: [2, 2] }),
      ],
    ),
  ).toEqual(expected),
);

test('a norm of single numbers is none of channels: it leaves its summand, which a norm of each channel then takes away', () => {
  const imported = importOnnx(
    modelBytes({
      name: 'a',
      input: [border('x', ['n', 3, 1])],
      output: [border('y', ['n', 3, 1])],
      initializer: [
        floats('s', [1], [2]),
        floats('b', [1], [0.5]),
        floats('t', [3], [1, 1, 1]),
        floats('c', [3], [1, 2, 3]),
      ],
      node: [node('LayerNormalization', ['x', 's', 'b'], ['a']), node('InstanceNormalization', ['a', 't', 'c'], ['y'])],
    }),
  );
  if ('problems' in imported) throw new Error(imported.problems[0]!.what);
  const parameters = new Map([...imported.weights].map(([name, { data }]) => [name, data]));
  const inputs = new Map([['x', Float32Array.of(5, -1, 7)]]);
  const { outputs } = runOracle(imported.network.graph, { inputs, parameters, batch: 1 });
  expect([...outputs.values()].map((values) => Array.from(values))).toEqual([[1, 2, 3]]);
});

test('a product is not called what it gives with the bias that it got: the names of values are those of the same numbers', () => {
  const found = importOnnx(
    modelBytes({
      input: [border('x', ['n', 2, 4])],
      output: [{ name: 'y' }],
      initializer: [floats('w', [4, 3], Array<number>(12).fill(1)), floats('b', [3], [1, 2, 3])],
      node: [
        node('MatMul', ['x', 'w'], ['product']),
        node('Add', ['b', 'product'], ['sum']),
        node('Softmax', ['sum'], ['y'], { axis: -1 }),
      ],
    }),
  );
  if ('problems' in found) throw new Error(found.problems.map(({ what }) => what).join('; '));
  expect([...found.names.keys()]).toEqual(['x', 'sum', 'y']);
  expect(found.network.graph.nodes.map(({ name }) => name)).toContain(found.names.get('sum'));
});
