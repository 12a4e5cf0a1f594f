// What random models, compared with onnxruntime, showed to be read wrongly or to be refused without need. Values are closed forms.

import { describe, expect, test } from 'vitest';
import { importOnnx } from '../../src/onnx/index.ts';
import { runOracle } from '../support/executors.ts';
import { border, floats, ints, modelBytes, node } from './models.ts';

type Graph = Parameters<typeof modelBytes>[0];
type Rest = Parameters<typeof modelBytes>[1];

/** The first output's axes as the file has them, and its numbers, of one image. */
function computed(graph: Graph, x: readonly number[], rest: Rest = {}) {
  const imported = importOnnx(modelBytes(graph, rest));
  if ('problems' in imported) throw new Error(imported.problems.map(({ what }) => what).join('; '));
  const { outputs } = runOracle(imported.network.graph, {
    inputs: new Map([['x', Float32Array.from(x)]]),
    parameters: new Map([...imported.weights].map(([name, { data }]) => [name, data])),
    batch: 1,
  });
  return { dims: imported.outputs[0]!.dims, y: Array.from([...outputs.values()][0]!), imported };
}

const problemsOf = (graph: Graph, rest: Rest = {}): readonly string[] => {
  const imported = importOnnx(modelBytes(graph, rest));
  return 'problems' in imported ? imported.problems.map(({ what }) => what) : [];
};

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at + 1);

describe('axes that are not the batch’s are all reduced where the whole tensor is one image', () => {
  const graph = (dims: readonly number[], op: string, axes: readonly number[]): Graph => ({
    input: [border('x', dims)],
    output: [border('y', [])],
    initializer: [ints('flat', [dims.reduce((product, extent) => product * extent)]), ints('shape', dims)],
    // The batch is lost between the two.
    node: [
      node('Reshape', ['x', 'flat'], ['f']),
      node('Reshape', ['f', 'shape'], ['z']),
      node(op, ['z'], ['y'], { axes }),
    ],
  });
  const opset13 = { opsetImport: [{ domain: '', version: 13n }] };

  test.each([
    [[1, 1, 1, 6], [1, 2, 3], [3.5], [6]],
    [[1, 3, 1, 2], [3, -2, 1], [3.5], [6]],
    [[1, 2, 1, 1], [-2, -3, 3], [1.5], [2]],
    [
      [2, 1, 2, 2],
      [1, 2, 3],
      [2.5, 6.5],
      [4, 8],
    ],
    [
      [2, 3, 2, 1],
      [1, 2, 3],
      [3.5, 9.5],
      [6, 12],
    ],
    [[2, 3, 1, 2], [0, 1, 2, 3], [6.5], [12]],
    [[2, 2, 2, 2], [0, 1, 2, 3], [8.5], [16]],
  ])('[%j] along %j', (dims, axes, means, maxima) => {
    const x = upTo(dims.reduce((product, extent) => product * extent));
    const kept = dims.map((extent, at) => (axes.some((axis) => (axis + 4) % 4 === at) ? 1 : extent));
    expect(computed(graph(dims, 'ReduceMean', axes), x, opset13)).toMatchObject({ dims: kept, y: means });
    expect(computed(graph(dims, 'ReduceMax', axes), x, opset13)).toMatchObject({ dims: kept, y: maxima });
  });
});

describe('a BatchNormalization that gives more than its result is in training mode before version 14', () => {
  const graph = (outputs: readonly string[]): Graph => ({
    input: [border('x', ['n', 2, 3])],
    output: [border('y', ['n', 2, 3])],
    initializer: ['s', 'b', 'm', 'v'].map((name) => floats(name, [2], [1, 2])),
    node: [node('BatchNormalization', ['x', 's', 'b', 'm', 'v'], outputs)],
  });
  const said = 'it is in training mode';

  test.each([7n, 8n, 9n, 13n])('%i', (version) => {
    const rest = { opsetImport: [{ domain: '', version }] };
    expect(problemsOf(graph(['y', 'mean', 'var', 'saved_mean', 'saved_var']), rest)).toEqual([said]);
    expect(problemsOf(graph(['y', '', '', '', '']), rest)).toEqual([]);
    expect(problemsOf(graph(['y']), rest)).toEqual([]);
  });
});

