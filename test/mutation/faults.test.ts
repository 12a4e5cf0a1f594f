// The seeded faults keep fitting the code: each has its place, exactly once, and leaves a text that parses.

import { existsSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { expect, test } from 'vitest';
import { seed, stagesOf } from './fault.ts';
import { faults } from './faults/index.ts';

const root = new URL('../../', import.meta.url);

test('there are enough, all with names of their own', () => {
  expect(faults.length).toBeGreaterThanOrEqual(100);
  expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length);
});

test.each(faults)('$name', (fault) => {
  const seeded = seed(readFileSync(new URL(fault.file, root), 'utf8'), fault);
  expect(() => stripTypeScriptTypes(seeded)).not.toThrow();
  for (const path of stagesOf(fault).flatMap(({ tests }) => tests))
    expect(existsSync(new URL(path, root)), path).toBe(true);
});
