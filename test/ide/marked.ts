// Small projects for the tests of the language service: texts with places in them, and the examples.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyse } from '../../src/ide/analysis.ts';
import type { Analysis } from '../../src/ide/analysis.ts';
import type { Edit } from '../../grammar/diagnostic.ts';
import { lineOf, textOf } from '../../grammar/source.ts';
import type { Span } from '../../grammar/source.ts';
import { applyEdits } from '../../src/edit/apply.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** All example files, by path from the root. */
export const exampleFiles: readonly string[] = readdirSync(join(root, 'examples'), {
  recursive: true,
  encoding: 'utf8',
})
  .filter((name) => name.endsWith('.cnn') && !name.includes('node_modules'))
  .map((name) => `examples/${name}`)
  .toSorted();

export function readFile(path: string): string | undefined {
  const place = join(root, normalize(path));
  return existsSync(place) ? readFileSync(place, 'utf8') : undefined;
}

/** A file of the repository, perhaps with another text. */
export function analyseFile(path: string, text = readFile(path) ?? ''): Analysis {
  const read = (name: string) => readFile(dirname(path) === '.' ? name : name);
  return analyse({ path, text }, { read });
}

/** The first of `texts`, which reads the others. */
export function analyseTexts(texts: Readonly<Record<string, string>>, path = Object.keys(texts)[0]!): Analysis {
  return analyse({ path, text: texts[path]! }, { read: (name) => texts[name] });
}

/** The offset of `|` in a text, and the text without it. */
export function caretIn(marked: string): { readonly text: string; readonly offset: number } {
  const offset = marked.indexOf('|');
  return { text: marked.slice(0, offset) + marked.slice(offset + 1), offset };
}

/** `net.cnn:3 width` */
export function shown(span: Span): string {
  return `${span.source.path}:${lineOf(span)} ${textOf(span)}`;
}

/** The texts after edits in any of them. */
export function edited(
  texts: Readonly<Record<string, string>>,
  edits: readonly Edit[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(texts).map(([path, text]) => [
      path,
      applyEdits(
        text,
        edits.filter(({ span }) => span.source.path === path),
      )!,
    ]),
  );
}
