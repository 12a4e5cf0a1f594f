// The names of weights, sentence by sentence of the language's rules.

import { describe, expect, test } from 'vitest';
import { body, built, mistakes, networkOf, nodeNames, weightNames } from './support.ts';

describe('generated names', () => {
  test('steps are numbered from 1 per operator, in the order of the text, and the number is always there', () => {
    expect(nodeNames(built('conv(8, kernel: 1) -> relu -> conv(8, kernel: 1)\n relu\n tanh'))).toEqual([
      'conv1',
      'relu1',
      'conv2',
      'relu2',
      'tanh1',
    ]);
  });

  test('a chain in an argument comes where it is written', () => {
    expect(
      nodeNames(built('a = relu\n conv(8, kernel: 1) -> add(a -> conv(8, kernel: 1)) -> conv(4, kernel: 1)')),
    ).toEqual(['a', 'conv1', 'conv2', 'add1', 'conv3']);
  });

  test('parts are named as in PyTorch, in the order of the text', () => {
    expect(weightNames(built('conv(8, kernel: 1) -> batch_norm'))).toEqual([
      'conv1.weight',
      'conv1.bias',
      'batch_norm1.weight',
      'batch_norm1.bias',
      'batch_norm1.running_mean',
      'batch_norm1.running_var',
    ]);
  });
});

describe('scopes', () => {
  test('block calls open a scope, in which numbers start again', () => {
    const network = networkOf(`block b { conv(8, kernel: 1) }\n${body('b\n conv(8, kernel: 1)\n b')}`);
    expect(nodeNames(network)).toEqual(['b1.conv1', 'conv1', 'b2.conv1']);
  });

  test('numbered and named paths open a scope; the join belongs to the scope around', () => {
    expect(
      nodeNames(built('parallel add {\n path relu\n path side { relu }\n path other = relu -> relu\n path relu\n}')),
    ).toEqual(['path1.relu1', 'side.relu1', 'other.relu1', 'other.relu2', 'path2.relu1', 'add1']);
  });

  test('paths of a second parallel go on counting', () => {
    const two = 'parallel add {\n path relu\n path tanh\n}\n';
    expect(nodeNames(built(two + two))).toEqual([
      'path1.relu1',
      'path2.tanh1',
      'add1',
      'path3.relu1',
      'path4.tanh1',
      'add2',
    ]);
  });

  test('loops and conditions open none', () => {
    expect(nodeNames(built('repeat 2 { relu }\n if true { relu }\n for _i in 0..2 { relu }'))).toEqual([
      'relu1',
      'relu2',
      'relu3',
      'relu4',
      'relu5',
    ]);
  });

  test('imported blocks go by their local name', () => {
    const text = `import { head as tail } from "./h.cnn"\n${body('tail')}`;
    expect(nodeNames(networkOf(text, { files: { 'h.cnn': 'block head { relu }' } }))).toEqual(['tail1.relu1']);
  });
});

describe('labels', () => {
  test('a label replaces the generated name and leaves the numbers alone', () => {
    expect(nodeNames(built('conv(8, kernel: 1)\n stem = conv(8, kernel: 1)\n conv(8, kernel: 1)'))).toEqual([
      'conv1',
      'stem',
      'conv2',
    ]);
  });

  test('on a chain it is a scope for its parts', () => {
    const network = built('stem = conv(8, kernel: 1) -> relu\n relu');
    expect(nodeNames(network)).toEqual(['stem.conv1', 'stem.relu1', 'relu1']);
    expect(network.taps.get('stem')).toBe(network.taps.get('stem.relu1'));
  });

  test('a value that starts the chain is no part of it', () => {
    expect(nodeNames(built('a = relu\n b = a -> tanh'))).toEqual(['a', 'b']);
  });

  test('a block call and a parallel take the label as their scope', () => {
    const text = `block b { relu }\n${body('first = b\n second = parallel add {\n path relu\n path tanh\n}')}`;
    expect(nodeNames(networkOf(text))).toEqual(['first.relu1', 'second.path1.relu1', 'second.path2.tanh1', 'second']);
  });

  test('in a loop it is numbered, even if the loop runs once', () => {
    expect(nodeNames(built('repeat 2 { a = conv(8, kernel: 1) -> relu }\n repeat 1 { b = relu }'))).toEqual([
      'a1.conv1',
      'a1.relu1',
      'a2.conv1',
      'a2.relu1',
      'b1',
    ]);
  });

  test('inside a block that is called in a loop it is not', () => {
    const text = `block b { a = relu }\n${body('repeat 2 { b }')}`;
    expect(nodeNames(networkOf(text))).toEqual(['b1.a', 'b2.a']);
  });

  test('another name for a value adds no step', () => {
    const network = built('a = x\n a -> tanh');
    expect(network.taps.get('a')).toBe(network.taps.get('x'));
  });

  test('several results are tapped by their names', () => {
    const network = built('a, b = split(2)\n a -> add(b)');
    expect(nodeNames(network)).toEqual(['split1', 'add1']);
    expect(network.taps.get('a')).toBe(network.graph.nodes[0]!.results[0]);
    expect(network.taps.get('b')).toBe(network.graph.nodes[0]!.results[1]);
  });
});

describe('collisions', () => {
  test.each([
    ['a label and a generated name', 'conv1 = relu\n conv(8, kernel: 1)', 'name/collision "conv(8, kernel: 1)"'],
    ['a generated name and a label', 'conv(8, kernel: 1)\n conv1 = relu', 'name/collision "conv1"'],
    ['labels of two conditions', 'if true { a = relu }\n if true { a = relu }', 'name/collision "a"'],
    ['a numbered label and another', 'a1 = relu\n repeat 2 { a = relu }', 'name/collision "a"'],
    ['two paths of one name', 'parallel add {\n path p { relu }\n path p { tanh }\n}', 'name/collision "p"'],
  ])('%s', (_, statements, expected) => {
    expect(mistakes(body(statements))).toEqual([expected]);
  });

  test('labels of sibling braces that are not both taken do not collide', () => {
    expect(nodeNames(built('if 1 < 2 { a = relu } else { a = tanh }'))).toEqual(['a']);
  });
});
