// Matrices of resizing against closed forms on rows of a few pixels.

import { describe, expect, test } from 'vitest';
import { importOnnx } from '../../src/onnx/index.ts';
import { matrixOf } from '../../src/onnx/operators/resampling.ts';
import type { Filter, Stretch } from '../../src/onnx/operators/resampling.ts';
import { runOracle } from '../support/executors.ts';
import { border, floats, modelBytes, node } from './models.ts';

const plain: Filter = {
  mode: 'linear',
  coordinates: 'half_pixel',
  rounding: 'round_prefer_floor',
  cubicA: -0.75,
  excludeOutside: false,
  antialias: false,
};

function resize(
  row: readonly number[],
  output: number,
  filter: Partial<Filter>,
  scale = output / row.length,
): readonly number[] {
  const stretch: Stretch = { input: row.length, output, scale };
  const matrix = matrixOf(stretch, { ...plain, ...filter });
  return Array.from({ length: output }, (_, at) =>
    row.reduce((sum, value, from) => sum + value * matrix[at * row.length + from]!, 0),
  );
}

describe('a row', () => {
  test.each<[string, readonly number[], readonly number[], Partial<Filter>, number?]>([
    ['is blended', [1, 2], [1, 1.25, 1.75, 2], {}],
    ['keeps its corners', [1, 2], [1, 4 / 3, 5 / 3, 2], { coordinates: 'align_corners' }],
    ['is blended from its left', [1, 2], [1, 1.5, 2, 2], { coordinates: 'asymmetric' }],
    // Keys' cubic with a = −0.75 is 0.59375 at 1/2 and −0.09375 at 3/2; the pixel outside is that of the border.
    ['is blended by a cubic', [1, 2, 3, 4], [1.40625, 3.59375], { mode: 'cubic' }],
    // A triangle of twice the width: 1/4, 3/4, 3/4, 1/4 of 2.
    ['is smoothed', [1, 2, 3, 4], [1.625, 3.375], { antialias: true }],
    ['repeats pixels', [1, 2], [1, 1, 1, 2, 2, 2], { mode: 'nearest' }],
    ['drops pixels', [1, 2, 3, 4], [1, 3], { mode: 'nearest' }, 0.6],
    [
      'rounds up',
      [1, 2, 3, 4],
      [1, 2, 2, 3, 3, 4, 4, 4],
      { mode: 'nearest', rounding: 'ceil', coordinates: 'asymmetric' },
    ],
  ])('%s', (_, row, expected, filter, scale) => {
    const found = resize(row, expected.length, filter, scale);
    for (const [at, value] of expected.entries()) expect(found[at]).toBeCloseTo(value, 5);
  });

  test('is one of means: weights of each pixel add up to 1', () => {
    for (const mode of ['nearest', 'linear', 'cubic'] as const)
      for (const antialias of [false, true])
        for (const output of [1, 3, 7, 20])
          for (const value of resize([1, 1, 1, 1, 1, 1, 1], output, { mode, antialias }))
            expect(value).toBeCloseTo(1, 5);
  });
});

test('a scale that is too small to change the extent moves pixels all the same', () => {
  const imported = importOnnx(
    modelBytes({
      name: 'moved',
      input: [border('x', ['n', 1, 1, 2])],
      output: [border('y', ['n', 1, 1, 2])],
      initializer: [floats('scales', [4], [1, 1, 1, 1.25])],
      node: [node('Resize', ['x', '', 'scales'], ['y'], { mode: 'linear' })],
    }),
  );
  if ('problems' in imported) throw new Error(JSON.stringify(imported.problems));
  const parameters = new Map([...imported.weights].map(([name, { data }]) => [name, data]));
  const inputs = new Map([['x', Float32Array.of(1, 2)]]);
  const { outputs } = runOracle(imported.network.graph, { inputs, parameters, batch: 1 });
  // Pixel 1 lies at (1 + 1/2) / 1.25 − 1/2 = 0.7.
  expect([...outputs.values()].map((values) => Array.from(values, (value) => Math.round(value * 1e6) / 1e6))).toEqual([
    [1, 1.7],
  ]);
});

test.each([
  [0.6, 1],
  [0.5, 0],
])('corners that a scale of %f cuts are said', (scale, notes) => {
  const imported = importOnnx(
    modelBytes({
      name: 'corners',
      input: [border('x', ['n', 1, 2, 4])],
      output: [border('y', ['n', 1, 'h', 'w'])],
      initializer: [floats('scales', [4], [1, 1, scale, scale])],
      node: [
        node('Resize', ['x', '', 'scales'], ['y'], { mode: 'linear', coordinate_transformation_mode: 'align_corners' }),
      ],
    }),
  );
  if ('problems' in imported) throw new Error(JSON.stringify(imported.problems));
  expect(imported.notes).toHaveLength(notes);
  for (const note of imported.notes) expect(note).toMatch(/^y: 1 of 1.2 pixels are kept/);
});
