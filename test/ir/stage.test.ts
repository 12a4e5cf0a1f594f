// When a value is computed follows from what it depends on: a learning rate has no batch axis, and is known in `run` only.

import { expect, test } from 'vitest';
import { interpret } from '../../compiler/ir/interpret.ts';
import { splitStages } from '../../compiler/ir/stage.ts';
import { parseGraph, printGraph } from '../../compiler/ir/text.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { operators } from '../../compiler/ops/index.ts';

const text = `graph Scaled infer {
  %0 = input x : [N,2,1,1]
  %1 = input rate : [1,1,1]
  %2 = parameter w : [2,1,1] constant(1)
  %3 = mul(%2, %2) : [2,1,1] as squared
  %4 = mul(%3, %1) : [2,1,1] as step
  %5 = mul(%0, %4) : [N,2,1,1] as y
  output y = %5
  output step = %4
}
`;
const graph = parseGraph(text, operators);

test('an input without the batch axis belongs to `run`, and so does what depends on it', () => {
  expect(verifyGraph(graph, operators)).toEqual([]);
  const { prepare, run } = splitStages(graph);
  expect([prepare, run].map((nodes) => nodes.map(({ name }) => name))).toEqual([['squared'], ['step', 'y']]);
});

test('the interpreter keeps one such value for the whole batch', () => {
  const { outputs } = interpret(graph, operators, {
    inputs: new Map([
      ['x', { data: [1, 2, 3, 4] }],
      ['rate', { data: [0.5] }],
    ]),
    parameters: new Map([['w', { data: [2, 4] }]]),
    batch: 2,
  });
  expect(outputs.get('step')).toEqual({ shape: [2, 1, 1], data: Float64Array.of(2, 8) });
  expect(outputs.get('y')).toEqual({ shape: [2, 2, 1, 1], data: Float64Array.of(2, 16, 6, 32) });
});

test('the text form names element types other than f32', () => {
  const bytes = parseGraph('graph B { %0 = input x : u8[N,3,2,2] output y = %0 }', operators);
  expect(bytes.types.get(0)).toEqual({ shape: [3, 2, 2], batched: true, element: 'u8' });
  expect(printGraph(bytes, operators)).toContain('%0 = input x : u8[N,3,2,2]');
  expect(() => parseGraph('graph B { %0 = input x : u9[3] output y = %0 }', operators)).toThrow(
    'u9 is no element type',
  );
});
