import { describe, expect, test } from 'vitest';
import { liveness } from '../../compiler/analysis/memory.ts';
import { parseGraph } from '../../compiler/ir/text.ts';
import { operators } from '../../compiler/ops/index.ts';
import { tinyOperators } from '../support/tiny-operators.ts';
import { inception, lenet } from './networks.ts';

const of = (text: string): ReturnType<typeof liveness> => liveness(parseGraph(text, tinyOperators), tinyOperators);

describe('liveness', () => {
  test('LeNet: the first sigmoid, operand and result, 2 · 6·28·28 · 4 bytes', () => {
    const { peakBytes, at, alive } = liveness(lenet, operators);
    expect(peakBytes).toBe(37_632);
    expect(at?.name).toBe('sigmoid1');
    expect(alive).toEqual([
      { name: 'conv1', bytes: 18_816 },
      { name: 'sigmoid1', bytes: 18_816 },
    ]);
  });

  test('GoogLeNet: the stem, not the block, decides at 96×96', () => {
    // 64·48·48 twice
    expect(liveness(inception(), operators)).toMatchObject({ peakBytes: 2 * 64 * 48 * 48 * 4, at: { name: 'relu1' } });
  });

  test('a skip keeps its value alive; every parallel branch counts', () => {
    const { peakBytes, at, alive } = of(`graph G {
      %0 = input x : [N,4]
      %1 = double(%0) as a
      %2 = double(%1) as b
      %3 = double(%2) as c
      %4 = add(%3, %1) as sum
      output y = %4
    }`);
    expect([peakBytes, at?.name]).toEqual([3 * 16, 'c']);
    expect(alive.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  test('outputs stay to the end, unused results only while their node runs, late inputs from the start', () => {
    const { peakBytes, at, alive } = of(`graph G {
      %0 = input x : [N,4]
      %1 = input late : [N,4]
      %2, %3 = split(%0) as s
      %4 = double(%3) as d
      %5 = add(%1, %1) as sum
      output early = %4
      output y = %5
    }`);
    expect([peakBytes, at?.name]).toEqual([16 + 16 + 8 + 8, 's']);
    expect(alive.map(({ name }) => name)).toEqual(['x', 'late', 's[0]', 's[1]']);
  });

  test('an output that nobody reads keeps its memory while later nodes run', () => {
    const { peakBytes, at, alive } = of(`graph G {
      %0 = input x : [N,4]
      %1 = double(%0) as first
      %2 = double(%0) as second
      output early = %1
      output y = %2
    }`);
    expect([peakBytes, at?.name]).toEqual([3 * 16, 'second']);
    expect(alive.map(({ name }) => name)).toEqual(['x', 'first', 'second']);
  });

  test('views take no memory and keep their operand alive; parameters are not activations', () => {
    const { peakBytes, alive } = of(`graph G {
      %0 = input x : [N,2,3]
      %1 = parameter w : [2] he(1, 1)
      %2 = double(%1)
      %3 = affine(%0, %2) {bias=false} as a
      %4 = identity(%3)
      %5 = flatten(%4)
      %6 = double(%5) as d
      output y = %6
    }`);
    expect(peakBytes).toBe(48);
    expect(alive.map(({ name }) => name)).toEqual(['x', 'a']);
  });

  test('a graph that hands its input through', () => {
    expect(of('graph G { %0 = input x : [N,4] output y = %0 }')).toEqual({
      peakBytes: 16,
      at: undefined,
      alive: [{ name: 'x', bytes: 16 }],
    });
  });
});
