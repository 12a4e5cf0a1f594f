// Shapes of imported graphs: that of an output is the file's, and no reshape leads back to where another came from.

import { expect, test } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import { importOnnx } from '../../src/onnx/index.ts';
import { border, floats, ints, modelBytes, node } from './models.ts';

function imported(graph: Parameters<typeof modelBytes>[0]): Graph {
  const found = importOnnx(modelBytes(graph));
  if ('problems' in found) throw new Error(JSON.stringify(found.problems));
  return found.network.graph;
}

const operatorsOf = ({ nodes }: Graph): readonly string[] => nodes.map(({ op }) => op);

const matrix = (name: string) => floats(name, [8, 8], Array<number>(64).fill(0.5));

test('layers over the last axis of an image are computed without going back to the image between them', () => {
  const graph = imported({
    name: 'layers',
    input: [border('x', ['n', 4, 4, 8])],
    output: [border('y', ['n', 4, 4, 8])],
    initializer: [
      matrix('a'),
      matrix('b'),
      floats('root', [], [Math.SQRT2]),
      floats('one', [], [1]),
      floats('half', [], [0.5]),
    ],
    node: [
      node('MatMul', ['x', 'a'], ['u']),
      node('Div', ['u', 'root'], ['d']),
      node('Erf', ['d'], ['e']),
      node('Add', ['e', 'one'], ['s']),
      node('Mul', ['u', 's'], ['p']),
      node('Mul', ['p', 'half'], ['g']),
      node('MatMul', ['g', 'b'], ['y']),
    ],
  });
  expect(operatorsOf(graph)).toEqual(['reshape', 'dense', 'gelu', 'dense', 'reshape']);
  expect(graph.outputs.map(({ value }) => graph.types.get(value)!.shape)).toEqual([[4, 4, 8]]);
});

test('an activation that is read between two reshapes stays there', () => {
  const graph = imported({
    name: 'between',
    input: [border('x', ['n', 8])],
    output: [border('y', ['n', 8]), border('image', ['n', 2, 2, 2])],
    initializer: [ints('square', [0, 2, 2, 2]), ints('flat', [0, 8])],
    node: [
      node('Reshape', ['x', 'square'], ['r']),
      node('MaxPool', ['r'], ['image'], { kernel_shape: [1, 1] }),
      node('Relu', ['image'], ['a']),
      node('Reshape', ['a', 'flat'], ['y']),
    ],
  });
  expect(graph.outputs.map(({ value }) => graph.types.get(value)!.shape)).toEqual([[8], [2, 2, 2]]);
});

test.each([
  ['an image', [3, 2, 2]],
  ['tokens', [3, 4]],
  ['features', [12]],
])('a network that ends with a reshape gives %s', (_, shape) => {
  const graph = imported({
    name: 'reshaped',
    input: [border('x', ['n', 2, 2, 3])],
    output: [border('y', ['n', ...shape])],
    initializer: [ints('shape', [0, ...shape])],
    node: [node('Relu', ['x'], ['r']), node('Reshape', ['r', 'shape'], ['y'])],
  });
  expect(graph.outputs.map(({ value }) => graph.types.get(value)!.shape)).toEqual([shape]);
});
