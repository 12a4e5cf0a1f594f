// Every example of the language reference is correct, and says nothing else.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { frontend } from '../../compiler/frontend/index.ts';
import { operators } from '../../compiler/ops/index.ts';
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

const files = blocks.filter(({ fragment }) => !fragment);

test.each(files.map(({ line, text }) => [line, text] as const))('the example at line %i compiles', (line, text) => {
  const { networks, diagnostics } = frontend({ path: `README.md, example at line ${line}`, text }, { operators });
  expect(diagnostics.map((diagnostic) => renderDiagnostic(diagnostic))).toEqual([]);
  expect(networks.length).toBeGreaterThan(0);
});
