// Matrices of resizing against closed forms on rows of a few pixels.

import { describe, expect, test } from 'vitest';
import { countOf } from '../../src/onnx/constant.ts';
import { importOnnx } from '../../src/onnx/index.ts';
import { matrixOf } from '../../src/onnx/operators/resampling.ts';
import type { Filter, Stretch } from '../../src/onnx/operators/resampling.ts';
import { runOracle } from '../support/executors.ts';
import { border, floats, ints, modelBytes, node } from './models.ts';

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
  const stretch: Stretch = { input: row.length, output, scale: Math.fround(scale) };
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
    // What ONNX 1.5 published for its operator set 10, which has no word for it.
    [
      'drops pixels as it was',
      [1, 2, 3, 4],
      [1, 3],
      { mode: 'nearest', rounding: 'outwards', coordinates: 'asymmetric' },
      0.6,
    ],
    [
      'repeats pixels as it was',
      [1, 2],
      [1, 1, 2],
      { mode: 'nearest', rounding: 'outwards', coordinates: 'asymmetric' },
      1.5,
    ],
    // 1 / (2 / 7) = 3.5 goes up, 3 · 10 / 12 = 2.5 down, and 19 / (38 / 7) = 3.5 down, though f32 has the quotients beside it.
    [
      'has middles that go up',
      [0, 1, 2, 3, 4, 5, 6],
      [0, 4],
      { mode: 'nearest', rounding: 'round_prefer_ceil', coordinates: 'asymmetric' },
    ],
    [
      'has middles between its corners',
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      [0, 1, 2, 2, 3, 4, 5, 6, 7, 7, 8, 9, 10],
      { mode: 'nearest', coordinates: 'align_corners' },
    ],
    [
      'has middles that go down',
      [0, 1, 2, 3, 4, 5, 6],
      Array.from({ length: 38 }, (_, at) => Math.min(6, Math.ceil((at * 7 - 19) / 38))),
      { mode: 'nearest', coordinates: 'asymmetric' },
    ],
    // 4 / 1.6 = 2.5 goes up, though the f32 nearest to 1.6 is a little more.
    [
      'takes the pixel that the decimal scale takes',
      [1, 2, 3, 4],
      [1, 2, 2, 3, 4, 4],
      { mode: 'nearest', rounding: 'round_prefer_ceil', coordinates: 'asymmetric' },
      1.6,
    ],
    // One pixel is the first one: (0 if length_resized is 1).
    [
      'keeps its first pixel',
      [1, 2, 3],
      [1],
      { mode: 'nearest', rounding: 'ceil', coordinates: 'pytorch_half_pixel' },
      0.5,
    ],
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

/** Of the output of a Resize node of x [1,1,4,10]. */
function resizedDims(scales: readonly number[], settings: Parameters<typeof node>[3], sizes: readonly number[] = []) {
  const imported = importOnnx(
    modelBytes(
      {
        name: 'dims',
        input: [border('x', [1, 1, 4, 10])],
        output: [border('y', [])],
        initializer: sizes.length > 0 ? [ints('to', sizes)] : [floats('scales', [4], scales)],
        node: [node('Resize', sizes.length > 0 ? ['x', '', '', 'to'] : ['x', '', 'scales'], ['y'], settings)],
      },
      { opsetImport: [{ domain: '', version: 18n }] } as never,
    ),
  );
  if ('problems' in imported) throw new Error(JSON.stringify(imported.problems));
  const { graph } = imported.network;
  expect(countOf(graph.types.get(graph.outputs[0]!.value)!.shape)).toBe(countOf(imported.outputs[0]!.dims));
  return [...(imported.batched ? ['N'] : []), ...imported.outputs[0]!.dims].join();
}

test.each([
  ['linear', 'half_pixel'],
  ['nearest', 'asymmetric'],
  ['cubic', 'align_corners'],
] as const)('%s by %s coordinates: 10 pixels times 0.7 are 7', (mode, coordinates) => {
  expect(resizedDims([1, 1, 0.5, 0.7], { mode, coordinate_transformation_mode: coordinates })).toBe('N,1,2,7');
});

test('keeping the aspect ratio of all axes resizes the batch, too', () => {
  const larger = { mode: 'nearest', keep_aspect_ratio_policy: 'not_smaller' };
  expect(resizedDims([], larger, [1, 1, 8, 12])).toBe('2,2,8,20');
  expect(resizedDims([], larger, [1, 1, 4, 10])).toBe('N,1,4,10');
});
