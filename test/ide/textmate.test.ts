// The colours of editors that know TextMate grammars, as VS Code's own tokenizer gives them.

import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { IGrammar } from 'vscode-textmate';
import { beforeAll, describe, expect, test } from 'vitest';
import { blockNames } from '../../compiler/blocks/library.ts';
import { allTokens, BinaryOperator, Keyword, PrefixOperator } from '../../grammar/tokens.ts';
import { textMateGrammar } from '../../scripts/generate-textmate.ts';
import { vimSyntax } from '../../scripts/generate-vim-syntax.ts';
import { namedOperators } from '../../src/cli/operator-text.ts';
import { coloured, loadGrammar } from '../support/textmate.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
let grammar: IGrammar;
beforeAll(async () => {
  grammar = await loadGrammar();
});

/** `text scopes`, a line for each token of a line of the language. */
const tokensOf = (line: string): readonly string[] =>
  coloured(grammar, line).flatMap((tokens) => tokens.map(({ text, scopes }) => `${text.trim()}  ${scopes.join(' ')}`));

/** The innermost scope of the token with this text. */
const scopeOf = (line: string, text: string): string | undefined =>
  coloured(grammar, line)
    .flat()
    .find((token) => token.text.trim() === text)
    ?.scopes.at(-1);

test('the files are up to date: npm run generate -- editors', () => {
  expect(readFileSync(`${root}editors/vscode/syntaxes/cnn.tmLanguage.json`, 'utf8')).toBe(textMateGrammar());
  expect(readFileSync(`${root}editors/neovim/syntax/cnn.vim`, 'utf8')).toBe(vimSyntax());
});

describe('scopes', () => {
  test.each([
    ['// a comment', '// a comment', 'comment.line.double-slash'],
    ['/// LeNet', '/// LeNet', 'comment.line.documentation'],
    ['//// a line', '//// a line', 'comment.line.double-slash'],
    ['conv /* why */ (8)', 'why', 'comment.block'],
    ['labels: "a.txt"', 'a.txt', 'string.quoted.double'],
    [String.raw`x: "a\n"`, String.raw`\n`, 'constant.character.escape'],
    [String.raw`x: "a\q"`, String.raw`\q`, 'invalid.illegal.escape'],
    ['dense(61_706)', '61_706', 'constant.numeric'],
    ['dropout(1e-3)', '1e-3', 'constant.numeric'],
    ['macs <= 420k', '420', 'constant.numeric'],
    ['macs <= 420k', 'k', 'keyword.other.unit'],
    ['peak_memory <= 1.5MiB', 'MiB', 'keyword.other.unit'],
    ['kernel: 3x5', 'x', 'keyword.operator.size'],
    ['network LeNet(a: int) {', 'network', 'storage.type'],
    ['network LeNet(a: int) {', 'LeNet', 'entity.name.type.network'],
    ['network A = B(size: 2)', 'B', 'entity.name.type.network'],
    ['block unit(a: int) {', 'unit', 'entity.name.function.block'],
    ['block unit(a: int) {', 'a', 'variable.parameter'],
    ['block unit(a: int) {', 'int', 'support.type'],
    ['block unit(act: block = relu) {', 'relu', 'support.function.step'],
    ['const widths: [(int, bool)] = [1]', 'widths', 'variable.other.constant'],
    ['const widths: [(int, bool)] = [1]', 'bool', 'support.type'],
    ['  input image: [3, 32, 32]', 'input', 'keyword.other'],
    ['  input image: [3, 32, 32]', 'image', 'variable.other.definition'],
    ['  conv(8) -> relu : [16, 30, _]', '_', 'constant.language.wildcard'],
    ['  conv(8) -> relu : [16, 30, _]', '[', 'punctuation.section.brackets.begin'],
    ['  conv(8) -> relu : [16, 30, _]', 'relu', 'support.function.step'],
    ['  conv(8, kernel: 3)', 'kernel', 'variable.parameter'],
    ['  conv(8) -> relu', '->', 'keyword.operator.arrow'],
    ['  stem = conv(8)', 'stem', 'variable.other.definition'],
    ['  stem = conv(8)', '=', 'keyword.operator.assignment'],
    ['  a, b = split(2)', 'b', 'variable.other.definition'],
    ['  if a == b { relu }', '==', 'keyword.operator.comparison'],
    ['  for i in 0..3 { relu }', '..', 'keyword.operator.range'],
    ['  y - 2 * x', '*', 'keyword.operator.arithmetic'],
    ['  conv(2 * x.channels)', 'channels', 'variable.other.property'],
    ['  conv(len(xs))', 'len', 'support.function.builtin'],
    ['  bias: false', 'false', 'constant.language.boolean'],
    ['  my_block(8)', 'my_block', 'entity.name.function'],
    ['  x -> tower', 'tower', 'entity.name.function'],
    ['  bottleneck(8)', 'bottleneck', 'support.class.block'],
    ['  path pooled = max_pool(2)', 'pooled', 'variable.other.definition'],
    ['  path conv(8)', 'conv', 'support.function.step'],
  ])('%s: %s is %s', (line, text, scope) => expect(scopeOf(line, text)).toBe(scope));

  test('a shape', () => {
    expect(tokensOf('input image: [channels, 2 * size, 32]')).toEqual([
      'input  keyword.other',
      'image  variable.other.definition',
      ':  meta.shape punctuation.separator',
      '[  meta.shape punctuation.section.brackets.begin',
      'channels  meta.shape',
      ',  meta.shape punctuation.separator',
      '2  meta.shape constant.numeric',
      '*  meta.shape keyword.operator.arithmetic',
      'size  meta.shape',
      ',  meta.shape punctuation.separator',
      '32  meta.shape constant.numeric',
      ']  meta.shape punctuation.section.brackets.end',
    ]);
  });
  test('words that are keywords in their own places only', () => {
    expect(scopeOf('  share tower = conv(8)', 'share')).toBe('storage.modifier');
    expect(scopeOf('  learned gamma: [8, 1, 1] = 1', 'learned')).toBe('storage.modifier');
    expect(scopeOf('  for x in xs collect maps {', 'collect')).toBe('keyword.control');
    expect(scopeOf('  share = conv(8)', 'share')).toBe('variable.other.definition');
    expect(scopeOf('  learned = conv(8)', 'learned')).toBe('variable.other.definition');
    expect(scopeOf('  collect = conv(8)', 'collect')).toBe('variable.other.definition');
  });
  test('a comment over several lines ends where it ends', () => {
    const [, second, third] = coloured(grammar, '/* a\n b */ relu\nconv(8)');
    expect(second!.map(({ scopes }) => scopes.at(-1))).toContain('support.function.step');
    expect(third![0]!.scopes).toEqual(['support.function.step']);
  });
  test('a string without an end is one to the end of its line', () => {
    expect(coloured(grammar, 'labels: "a\nrelu')[1]![0]!.scopes).toEqual(['support.function.step']);
  });
});

