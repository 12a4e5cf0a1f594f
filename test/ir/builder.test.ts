import { describe, expect, test } from 'vitest';
import { attributeProblem, completeAttributes } from '../../compiler/ir/attributes.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import { weightsNameOf } from '../../compiler/ir/graph.ts';
import { InternalError } from '../../compiler/ir/invariant.ts';
import { createNames, valueNames } from '../../compiler/ir/names.ts';
import { tensorType } from '../../compiler/ir/tensor-type.ts';
import { tinyOperators } from '../support/tiny-operators.ts';

const pool = tinyOperators.get('pool')!;

describe('completeAttributes', () => {
  test('fills defaults, copies, and widens sizes and paddings', () => {
    expect(completeAttributes(pool, { kernel: 3 })).toEqual({
      kernel: [3, 3],
      stride: [3, 3],
      padding: [0, 0, 0, 0],
      dilation: [1, 1],
    });
    expect(completeAttributes(pool, { kernel: [1, 7], stride: 2, padding: [3, 1] })).toMatchObject({
      kernel: [1, 7],
      stride: [2, 2],
      padding: [3, 1, 3, 1],
    });
    expect(completeAttributes(pool, { kernel: 1, padding: 'same' })['padding']).toBe('same');
  });

  test('leaves unset what has no default, keeps what it does not know', () => {
    expect(Object.keys(completeAttributes(pool, {}))).toEqual(['padding', 'dilation']);
    expect(Object.keys(completeAttributes(tinyOperators.get('affine')!, {}))).toEqual(['bias', 'mode', 'factors']);
    expect(completeAttributes(tinyOperators.get('double')!, { ['__proto__']: 1 })).toEqual({ ['__proto__']: 1 });
  });
});

test('attributeProblem names type and bounds', () => {
  const { kernel, padding } = pool.attributes;
  expect(attributeProblem(kernel!, [0, 1])).toBe('must be at least 1');
  expect(attributeProblem(kernel!, [1, 1.5])).toBe('must be two whole numbers');
  expect(attributeProblem(padding!, 'full')).toBe('must be four whole numbers or same');
  expect(attributeProblem({ type: 'choice', choices: ['a', 'b'] }, 'c')).toBe('must be one of a, b');
  expect(attributeProblem({ type: 'int', maximum: 3 }, 4)).toBe('must be at most 3');
  expect(attributeProblem({ type: 'floats' }, [0.5, -1])).toBeUndefined();
});

describe('graphBuilder', () => {
  test('creates the parameters of a node, in the order of the operator', () => {
    const builder = graphBuilder('G', tinyOperators);
    const x = builder.input('x', [3, 2, 2]);
    const [y] = builder.node({ op: 'affine', name: 'a', inputs: [x] });
    const [left] = builder.node({ op: 'pool', inputs: [y], attributes: { kernel: 2 } });
    builder.output('y', left);
    const graph = builder.finish();
    expect(graph.parameters.map(({ name, role }) => [name, role])).toEqual([
      ['a.weight', 'parameter'],
      ['a.bias', 'buffer'],
    ]);
    expect(graph.nodes[0]!.operands).toEqual([x, ...graph.parameters.map(({ value }) => value)]);
    expect(graph.nodes[1]!.name).toBe('pool1');
    expect(graph.types.get(left)).toEqual(tensorType([3, 1, 1]));
  });

  test('gives nodes whose weights have one name one set of them', () => {
    const builder = graphBuilder('G', tinyOperators);
    const x = builder.input('x', [3]);
    const [a] = builder.node({ op: 'affine', name: 'a', weightsName: 'a', inputs: [x] });
    const [b] = builder.node({ op: 'affine', name: 'b', weightsName: 'a', inputs: [a] });
    const [c] = builder.node({ op: 'affine', name: 'c', weightsName: 'shared', inputs: [b] });
    builder.output('y', c);
    const graph = builder.finish();
    expect(graph.parameters.map(({ name }) => name)).toEqual(['a.weight', 'a.bias', 'shared.weight', 'shared.bias']);
    expect(graph.nodes[1]!.operands.slice(1)).toEqual(graph.nodes[0]!.operands.slice(1));
    expect(graph.nodes.map((node) => [node.weightsName, weightsNameOf(node)])).toEqual([
      [undefined, 'a'],
      ['a', 'a'],
      ['shared', 'shared'],
    ]);
    expect(() =>
      builder.node({ op: 'affine', name: 'd', weightsName: 'a', inputs: [builder.input('z', [4])] }),
    ).toThrow('d.weight is [3], expected [4]');
  });

  test('takes parameters it is given, when they fit', () => {
    const builder = graphBuilder('G', tinyOperators);
    const x = builder.input('x', [2]);
    const weight = builder.constant([2], [1, 2]);
    const spec = { op: 'affine', inputs: [x], attributes: { bias: false } };
    builder.node({ ...spec, parameters: [weight] });
    expect(() => builder.node({ ...spec, parameters: [] })).toThrow('0 parameters, expected 1');
    expect(() => builder.node({ ...spec, parameters: [builder.constant([1], [1])] })).toThrow(
      'affine3.weight is [1], expected [2]',
    );
  });

  test.each<[string, (builder: ReturnType<typeof graphBuilder>) => unknown]>([
    ['no operator "nothing"', (b) => b.node({ op: 'nothing', inputs: [] })],
    ['split1: split/C1 the channels are even (found 3', (b) => b.node({ op: 'split', inputs: [b.input('x', [3])] })],
    ['double takes 1 data operands, found 0', (b) => b.node({ op: 'double', inputs: [] })],
    ['add takes 2 to 4 data operands, found 1', (b) => b.node({ op: 'add', inputs: [b.input('x', [3])] })],
    ['constant [2] has 1 elements', (b) => b.constant([2], [1])],
    ['value %7 has no type', (b) => b.output('y', 7)],
    ['the name "x" is taken', (b) => [b.input('x', [1]), b.input('x', [1])]],
  ])('throws: %s', (message, act) => {
    const builder = graphBuilder('G', tinyOperators);
    expect(() => act(builder)).toThrow(InternalError);
    expect(() => act(graphBuilder('G', tinyOperators))).toThrow(message);
  });
});

test('names: fresh ones count from 2, numbered ones from 1, and neither collides', () => {
  const names = createNames(['conv', 'conv_2', 'conv1']);
  expect([names.fresh('conv'), names.fresh('conv'), names.fresh('relu')]).toEqual(['conv_3', 'conv_4', 'relu']);
  expect([names.numbered('conv'), names.numbered('conv'), names.numbered('relu')]).toEqual(['conv2', 'conv3', 'relu1']);
});

test('valueNames tells several results apart', () => {
  const builder = graphBuilder('G', tinyOperators);
  const x = builder.input('x', [2]);
  const [left, right] = builder.node({ op: 'split', inputs: [x] });
  const names = valueNames(builder.finish());
  expect([x, left, right!].map((id) => names.get(id))).toEqual(['x', 'split1[0]', 'split1[1]']);
});
