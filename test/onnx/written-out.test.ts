// What ONNX says in several nodes, or about places and not numbers, and the language in one step: the thresholds of softplus, places of
// maxima, the mean square, momentum. Values are PyTorch 1.13's in f64, or closed forms.

import { describe, expect, test } from 'vitest';
import { importOnnx } from '../../src/onnx/index.ts';
import { runOracle } from '../support/executors.ts';
import { border, floats, ints, modelBytes, node } from './models.ts';

type Graph = Parameters<typeof modelBytes>[0];

/** The operators that a file is read as, and what they make of `numbers`, which is one image. */
function computed(graph: Graph, numbers: readonly number[], others: Readonly<Record<string, readonly number[]>> = {}) {
  const imported = importOnnx(modelBytes(graph));
  if ('problems' in imported) throw new Error(imported.problems.map(({ what }) => what).join('; '));
  const weights = new Map([...imported.weights].map(([name, { data }]) => [name, data]));
  const inputs = new Map(
    Object.entries({ x: numbers, ...others }).map(([name, data]) => [name, Float32Array.from(data)]),
  );
  const { outputs } = runOracle(imported.network.graph, { inputs, parameters: weights, batch: 1 });
  const { nodes } = imported.network.graph;
  return { nodes, ops: nodes.map(({ op }) => op), found: Array.from([...outputs.values()][0]!) };
}

const problemsOf = (graph: Graph): readonly string[] => {
  const imported = importOnnx(modelBytes(graph));
  return 'problems' in imported ? imported.problems.map(({ what }) => what) : [];
};

const close = (found: readonly number[], expected: readonly number[]): void => {
  expect(found).toHaveLength(expected.length);
  for (const [at, number] of expected.entries()) expect(found[at]).toBeCloseTo(number, 12);
};

describe('softplus', () => {
  const x = [-3, -0.5, 0.25, 0.5, 0.75, 4];
  const model = (beta: number, nodes: Graph['node'], threshold = 0): Graph => ({
    input: [border('x', ['n', 6])],
    output: [border('y', ['n', 6])],
    initializer: [floats('beta', [], [beta]), floats('inverse', [], [1 / beta]), floats('threshold', [], [threshold])],
    node: nodes ?? [],
  });
  const curve = (y: string) => [
    node('Mul', ['x', 'beta'], ['z']),
    node('Softplus', ['z'], ['s']),
    node('Div', ['s', 'beta'], [y]),
  ];
  // F.softplus(x, beta=0.5)
  const half = [
    ...[0.4028265559655048, 1.1518788397576871, 1.5151980706343382],
    ...[1.6518788397576871, 1.79624652827968, 4.253856022085945],
  ];
  // F.softplus(x, beta=2, threshold=1): 2 · 0.5 is not above 1, 2 · 0.75 is.
  const double = [0.0012378425688652247, 0.15663084375911143, 0.48703849209005334, 0.6566308437591114, 0.75, 4];

  test('of another beta, divided by it or multiplied by its inverse', () => {
    const multiplied = [...curve('y').slice(0, 2), node('Mul', ['s', 'inverse'], ['y'])];
    for (const nodes of [curve('y'), multiplied]) {
      const { nodes: read, found } = computed(model(0.5, nodes), x);
      expect(read).toMatchObject([{ op: 'softplus', attributes: { beta: 0.5, threshold: 20 } }]);
      close(found, half);
    }
  });

  test.each([
    ['Greater', ['z', 'threshold']],
    ['Less', ['threshold', 'z']],
  ] as const)('of a threshold, as PyTorch since 2.5 exports it, by %s', (opType, operands) => {
    const nodes = [...curve('c'), node(opType, operands, ['b']), node('Where', ['b', 'x', 'c'], ['y'])];
    const { nodes: read, found } = computed(model(2, nodes, 1), x);
    expect(read).toMatchObject([{ op: 'softplus', attributes: { beta: 2, threshold: 1 } }]);
    close(found, double);
  });

  test.each([
    ['divided by another number', [...curve('c').slice(0, 2), node('Div', ['s', 'threshold'], ['y'])]],
    ['of another value', [node('Relu', ['x'], ['z']), ...curve('y').slice(1)]],
  ])('%s is none', (_, nodes) => {
    expect(computed(model(2, nodes, 1), x).ops).toHaveLength(3);
    expect(computed(model(2, nodes, 1), x).ops.at(-1)).toMatch(/times|divided_by/);
  });

  test('other choices are what they choose', () => {
    const compare = node('Greater', ['z', 'threshold'], ['b']);
    const z = x.map((value) => 2 * value);
    const chosen = (then: readonly number[], otherwise: readonly number[], by: readonly number[] = z): number[] =>
      x.map((_, at) => (by[at]! > 1 ? then[at]! : otherwise[at]!));
    // Where 2x is above 1, the curve is ln(1 + e^2x) / 2.
    const whole = x.map((value) => Math.log1p(Math.exp(2 * value)) / 2);
    const choice = (names: readonly string[]) =>
      computed(model(2, [...curve('c'), compare, node('Where', names, ['y'])], 1), x).found;
    close(choice(['b', 'c', 'x']), chosen(whole, x));
    close(choice(['b', 'z', 'c']), chosen(z, whole));
    const other = [...curve('c'), node('Greater', ['x', 'threshold'], ['b']), node('Where', ['b', 'x', 'c'], ['y'])];
    close(computed(model(2, other, 1), x).found, chosen(x, whole, x));
  });
});

