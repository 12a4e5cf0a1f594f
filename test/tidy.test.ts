// The rules of the code base that no other tool checks: who may import whom, how long a file may be, how it opens.

import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const filesOf = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .map((name) => join(folder, name))
    .toSorted();
const sources = ['grammar', 'compiler', 'runtime', 'src'].flatMap(filesOf);

/** Folder → folders it may import from. The longest matching prefix decides; a folder may always import from itself. */
const may: Readonly<Record<string, readonly string[]>> = {
  runtime: [],
  grammar: ['chevrotain'],
  'compiler/ir': ['grammar/source.ts'],
  'compiler/kernel': [],
  'compiler/ops': ['compiler/ir'],
  'compiler/analysis': ['compiler/ir', 'compiler/ops', 'runtime/abi.ts'],
  'compiler/passes': ['compiler/ir', 'compiler/ops', 'compiler/analysis'],
  'compiler/frontend': ['grammar', 'compiler/ir', 'compiler/ops', 'compiler/analysis'],
  'compiler/templates': ['compiler/kernel', 'compiler/ir/scalar.ts'],
  'compiler/schedule': ['compiler/ir', 'compiler/ops', 'compiler/templates', 'compiler/kernel', 'grammar/source.ts'],
  'compiler/codegen': [
    'compiler/kernel',
    'compiler/schedule/program.ts',
    'compiler/ir/tensor-type.ts',
    'runtime/abi.ts',
  ],
  compiler: ['compiler', 'grammar'],
  src: ['grammar', 'compiler', 'runtime', 'node:', 'commander', 'fast-png', '@dagrejs/dagre'],
};

interface Import {
  readonly file: string;
  readonly target: string;
}

const imports: readonly Import[] = sources.flatMap((file) => {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/^(?:import|export)\s[^;]*?from '([^']+)';/gm)].map(([, target]) => ({
    file,
    target: target!.startsWith('.') ? relative(root, resolve(root, dirname(file), target!)) : target!,
  }));
});

const ruleOf = (file: string): string =>
  Object.keys(may)
    .filter((folder) => file.startsWith(`${folder}/`))
    .toSorted((a, b) => b.length - a.length)[0]!;

describe('imports', () => {
  test('are found', () => expect(imports.length).toBeGreaterThan(200));
  test.each(Object.keys(may))('of %s', (folder) => {
    const own = imports.filter(({ file }) => ruleOf(file) === folder);
    const wrong = own.filter(({ target }) => ![folder, ...may[folder]!].some((allowed) => target.startsWith(allowed)));
    expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
  });
});

/** Modules may time their kernels, and what a switch of the engine gains. */
const timed = new Set(['runtime/engine.ts', 'runtime/wide.ts', 'compiler/codegen/runtime-text.ts']);

describe('files', () => {
  const generated = 'compiler/codegen/runtime-text.ts';
  test('have at most 500 lines', () => {
    const long = [...sources, ...filesOf('test')].filter(
      (file) => file !== generated && readFileSync(join(root, file), 'utf8').split('\n').length > 501,
    );
    expect(long).toEqual([]);
  });
  test('open with a sentence of what they are', () => {
    const bare = sources.filter((file) => !/^(#!.*\n)?\/\/ \S/.test(readFileSync(join(root, file), 'utf8')));
    expect(bare).toEqual([]);
  });
  test('below src/cli read no files, clock or environment', () => {
    const impure = sources.filter((file) => {
      if (file.startsWith('src/') || timed.has(file)) return false;
      return /\b(process\.|Date\.now|performance\.now|console\.|Math\.random)|from 'node:/.test(
        readFileSync(join(root, file), 'utf8'),
      );
    });
    expect(impure).toEqual([]);
  });
});
