// Files of some hundred bytes that ask for more than any machine has: what is repeated, counted or computed during import is bounded
// before anything is allocated. And what is not supported is said once, without what follows from it.

import { expect, test } from 'vitest';
import { importOnnx } from '../../src/onnx/index.ts';
import { border, floats, ints, modelBytes, node } from './models.ts';

type Nodes = Parameters<typeof modelBytes>[0]['node'];

const problemsOf = (
  nodes: Nodes,
  initializer: Parameters<typeof modelBytes>[0]['initializer'] = [],
  dims: readonly (number | string)[] = ['n', 2, 512],
) => {
  const begin = process.cpuUsage();
  const before = process.memoryUsage();
  const imported = importOnnx(
    modelBytes({
      name: 'a',
      input: [border('x', dims)],
      output: [border('y', ['n'])],
      initializer,
      node: nodes ?? [],
    }),
  );
  const after = process.memoryUsage();
  expect(after.rss + after.external - before.rss - before.external).toBeLessThan(256 << 20);
  const { user, system } = process.cpuUsage(begin);
  expect((user + system) / 1000).toBeLessThan(2000);
  return 'problems' in imported ? imported.problems : [];
};
const whatOf = (...given: Parameters<typeof problemsOf>): string =>
  problemsOf(...given)
    .map(({ what }) => what)
    .join('\n');

const huge = [ints('size', [2 ** 30])];
const filled = node('ConstantOfShape', ['size'], ['big']);

test.each([
  ['an expansion', [node('Expand', ['x', 'to'], ['y'])], [ints('to', [1, 2 ** 30, 2, 512])], /2\^31|elements/],
  ['a list of axes', [filled, node('Squeeze', ['x', 'big'], ['y'])], huge, /1073741824 elements .* would be needed/],
  ['a shape', [filled, node('Reshape', ['x', 'big'], ['y'])], huge, /would be needed/],
  [
    'one of many elements',
    [filled, node('Gather', ['big', 'size0'], ['i']), node('Reshape', ['x', 'i'], ['y'])],
    [...huge, ints('size0', [5])],
    /would be needed/,
  ],
  ['exponents', [filled, node('Pow', ['x', 'big'], ['y'])], huge, /would be needed|do not fit/],
  [
    'a range',
    [node('Range', ['a', 'b', 'c'], ['r']), node('Add', ['x', 'r'], ['y'])],
    [floats('a', [], [0]), floats('b', [], [1e9]), floats('c', [], [1])],
    /counts 1000000000 numbers/,
  ],
  [
    'constants that do not fit',
    [node('Concat', ['one', 'two'], ['c'], { axis: 1 }), node('Add', ['x', 'c'], ['y'])],
    [floats('one', [1], [1]), floats('two', [1], [1])],
    /it names axis 1 of a tensor that has 1/,
  ],
  [
    'axes without end',
    [node('Add', ['x', 'long'], ['y'])],
    [floats('long', Array<number>(400).fill(1), [1])],
    /"long" has 400 axes, more than 32/,
  ],
  [
    'pairs of matrices',
    [
      node('Reshape', ['x', 'many'], ['m']),
      node('Transpose', ['m'], ['t'], { perm: [0, 1, 3, 2] }),
      node('MatMul', ['m', 't'], ['y']),
    ],
    [ints('many', [-1, 1024, 1, 1])],
    /multiplies 1024 pairs/,
  ],
] as const)('%s', (_, nodes, initializer, expected) => expect(whatOf([...nodes], [...initializer])).toMatch(expected));

test('a constant for each image', () => {
  const nodes = [filled, node('Reshape', ['big', 'three'], ['c']), node('Add', ['x', 'c'], ['y'])];
  const shape = [2 ** 20, 2, 512];
  expect(whatOf(nodes, [...huge, ints('three', shape)], shape)).toMatch(/would be needed/);
});

test('a pixel that becomes four million', () => {
  const attributes = { mode: 'cubic', coordinate_transformation_mode: 'align_corners', exclude_outside: 1 };
  const resize = node('Resize', ['x', '', '', 'sizes'], ['y'], attributes);
  expect(problemsOf([resize], [ints('sizes', [1, 1, 1, 2 ** 22])], [1, 1, 1, 1])).toEqual([]);
});

test('a mistake in a long chain is one problem, and each unsupported operator is named once', () => {
  const problems = problemsOf([
    node('Foo', ['x'], ['a'], { gain: 0.5 }),
    node('Relu', ['a'], ['b']),
    node('Bar', ['b'], ['c']),
    node('Foo', ['c'], ['d']),
    node('Add', ['d', 'b'], ['y']),
  ]);
  expect(problems.map(({ operator, node: name, what }) => `${operator} ${name}: ${what}`)).toEqual([
    'Foo a: this operator is not supported (gain=0.5); 1 more node is of it',
    'Bar c: this operator is not supported',
  ]);
});

test('as many outputs as operators that are not supported', () => {
  const count = 6000;
  const names = Array.from({ length: count }, (_, at) => `Foo${at}`);
  const begin = process.cpuUsage();
  const imported = importOnnx(
    modelBytes({
      name: 'a',
      input: [border('x', ['n', 2])],
      output: names.map((name) => border(name, ['n'])),
      node: names.map((name) => node(name, ['x'], [name])),
    }),
  );
  const { user } = process.cpuUsage(begin);
  expect('problems' in imported && imported.problems.length).toBe(count);
  expect(user / 1e6).toBeLessThan(2);
});