describe('Slice backwards', () => {
  const graph = (dims: readonly (number | string)[], axes: readonly number[], steps: readonly number[]): Graph => ({
    input: [border('x', dims)],
    output: [border('y', [])],
    initializer: [
      ints(
        'starts',
        axes.map(() => -1),
      ),
      ints(
        'ends',
        axes.map(() => -(2 ** 31)),
      ),
      ints('axes', axes),
      ints('steps', steps),
    ],
    node: [node('Slice', ['x', 'starts', 'ends', 'axes', 'steps'], ['y'])],
  });

  test('turns channels around, as from RGB to BGR', () => {
    expect(computed(graph(['n', 3, 1, 2], [1], [-1]), upTo(6))).toMatchObject({
      dims: [3, 1, 2],
      y: [5, 6, 3, 4, 1, 2],
    });
  });

  test('mirrors, and takes every second row from below', () => {
    const y = [9, 8, 7, 3, 2, 1];
    expect(computed(graph(['n', 1, 3, 3], [2, 3], [-2, -1]), upTo(9))).toMatchObject({ dims: [1, 2, 3], y });
  });

  test('of one element, and of all images', () => {
    expect(computed(graph(['n', 1, 2], [1], [-1]), [1, 2])).toMatchObject({ dims: [1, 2], y: [1, 2] });
    expect(computed(graph([2, 2], [0], [-1]), upTo(4))).toMatchObject({ dims: [2, 2], y: [3, 4, 1, 2] });
  });

  test('is refused where it would be more than 256 parts', () => {
    expect(problemsOf(graph(['n', 1, 257], [2], [-1]))).toEqual(['it takes 257 parts of a value']);
  });
});

describe('what leads to no output', () => {
  const dead = [node('Unique', ['x'], ['places']), node('Cast', ['ids'], ['id'], { to: 7 })];
  const ids = { name: 'ids', type: { tensorType: { elemType: 7, shape: { dim: [] } } } };
  const graph = (nodes: Graph['node']): Graph => ({
    input: [border('x', ['n', 2]), ids],
    output: [border('y', ['n', 2])],
    node: nodes ?? [],
  });

  test('may be of operators and inputs that are not supported', () => {
    const { y, imported } = computed(graph([...dead, node('Relu', ['x'], ['y'])]), [-1, 2]);
    expect(y).toEqual([0, 2]);
    expect(imported).toMatchObject({ inputs: ['x'], notes: [] });
  });

  test('does not hide what leads to one', () => {
    const said = problemsOf(graph([...dead, node('Mul', ['places', 'id'], ['y'])]));
    expect(said).toEqual(['this operator is not supported', 'the input "ids" is of int64, and networks take floats']);
  });
});

describe('initializers that cannot be read', () => {
  const dims = [2n];
  const inFile = (name: string) => ({
    ...{ name, dims, dataType: 1, dataLocation: 1 },
    externalData: [{ key: 'location', value: 'w.bin' }],
  });
  const strange = (name: string) => ({ name, dims, dataType: 17 });
  const graph = (initializer: Graph['initializer'], nodes: Graph['node']): Graph => ({
    input: [border('x', ['n', 2])],
    output: [border('y', ['n', 2])],
    initializer: [...(initializer ?? []), floats('last', [2], [1, 2])],
    node: nodes ?? [],
  });
  const mul = (by: string, x: string, y: string) => node('Mul', [x, by], [y]);

  test('are all named, those of one kind once, and nodes that read them are not to blame', () => {
    const initializer = [inFile('a'), strange('b'), inFile('c'), inFile('d')];
    const nodes = [
      mul('a', 'x', 'p'),
      mul('b', 'p', 'q'),
      mul('c', 'q', 'r'),
      mul('d', 'r', 's'),
      mul('last', 's', 'y'),
    ];
    expect(problemsOf(graph(initializer, nodes))).toEqual([
      'tensor "a" is in another file, "w.bin", and such files are not read unless asked for; so are 2 more',
      'tensor "b" is of element type 17, which is not read',
    ]);
  });

  test('do no harm where nothing reads them', () => {
    const { y } = computed(graph([strange('a'), inFile('b')], [mul('last', 'x', 'y')]), [3, 4]);
    expect(y).toEqual([3, 8]);
  });
});

test.each([
  [[2, 3, 2], Array<number>(12).fill(7)],
  [[2, 1, 2], Array<number>(4).fill(7)],
  [
    [1, 2, 1],
    [7, 7],
  ],
])('a number becomes %j', (dims, y) => {
  const graph = {
    input: [border('x', ['n', 1, 1, 1])],
    output: [border('y', ['n', ...dims])],
    initializer: [ints('shape', [1, ...dims])],
    node: [node('Expand', ['x', 'shape'], ['y'])],
  };
  expect(computed(graph, [7])).toMatchObject({ dims, y });
});

test('a cast to 16 bits is said to keep more of them', () => {
  const graph = {
    input: [border('x', ['n', 2])],
    output: [border('y', ['n', 2])],
    node: [node('Cast', ['x'], ['h'], { to: 10 }), node('Cast', ['h'], ['y'], { to: 1 })],
  };
  expect(importOnnx(modelBytes(graph))).toMatchObject({ notes: ['numbers of 16 bits are computed in f32'] });
});
