// The best candidates are what a sort of all of them gives, each set of groups once with its lowest peak.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { candidatesOf } from '../../compiler/schedule/candidates.ts';

interface Added {
  readonly group: number;
  readonly hash: number;
  readonly peak: number;
}

/** The same set of groups has as much alive, whatever came first. */
const aliveOf = (hash: number): number => (hash * 7) % 3;

function sorted(added: readonly Added[], width: number): readonly unknown[] {
  const sets = new Map<number, Added & { readonly from: number }>();
  for (const [from, one] of added.entries()) {
    const known = sets.get(one.hash);
    if (!known || one.peak < known.peak) sets.set(one.hash, { ...one, from });
  }
  return [...sets.values()]
    .map((one) => ({ ...one, alive: aliveOf(one.hash) }))
    .toSorted((a, b) => a.peak - b.peak || a.alive - b.alive)
    .slice(0, width);
}

test('as a sort of all', () => {
  const hash = fc.oneof(fc.nat(8), fc.nat(60), fc.maxSafeInteger().map(Math.abs));
  const one = fc.record({ group: fc.nat(50), hash, peak: fc.nat(6) });
  fc.assert(
    fc.property(
      fc.array(fc.array(one, { maxLength: 60 }), { maxLength: 4 }),
      fc.integer({ min: 1, max: 12 }),
      (steps, width) => {
        const candidates = candidatesOf(60);
        for (const added of steps) {
          candidates.clear();
          added.forEach(({ group, hash: key, peak }, from) => candidates.add(from, group, key, aliveOf(key), peak));
          expect(candidates.best(width)).toEqual(sorted(added, width));
        }
      },
    ),
    { numRuns: 300 },
  );
});
