// Whatever the text, `parse` returns, soon, with spans inside the text, and every diagnostic can be rendered.

import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { catalog } from '../../grammar/catalog.ts';
import { hasErrors, SENTENCE_LIMIT } from '../../grammar/diagnostic.ts';
import { format } from '../../grammar/format.ts';
import { parse, SOURCE_LIMIT } from '../../grammar/parse.ts';
import { printAst } from '../../grammar/print-ast.ts';
import { renderDiagnostic } from '../../grammar/render.ts';
import { positionOf, type Source } from '../../grammar/source.ts';
import { cnnBlocks } from './support.ts';
import { ownTime } from '../support/own-time.ts';

const readme = readFileSync(new URL('../../grammar/README.md', import.meta.url), 'utf8');
const examples = cnnBlocks(readme).map(({ text }) => text);
const words = [...new Set(examples.join('\n').match(/\w+|[^\w\s]/g))];

/** Parses, and checks what must hold for every text. */
function check(text: string): ReturnType<typeof parse> {
  const source: Source = { path: 'soup.cnn', text };
  const parsed = parse(source);
  for (const diagnostic of parsed.diagnostics) {
    expect(catalog.has(diagnostic.code) || diagnostic.code === 'syntax/more', diagnostic.code).toBe(true);
    expect(renderDiagnostic(diagnostic)).not.toMatch(/[^\P{Cc}\n]/u);
  }
  let spans = 0;
  JSON.stringify([parsed.diagnostics, parsed.file], (key, value: unknown) => {
    if (key === 'source') return undefined;
    if (key !== 'span' || value === undefined) return value;
    const { start, end } = value as { start: number; end: number };
    spans++;
    if (!(Number.isInteger(start) && start >= 0 && start <= end && end <= text.length)) {
      throw new Error(`span ${start}…${end} in a text of ${text.length}`);
    }
    return value;
  });
  expect(spans).toBeGreaterThanOrEqual(parsed.diagnostics.filter(({ span }) => span).length);
  // Nothing is left out in silence.
  if (/^ *incomplete$/m.test(printAst(parsed.file))) expect(hasErrors(parsed.diagnostics)).toBe(true);
  return parsed;
}

test('random characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => void check(text)),
    { numRuns: 500 },
  );
});

test('random bytes', () => {
  const bytes = fc.uint8Array({ maxLength: 400 }).map((array) => new TextDecoder('latin1').decode(array));
  fc.assert(
    fc.property(bytes, (text) => void check(text)),
    { numRuns: 500 },
  );
});

test('random words of the language', () => {
  const soup = fc.array(fc.tuple(fc.constantFrom(...words), fc.constantFrom('', ' ', '\n')), { maxLength: 80 });
  fc.assert(
    fc.property(soup, (parts) => void check(parts.flat().join(''))),
    { numRuns: 1000 },
  );
});

test('examples cut off, with a piece taken out, or with a word put in', () => {
  const damage = fc.tuple(fc.constantFrom(...examples), fc.nat(), fc.nat(12), fc.constantFrom('', ...words));
  fc.assert(
    fc.property(damage, ([text, place, length, word]) => {
      const at = place % text.length;
      check(text.slice(0, at));
      check(text.slice(0, at) + word + text.slice(at + length));
    }),
    { numRuns: 500 },
  );
});

// The worst: a brace behind an input makes settings of the statements that follow.
test('one missing or added character costs few errors', () => {
  const damage = fc.tuple(
    fc.constantFrom(...examples),
    fc.nat(),
    fc.constantFrom('', '(', ')', '{', '}', ',', '"', '$'),
  );
  fc.assert(
    fc.property(damage, ([text, place, put]) => {
      const at = place % text.length;
      expect(check(text.slice(0, at) + put + text.slice(at + (put === '' ? 1 : 0))).diagnostics.length).toBeLessThan(
        12,
      );
    }),
    { numRuns: 1000 },
  );
});

