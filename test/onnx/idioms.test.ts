// Activations as PyTorch, TensorFlow and PaddlePaddle export them, and what is not quite one of them.

import { describe, expect, test } from 'vitest';
import { importOnnx } from '../../src/onnx/index.ts';
import { border, floats, modelBytes, node } from './models.ts';

const number = (name: string, value: number) => floats(name, [], [value]);
const numbers = [
  number('half', 0.5),
  number('one', 1),
  number('three', 3),
  number('six', 6),
  number('root', Math.SQRT2),
  number('zero', 0),
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
const held = [node('Add', ['x', 'three'], ['a']), node('Clip', ['a', 'zero', 'six'], ['b'])];

describe('is one node', () => {
  test.each([
    ['silu', [node('Sigmoid', ['x'], ['a']), node('Mul', ['x', 'a'], ['y'])]],
    ['gelu', [...erf, node('Mul', ['x', 'c'], ['d']), node('Mul', ['d', 'half'], ['y'])]],
    ['gelu', [...erf, node('Mul', ['x', 'half'], ['d']), node('Mul', ['d', 'c'], ['y'])]],
    ['hard_sigmoid', [...held, node('Div', ['b', 'six'], ['y'])]],
    ['hard_swish', [...held, node('Mul', ['x', 'b'], ['c']), node('Div', ['c', 'six'], ['y'])]],
    ['hard_swish', [...held, node('Div', ['b', 'six'], ['c']), node('Mul', ['c', 'x'], ['y'])]],
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
