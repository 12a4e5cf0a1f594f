// Files that mean no good: each is refused in a sentence that names what is wrong, and nothing large is allocated for it.

import { describe, expect, test } from 'vitest';
import { dataTypes } from '../../src/onnx/file/messages.ts';
import { importOnnx } from '../../src/onnx/index.ts';
import { border, floats, ints, modelBytes, node, smallModel } from './models.ts';
import { models } from './seeds.ts';

const onSmall = (weight: Parameters<typeof modelBytes>[0]['initializer']) =>
  modelBytes({
    name: 'one',
    input: [border('x', ['n', 1, 4, 4])],
    output: [border('y', ['n', 2, 2, 2])],
    initializer: weight ?? [],
    node: [node('Conv', ['x', 'w'], ['y'])],
  });
const external = (location: string) => ({
  name: 'w',
  dims: [2n, 1n, 3n, 3n],
  dataType: dataTypes.float,
  dataLocation: 1,
  externalData: [{ key: 'location', value: location }],
});
const relus = (nodes: NonNullable<Parameters<typeof modelBytes>[0]['node']>, output = 'y') =>
  modelBytes({ name: 'relus', input: [border('x', ['n', 4])], output: [border(output, ['n', 4])], node: nodes });

/** A node of a tensor of `dims`, indices of another shape and one update, which are all zeros; the shapes are all that the file has. */
const byIndices = (op: string, dims: readonly number[], indices: readonly number[]) =>
  modelBytes({
    name: 'indices',
    input: [border('x', ['n', 4])],
    output: [border('y', ['n', 4])],
    initializer: [ints('dims', dims), ints('count', indices), ints('one', [1])],
    node: [
      node('ConstantOfShape', ['dims'], ['a']),
      node('ConstantOfShape', ['count'], ['zeros']),
      node('Cast', ['zeros'], ['indices'], { to: dataTypes.int64 }),
      node('ConstantOfShape', ['one'], ['updates']),
      node(op, op === 'ScatterND' ? ['a', 'indices', 'updates'] : ['a', 'indices'], ['found']),
      node('Add', ['x', 'found'], ['y']),
    ],
  });

function problemsOf(bytes: Uint8Array, options?: Parameters<typeof importOnnx>[1]): string {
  const before = process.memoryUsage().rss;
  const imported = importOnnx(bytes, options);
  expect(process.memoryUsage().rss - before).toBeLessThan(256 << 20);
  return 'problems' in imported ? imported.problems.map(({ what }) => what).join('\n') : 'it was imported';
}

