// Tile against ONNX's published example, and what is said of nodes that only work on constants.

import { expect, test } from 'vitest';
import { importOnnx } from '../../src/onnx/index.ts';
import { runOracle } from '../support/executors.ts';
import { border, ints, modelBytes, node } from './models.ts';

function tile(dims: readonly (number | string)[], repeats: readonly number[]) {
  return importOnnx(
    modelBytes({
      name: 'tile',
      input: [border('x', dims)],
      output: [border('y', [])],
      initializer: [ints('repeats', repeats)],
      node: [node('Tile', ['x', 'repeats'], ['y'])],
    }),
  );
}

function tiled(dims: readonly (number | string)[], repeats: readonly number[], x: readonly number[], batch: number) {
  const imported = tile(dims, repeats);
  if ('problems' in imported) throw new Error(JSON.stringify(imported.problems));
  const inputs = new Map([['x', Float32Array.from(x)]]);
  const { outputs } = runOracle(imported.network.graph, { inputs, parameters: new Map(), batch });
  return { dims: imported.outputs[0]!.dims, y: [...outputs.values()].flatMap((values) => Array.from(values)) };
}

test('repeats both axes as ONNX’s example tile_precomputed does', () => {
  const expected = [0, 1, 0, 1, 2, 3, 2, 3, 0, 1, 0, 1, 2, 3, 2, 3];
  expect(tiled([2, 2], [2, 2], [0, 1, 2, 3], 1)).toEqual({ dims: [4, 4], y: expected });
});

test('repeats the axes of each image', () => {
  const { dims, y } = tiled(['n', 2, 1, 2], [1, 2, 1, 2], [0, 1, 2, 3, 4, 5, 6, 7], 2);
  expect(dims).toEqual([4, 1, 4]);
  const [first, second] = [
    [0, 1, 0, 1, 2, 3, 2, 3],
    [4, 5, 4, 5, 6, 7, 6, 7],
  ];
  expect(y).toEqual([...first, ...first, ...second, ...second]);
});

test.each([
  ['too few', [2]],
  ['none', [1, 0]],
  ['fewer than none', [1, -1]],
  ['too many elements', [1, 2 ** 40]],
])('refuses %s copies', (_, repeats) => {
  expect(tile([2, 2], repeats)).toHaveProperty('problems.0.operator', 'Tile');
});
