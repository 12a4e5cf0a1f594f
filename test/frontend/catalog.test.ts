// Every code of the front end's catalogue: the bad file is reported with exactly that code, the good one with nothing, and
// no code is reported that the catalogue lacks.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkExpectations } from '../../compiler/frontend/index.ts';
import { catalog } from '../../grammar/catalog.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { compile, macCount, outputShapes, parameterCount } from './support.ts';

const entries = [...catalog.values()].filter(
  ({ code }) => !code.startsWith('syntax/') && !['limit/nesting', 'limit/expression', 'limit/source'].includes(code),
);

/** What the command line says, for codes that are about it. */
const options: Readonly<Record<string, Parameters<typeof compile>[1]>> = {
  'name/unknown-network': { network: 'LeNet' },
  'argument/set': { set: { classes: '3' } },
  'expect/skipped': { set: { classes: '3' } },
};

const files: Record<string, string> = {
  'heads.cnn': 'block head { relu }\n',
  'circle.cnn': 'import { a } from "./main.cnn"\nblock head { a }\n',
};
for (let index = 0; index < 300; index += 1) {
  files[`relay${index}.cnn`] = `import { relay } from "./relay${index + 1}.cnn"\nblock relay${index} { relay }\n`;
}

function diagnosticsOf(text: string, code: string): readonly Diagnostic[] {
  const { networks, diagnostics } = compile(text, { files, ...options[code] });
  const budgets = networks.flatMap((network) =>
    checkExpectations(network, {
      parameters: parameterCount(network),
      macs: macCount(network),
      outputs: outputShapes(network),
    }),
  );
  return [...diagnostics, ...budgets];
}

describe.each(entries)('$code', ({ code, bad, good }) => {
  test('the bad file is reported with exactly this code', () => {
    const diagnostics = diagnosticsOf(bad, code);
    // Every one of a chain of files has an import of its own.
    const codes =
      code === 'limit/imports'
        ? [...new Set(diagnostics.map((diagnostic) => diagnostic.code))]
        : diagnostics.map((diagnostic) => diagnostic.code);
    expect(codes).toContain(code);
    if (code !== 'limit/imports') expect(codes).toEqual([code]);
    expect(diagnostics.find((diagnostic) => diagnostic.code === code)!.limit ?? false).toBe(code.startsWith('limit/'));
  });

  test('the good file is not reported', () => {
    expect(diagnosticsOf(good, code).map((diagnostic) => `${diagnostic.code}: ${diagnostic.message}`)).toEqual([]);
  });
});

test('the front end reports no code that the catalogue lacks', () => {
  const folder = new URL('../../compiler/frontend/', import.meta.url);
  const text = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
    .join('\n');
  const kinds = [
    'import',
    'name',
    'argument',
    'type',
    'value',
    'flow',
    'shape',
    'share',
    'learned',
    'input',
    'weights',
    'setting',
    'expect',
    'limit',
  ];
  const used = new Set(
    [...text.matchAll(new RegExp(`'((?:${kinds.join('|')})/[a-z-]+)'`, 'g'))].map(([, code]) => code!),
  );
  expect(used.size).toBeGreaterThan(60);
  expect([...used].filter((code) => !catalog.has(code))).toEqual([]);
});
