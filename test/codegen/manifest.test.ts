// Emitted modules are the ones on record: a refactoring must not change them without saying so.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Manifest } from '../../scripts/manifest.ts';
import { exampleFolders, manifestFile, manifestOf } from '../../scripts/manifest.ts';

const recorded = JSON.parse(readFileSync(manifestFile, 'utf8')) as Manifest;

test.each(exampleFolders)(
  'the modules of %s are unchanged',
  (example) => {
    for (const [network, columns] of Object.entries(manifestOf(example))) expect(columns).toEqual(recorded[network]);
  },
  300_000,
);
