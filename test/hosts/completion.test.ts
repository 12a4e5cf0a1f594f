// All examples cut before each of their tokens, as test/ide/prefixes.ts says.

import { globSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cutsOf, rateOf, rateTable } from '../ide/prefixes.ts';

test('at nine of ten places of the examples, the token that stands there is among the first ten proposals', () => {
  const cuts = globSync('examples/**/*.cnn').flatMap((path) => cutsOf(path));
  console.log(rateTable(cuts));
  const { places, offered, amongFirst } = rateOf(cuts);
  expect(places).toBeGreaterThan(10_000);
  expect(amongFirst).toBeGreaterThanOrEqual(0.9);
  expect(offered).toBeGreaterThanOrEqual(0.96);
  for (const kind of ['signs', 'keywords'])
    expect(rateOf(cuts.filter((cut) => cut.kind === kind)).amongFirst).toBeGreaterThan(0.95);
}, 60_000);