describe('the places of maxima', () => {
  const picture = [5, 1, 2, 8, 3, 0, 7, 4, 6, 9, 2, 3, 1, 0, 4, 6, 2, 8, 5, 7, 1, 9, 3, 2, 6];
  const windows = { kernel_shape: [2, 2], strides: [3, 3], pads: [1, 1, 1, 1] };
  const model = (
    pool: Readonly<Record<string, number | readonly number[]>>,
    nodes: Graph['node'],
    { output = 'y', start = 1 } = {},
  ): Graph => ({
    input: [border('x', ['n', 1, 5, 5]), border('v', ['n', 1, 2, 2])],
    output: [border(output, ['n'])],
    initializer: [
      floats('out', [], [-Infinity]),
      ints('pads', [0, 0, 1, 1, 0, 0, 1, 1]),
      ...[ints('starts', [start, start]), ints('ends', [6, 6]), ints('axes', [2, 3])],
    ],
    node: [node('MaxPool', ['x'], ['m', 'p'], pool), ...(nodes ?? [])],
  });
  // MaxUnpool2d(2, stride=3, padding=1) of MaxPool2d's indices, to 5 × 5.
  const expected = [1, 0, 0, 2, 0, ...Array<number>(10).fill(0), 3, 0, 4, ...Array<number>(7).fill(0)];
  const v = [1, 2, 3, 4];

  test('are where MaxUnpool puts numbers, in a result of the shape that is given', () => {
    const nodes = [node('Shape', ['x'], ['s']), node('MaxUnpool', ['v', 'p', 's'], ['y'], windows)];
    const { nodes: read, found } = computed(model(windows, nodes), picture, { v });
    expect(read).toMatchObject([{ op: 'max_unpool', attributes: { kernel: [2, 2], padding: [1, 1, 1, 1] } }]);
    expect(found).toEqual(expected);
  });

  test('and in one that the windows cover', () => {
    // 5 pixels in windows of 2, 3 apart, without padding: 0 1 · 3 4
    const plain = { ...windows, pads: [0, 0, 0, 0] };
    const { ops, found } = computed(model(plain, [node('MaxUnpool', ['v', 'p'], ['y'], plain)]), picture, { v });
    expect(ops).toEqual(['max_unpool']);
    expect(found).toEqual([
      ...[0, 0, 0, 0, 0],
      ...[0, 1, 0, 0, 2],
      ...[0, 0, 0, 0, 0],
      ...[0, 0, 0, 0, 4],
      0,
      3,
      0,
      0,
      0,
    ]);
  });

  test('in a picture with −∞ around it, whose numbers are cut out again', () => {
    const inside = { ...windows, pads: [0, 0, 0, 0] };
    const nodes = (ends: string) => [
      node('Pad', ['x', 'pads', 'out'], ['w']),
      node('MaxPool', ['w'], ['', 'q'], inside),
      node('Shape', ['w'], ['s']),
      node('MaxUnpool', ['v', 'q', 's'], ['u'], inside),
      node('Slice', ['u', 'starts', ends, 'axes'], ['y']),
    ];
    const { nodes: read, found } = computed(model(windows, nodes('ends')), picture, { v });
    expect(read).toMatchObject([{ op: 'max_unpool', attributes: { padding: [1, 1, 1, 1] } }]);
    expect(found).toEqual(expected);
    const elsewhere = model(windows, nodes('ends'), { start: 0 });
    expect(computed(elsewhere, picture, { v }).ops).toEqual(['pad', 'max_unpool', 'slice', 'slice']);
  });

  test('are refused where they are read as numbers, put out, or of other windows', () => {
    const unpool = node('MaxUnpool', ['v', 'p'], ['y'], windows);
    expect(problemsOf(model(windows, [node('Relu', ['p'], ['y'])]))).toEqual(['it computes with the places of maxima']);
    expect(problemsOf(model(windows, [], { output: 'p' }))).toEqual([
      'the output "p" is the places of maxima, and networks give numbers',
    ]);
    expect(problemsOf(model({ ...windows, storage_order: 1 }, [unpool]))).toEqual([
      'it counts places down the columns (storage_order = 1)',
    ]);
    expect(problemsOf(model({ ...windows, dilations: [2, 2] }, [unpool]))).toEqual([
      'it gives the places of maxima of windows with gaps',
    ]);
    // (2 − 1) · 3 + 2 − 1 − 1 pixels
    expect(problemsOf(model(windows, [unpool]))).toEqual([
      'its result is [1, 3, 3], and its places are those of [1, 5, 5]',
    ]);
    expect(problemsOf(model(windows, [node('MaxUnpool', ['v', 'v'], ['y'], windows)]))).toEqual([
      'its places are numbers',
    ]);
  });
});

