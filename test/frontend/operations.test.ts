// Arithmetic on values at the head of a chain and in arguments, and numbers that joins take.

import { describe, expect, test } from 'vitest';
import { interpret } from '../../compiler/ir/interpret.ts';
import { operators } from '../../compiler/ops/index.ts';
import { body, built, compile, mistakes, nodeNames, wiring } from './support.ts';

/** What a network of two inputs [3] gives, without weights. */
function computed(statements: string, x: readonly number[], y: readonly number[]): readonly number[] {
  const { networks } = compile(`network A {\n input x: [3]\n input y: [3]\n ${statements}\n}\n`);
  const { graph } = networks[0]!;
  const inputs = new Map([
    ['x', { data: x }],
    ['y', { data: y }],
  ]);
  const { outputs } = interpret(graph, operators, { inputs, parameters: new Map(), batch: 1 });
  return [...[...outputs.values()][0]!.data];
}

describe('arithmetic', () => {
  const x = [1, -2, 4];
  const y = [2, 8, -1];
  test.each<[string, (x: number, y: number) => number]>([
    ['x + y', (a, b) => a + b],
    ['x - y', (a, b) => a - b],
    ['x * y', (a, b) => a * b],
    ['x / y', (a, b) => a / b],
    ['x - y * x', (a, b) => a - b * a],
    ['(x - y) * x', (a, b) => (a - b) * a],
    ['x - y - x', (a, b) => a - b - a],
    ['x / y / 2', (a, b) => a / b / 2],
    ['1 - x', (a) => 1 - a],
    ['x - 1', (a) => a - 1],
    ['8 / x', (a) => 8 / a],
    ['x / 8', (a) => a / 8],
    ['2 * x + y * 3', (a, b) => 2 * a + b * 3],
    ['x * (2 + 3)', (a) => a * 5],
    ['x - y -> relu', (a, b) => Math.max(0, a - b)],
    ['x * (y -> relu)', (a, b) => a * Math.max(0, b)],
    ['add(x * 2, y - 1)', (a, b) => 2 * a + (b - 1)],
    ['x -> mul(0.5) -> add(1)', (a) => a * 0.5 + 1],
    ['x -> sub(1) -> div(4)', (a) => (a - 1) / 4],
    ['x + (2 if 1 < 2 else 3)', (a) => a + 2],
    ['const n = 3\n x * n', (a) => a * 3],
  ])('%s', (statements, expected) => {
    expect(computed(statements, x, y)).toEqual(x.map((value, at) => expected(value, y[at]!)));
  });

  test('what does not begin with a name starts from what flows', () => {
    expect(wiring(built('relu\n x + (tanh -> sigmoid)'))).toBe(
      'relu1(x) tanh1(relu1) sigmoid1(tanh1) add1(x, sigmoid1)',
    );
    expect(wiring(built('relu\n x + tanh'))).toBe('relu1(x) tanh1(relu1) add1(x, tanh1)');
  });

  test('each sign is a step, numbered like others; a label names the last', () => {
    expect(nodeNames(built('x + x * 2 - 1 -> add(x)'))).toEqual(['mul1', 'add1', 'sub1', 'add2']);
    expect(nodeNames(built('a = x + (relu -> tanh)\n b = a * 2 -> relu'))).toEqual([
      'a.relu1',
      'a.tanh1',
      'a',
      'b.mul1',
      'b.relu1',
    ]);
  });
});

test.each([
  ['concat(x % 2, x)', 'type/not-a-number "x % 2"'],
  ['concat(x < x, x)', 'type/not-a-number "x < x"'],
  ['const n = 2\n n * 3 -> relu', 'flow/number "n * 3"'],
  ['relu(x + x)', 'argument/value "x + x"'],
  ['conv(4, kernel: x + 1)', 'type/not-a-number "x"'],
  ['mul(1, 2)', 'argument/values "mul(1, 2)"'],
  ['mul(true)', 'type/mismatch "true"'],
  ['concat(x, 2)', 'type/mismatch "2"'],
  ['y = conv(4, kernel: 1)\n y - x', 'sub/C2 "y - x"'],
])('%s is a mistake', (statements, mistake) => {
  expect(mistakes(body(statements))).toContain(mistake);
});
