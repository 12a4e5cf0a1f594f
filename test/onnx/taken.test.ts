// TopK, whose numbers are searched one after the other: values and indices are those of a sort.

import { expect, test } from 'vitest';
import { compileNetwork } from '../../compiler/index.ts';
import { operators } from '../../compiler/ops/index.ts';
import { importOnnx } from '../../src/onnx/index.ts';
import { ownModel } from '../../src/recover/model.ts';
import { moduleOf, runModule, runOracle, weightsFile } from '../support/executors.ts';
import type { Outputs } from '../support/executors.ts';
import { border, ints, modelBytes, node } from './models.ts';

function read(dims: readonly number[], count: number, settings: Readonly<Record<string, number>>) {
  return importOnnx(
    modelBytes({
      name: 'g',
      input: [border('x', ['n', ...dims])],
      output: [{ name: 'y' }, { name: 'places' }],
      initializer: [ints('k', [count])],
      node: [node('TopK', ['x', 'k'], ['y', 'i'], settings), node('Cast', ['i'], ['places'], { to: 1 })],
    }),
  );
}

// Equal numbers, zeros, and neighbours among the smallest ones.
const x = [3, -1, 2 ** -149, 7, 0, 7, -2.5, 2 ** -148, 3, -(2 ** 127)];

test.each([
  [3, 1],
  [5, 0],
  [10, 1],
])('the first %i, largest = %i', async (count, largest) => {
  const imported = read([x.length], count, { largest });
  if ('problems' in imported) throw new Error(imported.problems[0]!.what);
  const { graph } = imported.network;
  const parameters = new Map([...imported.weights].map(([name, { data }]) => [name, data]));
  expect(ownModel(imported, operators).text).toContain('network G');
  const feeds = { inputs: new Map([['x', Float32Array.from(x)]]), parameters, batch: 1 };
  const runs: Outputs[] = [runOracle(graph, feeds).outputs];
  for (const target of ['js', 'wasm'] as const) {
    const module = moduleOf(compileNetwork({ graph }, { target }).program);
    runs.push(await runModule(module, weightsFile(graph, parameters), feeds, 1));
  }
  const places = [...x.keys()].toSorted((a, b) => (largest === 1 ? x[b]! - x[a]! : x[a]! - x[b]!)).slice(0, count);
  for (const outputs of runs) {
    const [y, indices] = [...outputs.values()].map((data) => Array.from(data, (value) => value + 0));
    expect(y).toEqual(places.map((place) => x[place]));
    expect(indices).toEqual(places);
  }
});

test('along an axis of an image', () => {
  const imported = read([2, 3, 2], 2, { axis: 2 });
  if ('problems' in imported) throw new Error(imported.problems[0]!.what);
  const inputs = new Map([['x', Float32Array.of(1, 2, 5, 0, 3, 9, 4, 4, 4, 6, 8, 5)]]);
  const parameters = new Map([...imported.weights].map(([name, { data }]) => [name, data]));
  const { outputs } = runOracle(imported.network.graph, { inputs, parameters, batch: 1 });
  expect([...outputs.values()].map((data) => Array.from(data))).toEqual([
    [5, 9, 3, 2, 8, 6, 4, 5],
    [1, 2, 2, 0, 2, 1, 0, 2],
  ]);
});

test('infinite numbers have places, too, and count as the largest there are', () => {
  const imported = read([5], 4, {});
  if ('problems' in imported) throw new Error(imported.problems[0]!.what);
  expect(imported.notes).toEqual(['indices are numbers of f32, and infinite numbers count as ±3.4e38']);
  const inputs = new Map([['x', Float32Array.of(-Infinity, Infinity, 1, -Infinity, Infinity)]]);
  const parameters = new Map([...imported.weights].map(([name, { data }]) => [name, data]));
  const { outputs } = runOracle(imported.network.graph, { inputs, parameters, batch: 1 });
  const most = (2 - 2 ** -23) * 2 ** 127;
  expect([...outputs.values()].map((data) => Array.from(data))).toEqual([
    [most, most, 1, -most],
    [1, 4, 2, 0],
  ]);
});

test.each([
  [17, /it takes 17 numbers, more than 16/],
  [41, /it takes 41 of 40 numbers/],
  [0, /it takes 0 of 40 numbers/],
])('refused: the first %i', (count, what) => {
  expect(read([40], count, {})).toMatchObject({ problems: [{ what: expect.stringMatching(what) }] });
});
