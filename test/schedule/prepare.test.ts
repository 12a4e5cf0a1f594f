// What happens to weights when a module loads: only what is used is computed, and large temporaries follow one another.

import { expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import type { KernelCall } from '../../compiler/program/program.ts';
import { shareTemporaries } from '../../compiler/schedule/share-temporaries.ts';
import { buildExample } from '../support/examples.ts';

/** A call that computes a temporary from others. */
const call = (target: number, ...sources: readonly number[]): KernelCall => ({
  kernel: 'k',
  memories: new Map([
    ...sources.map((index, at) => [`s${at}`, { kind: 'temporary', index }] as const),
    ['target', { kind: 'temporary', index: target }],
  ]),
  arguments: [],
  nodes: [],
  shape: [],
  reads: [],
  writes: [],
});

const arraysOf = (calls: readonly KernelCall[]) =>
  calls.map(({ memories }) => [...memories.values()].map((ref) => ('index' in ref ? ref.index : NaN)));

test('a chain of temporaries takes turns in two arrays', () => {
  const chain = [call(0), call(1, 0), call(2, 1), call(3, 2)];
  const { calls, temporaries } = shareTemporaries(chain, [4, 4, 4, 4]);
  expect(arraysOf(calls)).toEqual([[0], [0, 1], [1, 0], [0, 1]]);
  expect(temporaries).toEqual([4, 4]);
});

test('an operand and the result never share, the smallest that fits is taken, and the largest grows', () => {
  const { calls, temporaries } = shareTemporaries(
    [call(0), call(1), call(2, 0, 1), call(3, 2), call(4, 3)],
    [10, 3, 2, 3, 12],
  );
  // 2 lives beside 0 and 1; 3 then takes the array of 3, and 4 the one of 10, which becomes 12.
  expect(arraysOf(calls)).toEqual([[0], [1], [0, 1, 2], [2, 1], [1, 0]]);
  expect(temporaries).toEqual([12, 3, 2]);
});

test('folding the batch norms of ResNet-18 needs arrays of a number for each channel, and none of its filters', () => {
  const { program } = lower(buildExample('resnet', 'ResNet18'), operators);
  expect(Math.max(...program.temporaries)).toBe(512);
  expect(program.prepare.filter(({ memories }) => memories.has('factors'))).toHaveLength(17);
});

test('arithmetic that nothing reads is left out', () => {
  const builder = graphBuilder('test', operators);
  const x = builder.input('x', [2]);
  const unused = builder.constant([2], [1, 2]);
  builder.node({ op: 'mul', name: 'unused', inputs: [unused, unused] });
  builder.output('y', builder.node({ op: 'scale', inputs: [x] })[0]);
  const { program } = lower(builder.finish(), operators, 0);
  expect(program.prepare.flatMap(({ nodes }) => nodes)).toEqual([]);
  expect(program.temporaries).toEqual([]);
});