describe('what the compiler knows is coloured', () => {
  const words = allTokens.filter(({ CATEGORIES = [] }) => CATEGORIES.includes(Keyword)).map(({ name }) => name);
  test.each(words.map((word) => word.slice(1, -1)))('the keyword %s', (word) => {
    expect(scopeOf(`  ${word} `, word)).toMatch(/^(keyword|storage|constant\.language)/);
    expect(scopeOf(`  ${word}_8 `, `${word}_8`)).toBeUndefined();
  });
  const isSign = ({ name, CATEGORIES = [] }: (typeof allTokens)[number]): boolean =>
    /^'\W+'$/.test(name) &&
    CATEGORIES.some((one) => one === BinaryOperator || one === PrefixOperator || isCategory(one));
  const isCategory = (type: (typeof allTokens)[number]): boolean => (type.CATEGORIES ?? []).includes(BinaryOperator);
  const signs = allTokens.filter(isSign).map(({ name }) => name.slice(1, -1));
  test('the signs are found', () => expect(signs).toEqual(expect.arrayContaining(['==', '<', '..', '+', '-', '%'])));
  test.each([...signs, '->', '='])('the sign %s', (sign) => {
    expect(scopeOf(`x ${sign} y`, sign)).toMatch(/^keyword\.operator/);
  });
  test.each(namedOperators.map(({ name }) => name))('the operator %s', (name) => {
    expect(scopeOf(`  ${name}`, name)).toBe('support.function.step');
    expect(scopeOf(`  x -> ${name}(2)`, name)).toBe('support.function.step');
  });
  test.each(blockNames)('the block %s', (name) => expect(scopeOf(`  ${name}(8)`, name)).toBe('support.class.block'));
});

/** Scopes with the words that have them, in the order of the alphabet: `relu×3` stands three times. */
function summary(text: string): string {
  const words = new Map<string, Map<string, number>>();
  for (const { text: word, scopes } of coloured(grammar, text).flat()) {
    const scope = scopes.join(' ') || 'plain';
    if (scope.startsWith('comment')) continue;
    const counts = words.get(scope) ?? new Map<string, number>();
    words.set(scope, counts.set(word.trim(), (counts.get(word.trim()) ?? 0) + 1));
  }
  const lines = [...words].map(([scope, counts]) => {
    const list = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return `  ${scope}: ${list.map(([word, count]) => (count === 1 ? word : `${word}×${count}`)).join(' ')}`;
  });
  return lines.toSorted().join('\n');
}

test('the examples', async () => {
  const files = globSync('examples/*/*.cnn', { cwd: root }).toSorted();
  expect(files.length).toBeGreaterThan(30);
  const texts = files.map((file) => `${file}\n${summary(readFileSync(`${root}${file}`, 'utf8'))}\n`);
  await expect(texts.join('\n')).toMatchFileSnapshot('textmate.golden.txt');
});