describe('a hostile file', () => {
  test.each([
    [
      'extents of 2^40',
      onSmall([{ name: 'w', dims: [2n ** 40n, 1n, 3n, 3n], dataType: 1 }]),
      /dims of tensor "w" make .* 2\^31/,
    ],
    ['negative extents', onSmall([{ name: 'w', dims: [2n, -1n, 3n, 3n], dataType: 1 }]), /dims of tensor "w" has -1/],
    [
      'a raw length that is wrong',
      onSmall([{ name: 'w', dims: [2n, 1n, 3n, 3n], dataType: 1, rawData: new Uint8Array(71) }]),
      /raw_data of tensor "w" has 71 bytes, expected 72/,
    ],
    [
      'too few numbers',
      onSmall([floats('w', [2, 1, 3, 3], [1, 2, 3])]),
      /tensor "w" .* has 3 elements in float_data, expected 18/,
    ],
    ['a type that is none', onSmall([{ name: 'w', dims: [1n], dataType: 99 }]), /tensor "w" is of element type 99/],
    ['data elsewhere', onSmall([external('weights.bin')]), /tensor "w" is in another file, "weights.bin"/],
    ['a circle', relus([node('Relu', ['b'], ['a']), node('Relu', ['a'], ['b'])], 'b'), /nothing before it gives "b"/],
    ['an input that nothing gives', relus([node('Relu', ['nowhere'], ['y'])]), /nothing before it gives "nowhere"/],
    [
      'two values of one name',
      relus([node('Relu', ['x'], ['y']), node('Abs', ['x'], ['y'])]),
      /"y" has the name of another/,
    ],
    [
      'a value of the name of an input',
      relus([node('Div', ['x', 'x'], ['x']), node('Relu', ['x'], ['y'])]),
      /^its result "x" has the name of another value$/,
    ],
    ['an output that nothing gives', relus([node('Relu', ['x'], ['z'])]), /nothing gives the output "y"/],
    [
      'two inputs of one name',
      modelBytes({ name: 'a', input: [border('x', ['n', 4]), border('x', ['n', 4])], output: [border('x', ['n', 4])] }),
      /two inputs are called "x"/,
    ],
    ['indices of no axis', byIndices('GatherND', [4], [1e9, 0]), /it has indices \[1000000000, 0\] for \[4\]/],
    ['places of no axis', byIndices('ScatterND', [4], [1e9, 0]), /it has indices \[1000000000, 0\] for \[4\]/],
    [
      'more places than updates',
      byIndices('ScatterND', [1, 65_536], [65_536, 1]),
      /it has 1 updates for 4294967296 places/,
    ],
    [
      'an equation without end',
      modelBytes({
        name: 'a',
        input: [border('x', ['n', 4])],
        output: [border('y', ['n', 4])],
        node: [node('Einsum', ['x'], ['y'], { equation: 'ab'.repeat(50_000) })],
      }),
      /^its equation has "(ab){40}" for an operand of 2 axes$/,
    ],
    [
      'no operator set',
      modelBytes(
        {
          name: 'a',
          input: [border('x', ['n', 4])],
          output: [border('y', ['n', 4])],
          node: [node('Relu', ['x'], ['y'])],
        },
        { opsetImport: [] },
      ),
      /operator set/,
    ],
    [
      'an operator set of the far future',
      modelBytes(
        {
          name: 'a',
          input: [border('x', ['n', 4])],
          output: [border('y', ['n', 4])],
          node: [node('Relu', ['x'], ['y'])],
        },
        { opsetImport: [{ domain: '', version: 2n ** 40n }] },
      ),
      /operator set/,
    ],
  ])('with %s is refused', (_, bytes, expected) => expect(problemsOf(bytes)).toMatch(expected));

  test.each(['../w.bin', 'a/../../w.bin', '/etc/passwd', 'C:\\w.bin', '\\\\host\\w', '..\\w.bin', 'a\0b', ''])(
    'never reads outside its folder: %j',
    (location) => {
      const read = (): never => expect.unreachable('it was read');
      expect(problemsOf(onSmall([external(location)]), { readExternal: read })).toMatch(
        /not in the folder of the model/,
      );
    },
  );

  test('has names that are only names in the graph', () => {
    const evil = '`};process.exit();//\n${x}\u202e';
    const imported = importOnnx(
      modelBytes({
        name: evil,
        input: [border(evil, ['n', 4])],
        output: [border(`${evil}y`, ['n', 4])],
        node: [{ ...node('Relu', [evil], [`${evil}y`]), name: `${evil}n` }],
      }),
    );
    if ('problems' in imported) throw new Error(imported.problems[0]!.what);
    const { graph, name } = imported.network;
    const names = [name, graph.name, ...graph.nodes, ...graph.inputs, ...graph.outputs].map((one) =>
      typeof one === 'string' ? one : one.name,
    );
    for (const own of names) expect(own).toMatch(/^[A-Za-z_][A-Za-z0-9_.]*$/);
  });
});

test('files cut at any byte are refused', () => {
  for (let length = 0; length < smallModel.length; length += 1) {
    expect(problemsOf(smallModel.subarray(0, length)), `${length} bytes`).not.toBe('it was imported');
  }
});

test('the models that the fuzzer mutates are imported', () => {
  for (const bytes of models) expect(problemsOf(bytes)).toBe('it was imported');
});
