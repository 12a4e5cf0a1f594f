// Writes editors/vscode/syntaxes/cnn.tmLanguage.json: the colours of the language for editors that know TextMate grammars. Its words are
// those of the lexer, of the table of operators and of the library of blocks. A test checks that it is up to date.

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { blockNames } from '../compiler/blocks/library.ts';
import { functions } from '../compiler/frontend/values/evaluate.ts';
import { allTokens, And, Keyword, Not, Or } from '../grammar/tokens.ts';
import { namedOperators } from '../src/cli/operator-text.ts';

interface Rule {
  readonly name?: string;
  readonly match?: string;
  readonly begin?: string;
  readonly end?: string;
  readonly captures?: Captures;
  readonly beginCaptures?: Captures;
  readonly endCaptures?: Captures;
  readonly patterns?: readonly Rule[];
  readonly include?: string;
}
type Captures = Readonly<Record<string, { readonly name?: string; readonly patterns?: readonly Rule[] }>>;

const name = String.raw`[A-Za-z_]\w*`;
const anyOf = (words: readonly string[]): string => String.raw`\b(?:${words.join('|')})\b`;
const include = (...keys: readonly string[]): readonly Rule[] => keys.map((key) => ({ include: `#${key}` }));
const capture = (...names: readonly string[]): Captures =>
  Object.fromEntries(names.map((scope, at) => [String(at + 1), { name: `${scope}.cnn` }]));

/** Words of the lexer that are keywords wherever they stand. */
export const keywords: readonly string[] = allTokens
  .filter(({ CATEGORIES = [] }) => CATEGORIES.includes(Keyword))
  .map((token) => token.name.slice(1, -1));
export const logical = [And, Or, Not].map((token) => token.name.slice(1, -1));
/** They open a definition or a section of a file. */
export const declares = ['block', 'network', 'const', 'train', 'expect'];
export const types = ['int', 'float', 'bool', 'string', 'size', 'block'];
export const others = keywords.filter(
  (word) => ![...logical, ...declares, 'true', 'false', 'input', 'output'].includes(word),
);

