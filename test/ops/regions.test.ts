// Pooling of regions: the example of "Dive into Deep Learning", section 14.8, which is torchvision's roi_pool, and regions that lie
// anywhere or nowhere. What torchvision computes of random regions is in test/fixtures/pytorch.

import { describe, expect, test } from 'vitest';
import { attributeProblem } from '../../compiler/ir/attributes.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import { disagreements } from '../support/agreement.ts';
import { applyToAll, counting, numbersOf } from '../support/apply-operator.ts';
import { moduleOf, runOracle } from '../support/executors.ts';
import { centred } from '../support/formula.ts';
import { ownTime } from '../support/own-time.ts';

const LEAST = -3.4028234663852886e38;

const pooled = (x: readonly (readonly number[])[], region: readonly number[], size: number): readonly number[] =>
  numbersOf(applyToAll('roi_pool', [[x], [region]], { size })[0]!);

test('14.8: two regions of a picture of 40×40 in a map of 4×4', () => {
  const regions = [
    [0, 0, 20, 20],
    [0, 10, 30, 30],
  ];
  expect(applyToAll('roi_pool', [counting([1, 4, 4]), regions], { size: 2, scale: 0.1 })[0]).toEqual([
    [5, 6, 9, 10],
    [9, 11, 13, 15],
  ]);
});

test.each([0, -1, 1e-9])('regions are not scaled by %d', (scale) => {
  for (const op of ['roi_pool', 'roi_align'])
    expect(attributeProblem(operators.get(op)!.attributes['scale']!, scale)).toBe('must be at least 0.000001');
});

describe('as torchvision, roi_pool', () => {
  const x = [
    [1, 2],
    [3, 4],
  ];
  test.each([
    ['rounds halves away from 0', [0.5, 0.5, 0.5, 0.5], [4]],
    ['rounds halves below 0 away from it', [-0.5, -0.5, 0, 0], [1]],
    ['does not round up what is just below a half', [0.49999997, 0.49999997, 0, 0], [1]],
    ['takes one pixel where corners are swapped', [1, 1, 0, 0], [4]],
    ['gives 0 outside of the map', [5, 5, 9, 9], [0]],
  ])('%s', (_, region, expected) => expect(pooled(x, region, 1)).toEqual(expected));

  test('leaves bins empty that lie outside of the map', () => {
    expect(pooled(x, [1, 1, 4, 4], 2)).toEqual([4, 0, 0, 0]);
  });

  test('passes over what is no number, down to the least that f32 has', () => {
    expect(pooled([[NaN, -7]], [0, 0, 1, 0], 1)).toEqual([-7]);
    expect(pooled([[NaN, -Infinity]], [0, 0, 1, 0], 1)).toEqual([LEAST]);
  });
});

const hostile = [0, 0.5, -3, 1e9, 3e38, -3e38, NaN, Infinity, -Infinity];

/** Every pair of the numbers as a region's extent along one axis, the other one being the whole map; and along both. */
const anywhere = hostile.flatMap((a) =>
  hostile.flatMap((b) => [
    [a, 0, b, 2],
    [0, a, 2, b],
    [a, b, b, a],
  ]),
);

describe.each([
  ['roi_pool', {}],
  ['roi_align', {}],
  ['roi_align', { sampling: 2, aligned: true }],
  ['roi_align', { aligned: true }],
])('%s %j of regions anywhere and nowhere', (op, more) => {
  const builder = graphBuilder('regions', operators);
  const x = builder.input('x', [5, 3, 4]);
  const regions = builder.input('regions', [anywhere.length, 4]);
  const attributes = { size: [1, 2], scale: 1.5, ...more };
  const asRow = (value: number): number =>
    builder.node({ op: 'to_image', inputs: [value], attributes: { size: [1, anywhere.length] } })[0]!;
  const [y] = builder.node({ op, inputs: [x, regions], attributes });
  const inputs = [asRow(y!), x, asRow(regions)];
  const [dx] = builder.node({ op: `${op}_gradient`, inputs, attributes });
  builder.output('y', y!);
  builder.output('dx', dx!);
  const graph = builder.finish();
  const feeds = {
    inputs: new Map([
      ['x', centred(1, 60, 1)],
      ['regions', Float32Array.from(anywhere.flat())],
    ]),
    parameters: new Map(),
    batch: 1,
  };
  test.each(['js', 'wasm'] as const)('is what the reference says, with its gradient: %s', async (target) => {
    expect(await disagreements(graph, feeds, { target }, 2e-6)).toEqual([]);
  });

  test('is a number each', () => {
    for (const values of runOracle(graph, feeds).outputs.values())
      expect(Array.from(values).every(Number.isFinite)).toBe(true);
  });
});

test('roi_align of a region of a billion pixels takes no longer than one of the whole map', () => {
  const x = counting([1, 4, 4]);
  const start = ownTime();
  applyToAll('roi_align', [x, [[-1e9, -1e9, 1e9, 1e9]]], { size: 1 });
  expect(ownTime() - start).toBeLessThan(500);
});

test('the mean of 4,096 points is exact to f32, as vectors add them row by row', async () => {
  const g = graphBuilder('Mean', operators);
  const x = g.input('x', [4, 8, 8]);
  const regions = g.input('regions', [1, 4]);
  g.output('y', g.node({ op: 'roi_align', inputs: [x, regions], attributes: { size: 1, sampling: 64 } })[0]);
  const graph = g.finish();
  const { load } = await moduleOf(lower(graph, operators, { target: 'wasm' }).program);
  const value = Math.fround(1 / 3);
  const found = (await load({})).run({ x: new Float32Array(256).fill(value), regions: Float32Array.of(1, 1, 6, 6) });
  for (const mean of found as Float32Array) expect(Math.abs(mean / value - 1)).toBeLessThan(2e-6);
});
