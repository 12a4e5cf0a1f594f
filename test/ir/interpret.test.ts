import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { interpret } from '../../compiler/ir/interpret.ts';
import type { Feeds } from '../../compiler/ir/interpret.ts';
import { parseGraph, printGraph } from '../../compiler/ir/text.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { randomGraph } from '../support/random-graph.ts';
import { tinyOperators } from '../support/tiny-operators.ts';

const graph = parseGraph(
  `graph G {
    %0 = input x : [N,2]
    %1 = parameter w : [2] he(1, 1)
    %2 = constant : [2] [10, 20]
    %3 = double(%1)
    %4 = affine(%0, %3, %2)
    %5 = double(%4)
    %6 = add(%5, %0)
    output y = %6
    output raw = %0
  }`,
  tinyOperators,
);
const feeds = (x: readonly number[], w: readonly number[] = [1, -1], batch = 2): Feeds => ({
  inputs: new Map([['x', { data: x }]]),
  parameters: new Map([['w', { shape: [w.length], data: w }]]),
  batch,
});

describe('interpret', () => {
  // y = 2(x·2w + c) + x with w = [1, −1], c = [10, 20]
  test('runs the references over a batch', () => {
    const { outputs, values } = interpret(graph, tinyOperators, feeds([1, 2, 3, 4]));
    expect(outputs.get('y')).toEqual({ shape: [2, 2], data: Float64Array.of(25, 34, 35, 28) });
    expect(values.get(3)).toEqual({ shape: [2], data: Float64Array.of(2, -2) });
    expect([...values.keys()].toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test('keeps only outputs when asked to', () => {
    const { outputs, values } = interpret(graph, tinyOperators, feeds([1, 2, 3, 4]), { keep: 'outputs' });
    expect([...values.keys()].toSorted()).toEqual([0, 6]);
    expect([...outputs.get('y')!.data]).toEqual([25, 34, 35, 28]);
    expect([...outputs.get('raw')!.data]).toEqual([1, 2, 3, 4]);
  });

  test.each<[string, Feeds]>([
    ['input x has 3 elements, expected 4 for [2, 2]', feeds([1, 2, 3])],
    ['input x is missing', { ...feeds([1, 2, 3, 4]), inputs: new Map() }],
    ['parameter w is [3], expected [2]', feeds([1, 2, 3, 4], [1, 2, 3])],
    ['parameter w is missing', { ...feeds([1, 2, 3, 4]), parameters: new Map() }],
    [
      'parameter w has 1 elements, expected 2 for [2]',
      { ...feeds([1, 2, 3, 4]), parameters: new Map([['w', { data: [1] }]]) },
    ],
    ['batch must be a whole number from 1, not 0', feeds([], [1, 1], 0)],
  ])('refuses: %s', (message, wrong) => {
    expect(() => interpret(graph, tinyOperators, wrong)).toThrow(new RangeError(message));
  });

  test('a reference that does not keep to its type is a bug', () => {
    const liar = { ...tinyOperators.get('double')!, reference: () => [{ shape: [1], data: new Float64Array(1) }] };
    expect(() => interpret(graph, new Map([...tinyOperators, ['double', liar]]), feeds([1, 2, 3, 4]))).toThrow(
      'double1: the reference of double gives [1], its type says [2]',
    );
  });

  test('a graph computes the same after print and parse, kept or forgotten, alone or in a batch', () => {
    fc.assert(
      fc.property(randomGraph, fc.integer({ min: 1, max: 3 }), (random, batch) => {
        const parameters = new Map(
          random.parameters.map(({ name, value }) => {
            const { shape } = random.types.get(value)!;
            return [name, { shape, data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => i / 2 - 0.5) }];
          }),
        );
        const { name } = random.inputs[0]!;
        const image = (n: number): Float64Array => Float64Array.from({ length: 36 }, (_, i) => ((i * 7 + n) % 5) - 2);
        const data = Float64Array.from(Array.from({ length: batch }, (_, n) => [...image(n)]).flat());
        const all = { inputs: new Map([[name, { data }]]), parameters, batch };
        const last = { inputs: new Map([[name, { data: image(batch - 1) }]]), parameters, batch: 1 };
        const { outputs } = interpret(random, tinyOperators, all);
        const again = parseGraph(printGraph(random, tinyOperators), tinyOperators);
        expect(interpret(again, tinyOperators, all, { keep: 'outputs' }).outputs).toEqual(outputs);
        for (const [key, { data: alone }] of interpret(random, tinyOperators, last).outputs) {
          expect(outputs.get(key)!.data.slice(-alone.length)).toEqual(alone);
        }
      }),
    );
  });
});
