// Files of thousands of nodes: what is done for each of them must not grow with their number. Before, these took from several seconds up to
// minutes, or ended the program; the time is that of the processor, which other programs do not stretch.

import { expect, test } from 'vitest';
import { operators } from '../../compiler/ops/index.ts';
import { importOnnx } from '../../src/onnx/index.ts';
import { Unrecoverable, recover } from '../../src/recover/index.ts';
import { border, floats, modelBytes, node } from './models.ts';
import type { NodeInit, TensorInit } from './models.ts';

const COUNT = 12_000;
const MOST_SECONDS = 12;

const times = <Item>(count: number, make: (at: number) => Item): Item[] =>
  Array.from({ length: count }, (_, at) => make(at));

function check(nodes: readonly NodeInit[], initializer: readonly TensorInit[], outputs: readonly string[]): number {
  const bytes = modelBytes({
    name: 'long',
    input: [border('x', ['n', 4, 8, 8])],
    output: outputs.map((name) => ({ name })),
    initializer: [...initializer],
    node: [...nodes],
  });
  const begin = process.cpuUsage();
  const imported = importOnnx(bytes);
  if ('problems' in imported) throw new Error(imported.problems[0]!.what);
  try {
    recover(imported.network.graph, { operators });
  } catch (error) {
    // Its text would be too long, which is found at the end.
    if (!(error instanceof Unrecoverable)) throw error;
  }
  const { user } = process.cpuUsage(begin);
  expect(user / 1e6).toBeLessThan(MOST_SECONDS);
  return imported.network.graph.nodes.length;
}

test('a row of products with learned tensors', () => {
  const factors = times(COUNT, (at) => floats(`w${at}`, [4, 1, 1], [at, 1, 2, 3]));
  const nodes = times(COUNT, (at) => node('Mul', [at === 0 ? 'x' : `m${at - 1}`, `w${at}`], [`m${at}`]));
  expect(check(nodes, factors, [`m${COUNT - 1}`])).toBe(COUNT);
});

test('as many outputs as nodes', () => {
  const nodes = times(COUNT, (at) => node('Sigmoid', [at === 0 ? 'x' : `s${at - 1}`], [`s${at}`]));
  const outputs = nodes.flatMap(({ output = [] }) => output);
  expect(check(nodes, [], outputs)).toBe(COUNT);
});

test('a chain whose values are added up', () => {
  const half = COUNT / 2;
  const chain = times(half, (at) => node('Tanh', [at === 0 ? 'x' : `t${at - 1}`], [`t${at}`]));
  const sums = times(half, (at) => node('Add', [at === 0 ? 'x' : `s${at - 1}`, `t${at}`], [`s${at}`]));
  expect(check([...chain, ...sums], [], [`s${half - 1}`])).toBe(COUNT);
});

test('arithmetic on constants, each of which follows from the one before', () => {
  const nodes = times(COUNT, (at) => node('Add', [at === 0 ? 'one' : `c${at - 1}`, 'one'], [`c${at}`]));
  const one = floats('one', [4, 1, 1], [1, 1, 1, 1]);
  const sum = node('Add', ['x', `c${COUNT - 1}`], ['y']);
  expect(check([...nodes, sum], [one], ['y'])).toBe(1);
});
