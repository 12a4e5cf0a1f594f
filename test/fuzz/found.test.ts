// What fuzzing has found stays mended: every text of `found/` is tried again, by all targets that read texts.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkTarget } from './targets/check.ts';
import { formatTarget } from './targets/format.ts';
import { parserTarget } from './targets/parser.ts';

const folder = new URL('found/', import.meta.url);

test.each(readdirSync(folder))('%s', async (name) => {
  const text = readFileSync(new URL(name, folder), 'utf8');
  for (const target of [parserTarget, formatTarget, checkTarget]) await target.run(text);
  expect(text).not.toBe('');
});
