// The `.cnn` texts of the project: examples, diagnostics, the language's reference, and what fuzzing has found before.

import { readdirSync, readFileSync } from 'node:fs';
import { catalog } from '../../grammar/catalog.ts';
import { cnnBlocks } from '../grammar/support.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

const files = ['examples/', 'test/diagnostics/', 'test/fuzz/found/'].flatMap((folder) =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.cnn'))
    .toSorted()
    .map((name) => read(folder + name)),
);

export const corpus: readonly string[] = [
  ...files,
  ...cnnBlocks(read('grammar/README.md')).map(({ text }) => text),
  ...[...catalog.values()].flatMap(({ bad, good }) => [bad, good]),
].filter((text) => text.length < 4000);
