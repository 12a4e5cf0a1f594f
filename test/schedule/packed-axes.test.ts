// Loops that pack weights, nested in another order: the same elements go to the same places.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PackedAxis } from '../../compiler/schedule/packed-axes.ts';
import {
  dense,
  factorStrides,
  hasRuns,
  inReadingOrder,
  inTiles,
  simplified,
  spanOf,
} from '../../compiler/schedule/packed-axes.ts';
import { scalarTarget, vectorTarget } from '../../compiler/templates/target.ts';
import { runs } from '../support/runs.ts';

/** `source → target` of every element, sorted. */
function elements(axes: readonly PackedAxis[]): readonly string[] {
  const all = axes.reduce(
    (places, { count, stride, to }) =>
      places.flatMap(([p, q]) => Array.from({ length: count }, (_, i) => [p + i * stride, q + i * to] as const)),
    [[0, 0] as readonly [number, number]],
  );
  return all.map(([p, q]) => `${p} → ${q}`).toSorted();
}

/** A matrix of panels, as `packMatrix` makes it of weights whose columns or whose rows lie side by side. */
const packings = fc
  .record({
    panels: fc.integer({ min: 1, max: 4 }),
    panel: fc.constantFrom(1, 3, 4, 8),
    depth: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 2 }),
    wide: fc.constantFrom(1, 7, 64, 130),
    columnsLast: fc.boolean(),
  })
  .map(({ panels, panel, depth: counts, wide, columnsLast }) => {
    const depth = [...counts, wide];
    const rows = depth.reduce((product, count) => product * count, 1);
    const columnStride = columnsLast ? 1 : rows;
    let stride = columnsLast ? panels * panel : 1;
    const axes = depth
      .toReversed()
      .map((count) => {
        const own = { count, stride };
        stride *= count;
        return own;
      })
      .toReversed();
    return simplified([
      { count: panels, stride: panel * columnStride, to: rows * panel },
      ...dense(axes, panel),
      { count: panel, stride: columnStride, to: 1 },
    ]);
  });

test('runs in the order of reading, transpositions in tiles', () => {
  fc.assert(
    fc.property(packings, (axes) => {
      const expected = elements(axes);
      expect(elements(inTiles(axes))).toEqual(expected);
      if (!hasRuns(axes, vectorTarget)) return;
      const ordered = inReadingOrder(axes);
      expect(elements(ordered)).toEqual(expected);
      expect(ordered.map(({ stride }) => stride)).toEqual(
        ordered.map(({ stride }) => stride).toSorted((a, b) => b - a),
      );
    }),
    runs(60),
  );
});

test('a transposition reads rows of at most 64', () => {
  const [panels, rows, side] = [
    { count: 3, stride: 8 * 400, to: 8 * 400 },
    { count: 400, stride: 1, to: 8 },
    { count: 8, stride: 400, to: 1 },
  ] as const;
  // 400 = 8 · 50
  expect(inTiles([panels, rows, side])).toEqual([
    panels,
    { count: 8, stride: 50, to: 400 },
    side,
    { count: 50, stride: 1, to: 8 },
  ]);
  // Filters of 3×3: 9 taps of 7 of the 112 channels, which is 112 = 16 · 7.
  const taps = { count: 9, stride: 1, to: 112 * 8 };
  const filters = { count: 8, stride: 112 * 9, to: 1 };
  const channels = (count: number, by: number) => ({ count, stride: 9 * by, to: 8 * by });
  expect(inTiles([taps, channels(112, 1), filters])).toEqual([channels(16, 7), filters, channels(7, 1), taps]);
  expect(hasRuns([panels, rows, side], vectorTarget)).toBe(false);
  expect(hasRuns([{ ...side, stride: 1 }], scalarTarget)).toBe(false);
  expect(hasRuns([{ ...side, stride: 1 }], vectorTarget)).toBe(true);
});

const axes = fc.array(
  fc.record({ count: fc.integer({ min: 1, max: 4 }), stride: fc.integer({ min: -6, max: 24 }), to: fc.constant(1) }),
  { maxLength: 3 },
);

/** Where loops read, from index `from` on, and what numbers they find there if they have strides of their own. */
function walked(loops: readonly PackedAxis[], from: number, strides: readonly number[]): readonly [number, number][] {
  return loops.reduce(
    (places, { count, stride }, axis) =>
      places.flatMap(([p, q]) =>
        Array.from({ length: count }, (_, i): [number, number] => [p + i * stride, q + i * strides[axis]!]),
      ),
    [[from, 0] as [number, number]],
  );
}

test('strides in factors lead to that of each element, or there are none', () => {
  let found = 0;
  fc.assert(
    fc.property(axes, fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 12 }), (loops, from, every) => {
      const strides = factorStrides(loops, from, every);
      if (!strides) return;
      found += 1;
      for (const [place, step] of walked(loops, from, strides))
        expect(Math.floor(from / every) + step).toBe(Math.floor(place / every));
    }),
    runs(300),
  );
  expect(found).toBeGreaterThan(30);
});

test('of filters packed in panels, the outer axes step through the factors', () => {
  const filters = { count: 3, stride: 8 * 45, to: 8 * 45 };
  const inner = [
    { count: 5, stride: 9, to: 8 },
    { count: 9, stride: 1, to: 40 },
    { count: 8, stride: 45, to: 1 },
  ];
  expect(factorStrides([filters, ...inner], 45, 45)).toEqual([8, 0, 0, 1]);
  expect(factorStrides([filters, ...inner], 8, 45)).toBeUndefined();
  expect(spanOf(inner)).toBe(8 * 45);
});
