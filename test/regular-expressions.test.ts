// No regular expression takes quadratic time, whatever text it is given: all literals of the sources, and the tokens of the
// language, are analysed (scslre: https://github.com/RunDevelopment/scslre).

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { parseAst } from 'rolldown/parseAst';
import { analyse } from 'scslre';
import { expect, test } from 'vitest';
import { allTokens } from '../grammar/tokens.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
// Texts that are made of other sources, which are read themselves.
const made: ReadonlySet<string> = new Set([
  'compiler/codegen/runtime-text.ts',
  'src/report/html/page-text.ts',
  'src/page/script-text.ts',
]);

const sources = ['grammar', 'compiler', 'runtime', 'src'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
    .filter((path) => !made.has(path)),
);

interface Pattern {
  readonly where: string;
  readonly source: string;
  readonly flags: string;
}

function literalsOf(path: string): readonly Pattern[] {
  const found: Pattern[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { regex } = node as { readonly regex?: { readonly pattern: string; readonly flags: string } };
    if (regex) found.push({ where: path, source: regex.pattern, flags: regex.flags });
    for (const inner of Object.values(node)) visit(inner);
  };
  visit(parseAst(readFileSync(join(root, path), 'utf8'), { lang: 'ts' }));
  return found;
}

const tokens = allTokens.flatMap(({ name, PATTERN }): readonly Pattern[] => {
  const where = `token ${name}`;
  if (PATTERN instanceof RegExp) return [{ where, source: PATTERN.source, flags: PATTERN.flags }];
  // Chevrotain makes a regular expression of a text.
  if (typeof PATTERN !== 'string') return [];
  return [{ where, source: PATTERN.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`), flags: '' }];
});
const literals = sources.flatMap(literalsOf);

const slow = (patterns: readonly Pattern[], reportTypes: { readonly Move?: boolean }): readonly string[] =>
  patterns.flatMap(({ where, source, flags }) =>
    analyse({ source, flags }, { maxReports: 1, reportTypes }).reports.map(
      ({ type }) => `${where}: /${source}/${flags} (${type})`,
    ),
  );

test('they are found', () => expect([literals.length > 100, tokens.length > 60]).toEqual([true, true]));
test('no literal takes quadratic time', () => expect(slow(literals, {})).toEqual([]));
// The lexer tries a token at one place, not at every one from there on ("Move"); what that costs is tried in robustness.test.ts.
test('no token takes quadratic time', () => expect(slow(tokens, { Move: false })).toEqual([]));