describe('the root of a mean square', () => {
  const model = (nodes: Graph['node'], dims: readonly number[] = [2, 2]): Graph => ({
    input: [border('x', ['n', ...dims])],
    output: [border('y', ['n', ...dims])],
    initializer: [
      ...[floats('small', [], [0.5]), floats('one', [], [1]), floats('two', [], [2])],
      ...[floats('w', [2], [10, 100]), floats('each', [2, 2], [1, 2, 3, 4])],
    ],
    node: nodes ?? [],
  });
  const root = (axes: readonly number[], square = node('Mul', ['x', 'x'], ['q'])) => [
    square,
    node('ReduceMean', ['q'], ['m'], { axes }),
    node('Add', ['m', 'small'], ['e']),
    node('Sqrt', ['e'], ['r']),
  ];
  // Mean squares 4 and 15.5, and 0.5 more: roots of 4.5 and 16.
  const x = [0, Math.sqrt(8), Math.sqrt(31), 0];
  const [a, b] = [Math.sqrt(8) / Math.sqrt(4.5), Math.sqrt(31) / 4];

  test.each([
    ['divides', [node('Div', ['x', 'r'], ['d'])]],
    ['is multiplied by, as 1 over it', [node('Div', ['one', 'r'], ['i']), node('Mul', ['i', 'x'], ['d'])]],
    ['is multiplied by, inverted', [node('Reciprocal', ['r'], ['i']), node('Mul', ['x', 'i'], ['d'])]],
  ])('%s', (_, ends) => {
    for (const square of [undefined, node('Pow', ['x', 'two'], ['q'])]) {
      const nodes = [...root([2], square), ...ends, node('Mul', ['w', 'd'], ['y'])];
      const { nodes: read, found } = computed(model(nodes), x);
      const norms = read.filter(({ op }) => op !== 'reshape');
      expect(norms).toMatchObject([{ op: 'rms_norm', attributes: { epsilon: 0.5, affine: true, over: 'channels' } }]);
      found.forEach((number, at) => expect(number).toBeCloseTo([0, 100 * a, 10 * b, 0][at]!, 6));
    }
  });

  test('of a whole map, with a factor for each number, and of an image’s channels', () => {
    const map = computed(
      model([...root([1, 2]), node('Div', ['x', 'r'], ['d']), node('Mul', ['d', 'each'], ['y'])]),
      x,
    );
    expect(map.ops.filter((op) => op !== 'reshape')).toEqual(['rms_norm']);
    // The mean square of all four is 9.75.
    const factor = 1 / Math.sqrt(10.25);
    map.found.forEach((number, at) => expect(number).toBeCloseTo(x[at]! * factor * (at + 1), 6));
    const image = computed(model([...root([1]), node('Div', ['x', 'r'], ['y'])], [2, 1, 2]), x);
    expect(image.nodes).toMatchObject([{ op: 'rms_norm', attributes: { affine: false, over: 'channels' } }]);
    // Columns (0, √31) and (√8, 0): mean squares 15.5 and 4.
    image.found.forEach((number, at) => expect(number).toBeCloseTo([0, a, b, 0][at]!, 6));
  });

  test.each([
    ['along the rows of an image', [...root([2]), node('Div', ['x', 'r'], ['y'])], [2, 2, 2]],
    ['of another value', [...root([2], node('Exp', ['x'], ['q'])), node('Div', ['x', 'r'], ['y'])], [2, 2]],
    ['that is divided', [...root([2]), node('Div', ['r', 'x'], ['y'])], [2, 2]],
  ])('%s is no norm', (_, nodes, dims) => {
    const { ops } = computed(
      model(nodes, dims),
      [...x, ...x].slice(
        0,
        dims.reduce((size, extent) => size * extent),
      ),
    );
    expect(ops).not.toContain('rms_norm');
  });
});

