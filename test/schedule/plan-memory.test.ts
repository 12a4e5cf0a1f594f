// Plans of memory: buffers that are alive together never share an element, however many there are.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { placedBuffers } from '../../compiler/schedule/placed-buffers.ts';
import type { Lifetime } from '../../compiler/schedule/placed-buffers.ts';
import { largestLiveSet, planMemory } from '../../compiler/schedule/plan-memory.ts';
import { runs } from '../support/runs.ts';

/** Buffers of a program of `calls` calls, each alive for at most `most` of them. */
const lifetimesOf = (calls: number, most: number): fc.Arbitrary<readonly Lifetime[]> =>
  fc.array(
    fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.nat(calls), fc.nat(most))
      .map(([length, from, more]) => ({ length, from, to: from + more })),
    { minLength: 1, maxLength: 80, size: 'max' },
  );

/** Short ones, of which few are alive together, and long ones. */
const lifetimes = fc.oneof(lifetimesOf(200, 2), lifetimesOf(20, 20), lifetimesOf(5, 5));

const meet = (a: Lifetime, b: Lifetime): boolean => a.from <= b.to && b.from <= a.to;

test('buffers that are alive together have no element in common', () => {
  fc.assert(
    fc.property(lifetimes, (all) => {
      const { offsets, length } = planMemory(all);
      expect(length).toBeGreaterThanOrEqual(largestLiveSet(all));
      all.forEach((a, i) => {
        expect(offsets[i]! + a.length).toBeLessThanOrEqual(length);
        all.slice(0, i).forEach((b, j) => {
          const isApart = offsets[i]! + a.length <= offsets[j]! || offsets[j]! + b.length <= offsets[i]!;
          expect(isApart || !meet(a, b)).toBe(true);
        });
      });
    }),
    runs(300),
  );
});

test('placed buffers beside another one are found in the order of their offsets', () => {
  fc.assert(
    fc.property(lifetimes, fc.array(fc.nat(50), { minLength: 80, maxLength: 80 }), (all, places) => {
      const offsets = new Float64Array(all.length).fill(NaN);
      const placed = placedBuffers(all, offsets);
      all.forEach((own, index) => {
        const found = [...placed.beside(index)];
        const expected = all.flatMap((other, at) => (at < index && meet(own, other) ? [at] : []));
        expect(found.toSorted((a, b) => a - b)).toEqual(expected);
        const inOrder = found.map((other) => offsets[other]!);
        expect(inOrder).toEqual(inOrder.toSorted((a, b) => a - b));
        offsets[index] = places[index]!;
        placed.add(index);
      });
    }),
    runs(200),
  );
});

test('thousands of buffers that are all alive at once lie one after the other', () => {
  const count = 5000;
  const { offsets, length } = planMemory(
    Array.from({ length: count }, (_, at) => ({ length: 16, from: at, to: count })),
  );
  expect(length).toBe(16 * count);
  expect(new Set(offsets).size).toBe(count);
});

test('the maps and gradients of a training of 30,000 layers need no more than is alive at once', () => {
  const layers = 30_000;
  // Maps, which the backward pass reads in the opposite order, and between them gradients, which live shortly.
  const all = Array.from({ length: layers }, (_, at): readonly Lifetime[] => {
    const back = 2 * layers - at;
    return [
      { length: 16 * (1 + (at % 5)), from: at, to: back },
      { length: 16 * (1 + (at % 3)), from: back, to: back + 3 },
    ];
  }).flat();
  const { offsets, length } = planMemory(all);
  expect(length).toBe(largestLiveSet(all));
  for (const time of [0, 1, layers - 1, layers, layers + 1, 1.5 * layers, 2 * layers]) {
    const alive = all.flatMap((own, at) => (own.from <= time && time <= own.to ? [[offsets[at]!, own.length]] : []));
    const inOrder = alive.toSorted(([a], [b]) => a! - b!);
    const overlaps = inOrder.filter(([start], at) => at > 0 && inOrder[at - 1]![0]! + inOrder[at - 1]![1]! > start!);
    expect(overlaps).toEqual([]);
  }
});