const repository: Readonly<Record<string, Rule>> = {
  comments: {
    patterns: [
      { name: 'comment.line.documentation.cnn', match: '///(?!/).*$' },
      { name: 'comment.line.double-slash.cnn', match: '//.*$' },
      { name: 'comment.block.cnn', begin: String.raw`/\*`, end: String.raw`\*/` },
    ],
  },
  strings: {
    name: 'string.quoted.double.cnn',
    begin: '"',
    end: '"|$',
    patterns: [
      { name: 'constant.character.escape.cnn', match: String.raw`\\(?:u\{[0-9A-Fa-f]{1,6}\}|["\\nt])` },
      { name: 'invalid.illegal.escape.cnn', match: String.raw`\\.` },
    ],
  },
  numbers: {
    patterns: [
      {
        name: 'constant.numeric.size.cnn',
        match: String.raw`\b\d+(x)\d+\b`,
        captures: capture('keyword.operator.size'),
      },
      {
        name: 'constant.numeric.cnn',
        match: String.raw`\b\d+(?:_\d+)*(?:\.\d+(?:_\d+)*)?(?:[eE][+-]?\d+|(KiB|MiB|GiB|k|M|G))?(?!\w)`,
        captures: capture('keyword.other.unit'),
      },
    ],
  },
  // `network LeNet`, `block unit`, `const widths`, `train LeNet`: the name behind the word.
  definitions: {
    patterns: [
      {
        match: String.raw`\b(network)\s+(${name})(?:\s*(=)\s*(${name}))?`,
        captures: capture(
          'storage.type',
          'entity.name.type.network',
          'keyword.operator.assignment',
          'entity.name.type.network',
        ),
      },
      { match: String.raw`\b(block)\s+(${name})`, captures: capture('storage.type', 'entity.name.function.block') },
      { match: String.raw`\b(const)\s+(${name})`, captures: capture('storage.type', 'variable.other.constant') },
      {
        match: String.raw`\b(train|expect)\s+(${name})`,
        captures: capture('storage.type', 'entity.name.type.network'),
      },
      { match: String.raw`\b(input)\s+(${name})`, captures: capture('keyword.other', 'variable.other.definition') },
      {
        match: String.raw`\b(path)\s+(${name})(?=\s*[={}]|\s*$|\s+path\b)`,
        captures: capture('keyword.control', 'variable.other.definition'),
      },
      // The three words that are keywords in their own places only (grammar/soft-keywords.ts).
      {
        match: String.raw`(?<!->)(?<!-> )\b(share|learned)[ \t]+(${name})(?=\s*[=:])`,
        captures: capture('storage.modifier', 'variable.other.definition'),
      },
      {
        match: String.raw`(?<=[\w)\]] )(collect)\s+(${name})(?=\s*\{)`,
        captures: capture('keyword.control', 'variable.other.definition'),
      },
    ],
  },
  // `left, right = split(2)`, at the beginning of a line or a brace.
  labels: {
    match: String.raw`(?:(?<=^|[{;])|\G)\s*(${name}(?:\s*,\s*${name})*)\s*(=)(?!=)`,
    captures: {
      1: { patterns: [{ name: 'variable.other.definition.cnn', match: name }] },
      2: { name: 'keyword.operator.assignment.cnn' },
    },
  },
  keywords: {
    patterns: [
      { name: 'keyword.operator.logical.cnn', match: anyOf(logical) },
      { name: 'constant.language.boolean.cnn', match: anyOf(['true', 'false']) },
      { name: 'storage.type.cnn', match: anyOf(declares) },
      { name: 'keyword.other.cnn', match: anyOf(['input', 'output']) },
      { name: 'keyword.control.cnn', match: anyOf(others) },
    ],
  },
  // `: [int]`, `: (int, int)`, `: size` of parameters and constants.
  types: {
    match: String.raw`(?<=:\s*|:\s*[\[(]+|:\s*[\[(]+(?:\w+,\s*)+)(?:${types.join('|')})\b(?=\s*(?:[\]),={]|$))`,
    name: 'support.type.cnn',
  },
  // `kernel: 5` in an argument, `scale: 1/255` in braces. A shape behind a chain stands apart from its colon.
  attributes: { match: String.raw`\b(${name})(:)`, captures: capture('variable.parameter', 'punctuation.separator') },
  steps: {
    patterns: [
      { name: 'support.function.builtin.cnn', match: String.raw`${anyOf([...functions.keys()])}(?=\s*\()` },
      {
        name: 'support.function.step.cnn',
        match: String.raw`(?<!\.)${anyOf(namedOperators.map((one) => one.name))}(?!\s*=(?!=))`,
      },
      { name: 'support.class.block.cnn', match: anyOf(blockNames) },
      // What is called, and what stands behind an arrow.
      { name: 'entity.name.function.cnn', match: String.raw`\b${name}(?=\()` },
      {
        match: String.raw`(->)\s*(?!${anyOf(namedOperators.map((one) => one.name))}|${anyOf(blockNames)})(${name})`,
        captures: capture('keyword.operator.arrow', 'entity.name.function'),
      },
    ],
  },
  properties: {
    patterns: [
      {
        match: String.raw`(\.)(channels|height|width|size|length|features)\b`,
        captures: capture('punctuation.accessor', 'variable.other.property'),
      },
      { match: String.raw`(\.)(\d+)\b`, captures: capture('punctuation.accessor', 'constant.numeric') },
    ],
  },
  operators: {
    patterns: [
      { name: 'keyword.operator.arrow.cnn', match: '->' },
      { name: 'keyword.operator.comparison.cnn', match: '==|!=|<=|>=|<|>' },
      { name: 'keyword.operator.range.cnn', match: String.raw`\.\.` },
      { name: 'keyword.operator.assignment.cnn', match: '=' },
      { name: 'keyword.operator.arithmetic.cnn', match: '[-+*/%]' },
      { name: 'punctuation.separator.cnn', match: '[,:;]' },
    ],
  },
  // ` : [16, 30, 30]` behind a chain, `image: [3, 32, 32]` behind an input's name.
  shapes: {
    name: 'meta.shape.cnn',
    begin: String.raw`(:)\s*(\[)(?!\s*(?:\(|\[|"|(?:${types.join('|')})\s*\]))`,
    beginCaptures: capture('punctuation.separator', 'punctuation.section.brackets.begin'),
    end: String.raw`\]`,
    endCaptures: { 0: { name: 'punctuation.section.brackets.end.cnn' } },
    patterns: [
      { name: 'constant.language.wildcard.cnn', match: String.raw`\b_\b` },
      { begin: String.raw`\[`, end: String.raw`\]`, patterns: include('expression') },
      ...include('comments', 'numbers', 'properties', 'steps', 'operators'),
    ],
  },
  expression: {
    patterns: include(
      'comments',
      'strings',
      'numbers',
      'types',
      'keywords',
      'attributes',
      'steps',
      'properties',
      'operators',
    ),
  },
};

/** The grammar as the text of its file. */
export function textMateGrammar(): string {
  const grammar = {
    $schema: 'https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json',
    information: 'Written by scripts/generate-textmate.ts.',
    name: 'cnn',
    scopeName: 'source.cnn',
    patterns: include('comments', 'strings', 'definitions', 'labels', 'shapes', 'expression'),
    repository,
  };
  return `${JSON.stringify(grammar, null, 2)}\n`;
}

const path = fileURLToPath(new URL('../editors/vscode/syntaxes/cnn.tmLanguage.json', import.meta.url));
if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(path, textMateGrammar());