// ONNX: running_mean = input_mean · (1 − momentum) + running_mean · momentum in older versions' training mode.
test.each([
  [undefined, 0.1],
  [0.9, 0.1],
  [0.99, 0.01],
  [0.7, 0.3],
  [1.5, 0],
])('the share %s of old statistics leaves %s for the new', (momentum, expected) => {
  const { nodes } = computed(
    {
      input: [border('x', ['n', 1])],
      output: [border('y', ['n', 1])],
      initializer: ['s', 'b', 'm', 'v'].map((name) => floats(name, [1], [1])),
      node: [node('BatchNormalization', ['x', 's', 'b', 'm', 'v'], ['y'], momentum === undefined ? {} : { momentum })],
    },
    [3],
  );
  expect(nodes).toMatchObject([{ op: 'batch_norm', attributes: { momentum: expected } }]);
});

test('ThresholdedRelu: the f32 that the threshold is, is not above it', () => {
  const [alpha, above] = [Math.fround(0.1), Math.fround(0.1) + 2 ** -27];
  const graph: Graph = {
    input: [border('x', ['n', 3])],
    output: [border('y', ['n', 3])],
    node: [node('ThresholdedRelu', ['x'], ['y'], { alpha })],
  };
  const { nodes, found } = computed(graph, [alpha, above, -1]);
  expect(nodes).toMatchObject([{ attributes: { threshold: 0.1 } }]);
  expect(found).toEqual([0, above, 0]);
});