const MEBI = SOURCE_LIMIT;
const net = (text: string): string => `network A {\n${text}\n}`;

test.each<[string, string]>([
  ['(', '('.repeat(MEBI)],
  [')', ')'.repeat(MEBI)],
  ['{}', '{}'.repeat(MEBI / 2)],
  ['10,000 {', '{'.repeat(10_000)],
  ['10,000 blocks', 'block b {'.repeat(10_000)],
  ['10,000 repeats', net('repeat 2 {'.repeat(10_000))],
  ['-', net(`conv(${'-'.repeat(MEBI - 40)}1)`)],
  ['not', net(`conv(${'not '.repeat(MEBI / 4 - 40)}1)`)],
  ['sum', net(`conv(${'1+'.repeat(MEBI / 2 - 40)}1)`)],
  ['indices', net(`conv(a${'[0]'.repeat(MEBI / 3 - 40)})`)],
  ['members', net(`conv(a${'.0'.repeat(MEBI / 2 - 40)})`)],
  ['conditionals', net(`conv(1${' if a else 1'.repeat(MEBI / 12 - 40)})`)],
  ['sum of values', net(`a${'+a'.repeat(MEBI / 2 - 40)}`)],
  ['20,000 values in a sum', net(`a${'+a'.repeat(20_000)}`)],
  ['sums over lines', net('a\n + b\n'.repeat(MEBI / 7 - 40))],
  ['4,000 parentheses on lines', net('a\n(b)\n'.repeat(4_000))],
  ['8,000 signs on lines', net('a\n-b\n'.repeat(8_000))],
  ['4,000 shares of nothing', net('share a\n'.repeat(4_000))],
  ['4,000 shares on a line', net('share a '.repeat(4_000))],
  ['10,000 learned', net('learned a = 1\n'.repeat(10_000))],
  ['16,000 properties', net(`a${'.size'.repeat(16_000)}`)],
  ['16,000 members', net('a.b\n'.repeat(16_000))],
  ['chains in parentheses', net(`${'(a -> '.repeat(60)}a${')'.repeat(60)}`)],
  ['8,000 loops', net('repeat 2 collect a { }\n'.repeat(8_000))],
  ['sums in brackets', net(`conv(${'(1+1+'.repeat(60)}1${')'.repeat(60)})`)],
  ['else if', net(`if a { }${' else if a { }'.repeat(MEBI / 14 - 40)}`)],
  ['chain', net(`a${' -> a'.repeat(MEBI / 5 - 40)}`)],
  ['statements', net('a\n'.repeat(MEBI / 2 - 40))],
  ['bad statements', net('= 3\n'.repeat(MEBI / 4 - 40))],
  ['commas', net(','.repeat(MEBI - 40))],
  ['bad arguments', net(`conv(${'= ,'.repeat(MEBI / 3 - 40)})`)],
  ['bad definitions', 'a\n'.repeat(MEBI / 2)],
  ['empty definitions', 'block a{}'.repeat(MEBI / 9 - 1)],
  ['unclosed lines', 'block a{\n'.repeat(MEBI / 9 - 1)],
  ['doc comments', '///\n'.repeat(MEBI / 4 - 40) + 'block a {}'],
  ['quotes', '"'.repeat(MEBI - 1)],
  ['unclosed quotes', '"\n'.repeat(MEBI / 2)],
  ['comment openings', '/*'.repeat(MEBI / 2)],
  ['semicolons', ';'.repeat(MEBI)],
  ['one line of text', net(`a(${'"x",'.repeat(MEBI / 4 - 40)})`)],
  ['points', '1.'.repeat(MEBI / 2)],
  ['emoji', '😀'.repeat(MEBI / 2)],
  ['zero characters', '\0'.repeat(MEBI)],
  ['low quotes', '„a'.repeat(MEBI / 2)],
  ['escaped apostrophes', `'${"\\'".repeat(MEBI / 2 - 1)}`],
  ['escaped quotes', `"${'\\"'.repeat(MEBI / 2 - 1)}`],
  ['white space in a comment', `/* ${' '.repeat(MEBI - 100)}x */\nblock a {}`],
  ['one name', `block ${'a'.repeat(MEBI - 20)} {}`],
  ['one number', `const a = ${'1'.repeat(MEBI - 20)}x`],
  ['other letters', 'ä'.repeat(MEBI)],
  ['full-width signs', '（'.repeat(MEBI)],
  ['texts of Python', `"""a`.repeat(MEBI / 4)],
  ['hyphens', `block a${'-b'.repeat(MEBI / 2 - 20)} {}`],
  ['apostrophes', "'\n".repeat(MEBI / 2)],
  ['too long', ' '.repeat(MEBI + 1)],
])('a mebibyte of %s takes less than two seconds', (_name, text) => {
  const before = ownTime();
  const { diagnostics } = parse({ path: 'large.cnn', text });
  expect(ownTime() - before).toBeLessThan(2000);
  expect(diagnostics.length).toBeLessThanOrEqual(102);
  for (const diagnostic of diagnostics) expect(renderDiagnostic(diagnostic).length).toBeLessThan(2000);
});

