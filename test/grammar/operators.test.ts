// The reference of operators, grammar/operators.md, is up to date.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { operators } from '../../compiler/ops/index.ts';
import { withOperators } from '../../scripts/generate-operator-docs.ts';

const reference = readFileSync(new URL('../../grammar/operators.md', import.meta.url), 'utf8');

test('the reference describes the operators as they are', () => {
  expect(withOperators(reference), 'npm run generate -- operators').toBe(reference);
});

test('the reference has every operator that the language knows, and no other', () => {
  const titles = [...reference.matchAll(/^## (\w+)$/gm)].map(([, title]) => title);
  expect(titles).toEqual([...operators.values()].filter(({ internal }) => !internal).map(({ name }) => name));
  expect(reference).toContain('`conv(channels, kernel, stride: 1, padding: 0, dilation: 1, groups: 1, bias: true,');
});
