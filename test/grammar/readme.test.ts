// Every example of the language reference parses without an error.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from '../../grammar/parse.ts';
import { renderDiagnostic } from '../../grammar/render.ts';
import { cnnBlocks } from './support.ts';

const blocks = cnnBlocks(readFileSync(new URL('../../grammar/README.md', import.meta.url), 'utf8'));

test('the reference has examples', () => {
  expect(blocks.length).toBeGreaterThan(8);
});

test.each(blocks.map((block) => [block.line, block] as const))('the example at line %i parses', (line, { text }) => {
  const { file, diagnostics } = parse({ path: `README.md, example at line ${line}`, text });
  expect(diagnostics.map((diagnostic) => renderDiagnostic(diagnostic))).toEqual([]);
  expect(file.imports.length + file.definitions.length).toBeGreaterThan(0);
});