test.each([
  ['white space in a comment', `/* ${' '.repeat(MEBI - 100)}x */\nblock a { relu }`],
  ['white space in a doc comment', `/// ${' '.repeat(MEBI - 100)}x\nblock a { relu }`],
  ['carriage returns in a comment', `/* ${'\r'.repeat(MEBI - 100)}x */\nblock a { relu }`],
])('a mebibyte of %s is formatted in less than two seconds', (_name, text) => {
  const before = ownTime();
  expect(format({ path: 'large.cnn', text })).toHaveProperty('text');
  expect(ownTime() - before).toBeLessThan(2000);
});

test('brackets stay paired where a brace is moved by its indentation', () => {
  for (const text of [' r{(parallel{\n}', ' r{[parallel{\n}', 'a {\n  b {\n    c(parallel {\n}\n']) check(text);
});

test('lines end as in editors: \\n, \\r\\n or \\r, and nothing else', () => {
  const { diagnostics } = check('block a {\r\n  relu\r  $\u2028 $\n  $\n}\n');
  expect(diagnostics.map(({ span }) => positionOf(span!.source, span!.start))).toEqual([
    { line: 3, column: 3 },
    { line: 3, column: 6 },
    { line: 4, column: 3 },
  ]);
});

test('a name may have 128 characters', () => {
  expect(check(`block ${'a'.repeat(128)} { relu }`).diagnostics).toEqual([]);
  const { diagnostics } = check(`block ${'a'.repeat(129)} { ${'b'.repeat(300)} }`);
  expect(diagnostics.map(({ code, limit }) => [code, limit])).toEqual([['limit/name', true]]);
});

test('sentences are bounded, fixes are whole', () => {
  const { diagnostics } = check(net(`conv('${'x'.repeat(5000)}', ${'y'.repeat(60)}..${'z'.repeat(5000)}$)`));
  expect(diagnostics.length).toBeGreaterThan(0);
  for (const { message, found = '', expected = '' } of diagnostics)
    for (const sentence of [message, found, expected]) expect(sentence.length).toBeLessThanOrEqual(SENTENCE_LIMIT);
  const written = diagnostics.flatMap(({ fixes = [] }) =>
    fixes.flatMap(({ edits = [] }) => edits.map(({ text }) => text)),
  );
  expect(written).toContain(`"${'x'.repeat(5000)}"`);
});

test('hostile names are names', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'name', 'children'];
  const text = names.map((name) => `block ${name}(${name}: int) { ${name} = ${name}(${name}: ${name}) }`).join('\n');
  const { file, diagnostics } = check(text);
  expect(diagnostics).toEqual([]);
  expect(file.definitions.map((definition) => 'name' in definition && definition.name.name)).toEqual(names);
});
