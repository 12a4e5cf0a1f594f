// The form of a diagnostic: the two examples of the language's design, then tabs, wide characters, long lines and colours.

import { expect, test } from 'vitest';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { renderDiagnostic } from '../../grammar/render.ts';
import type { Source, Span } from '../../grammar/source.ts';

/** The first place of `part` in the source. */
function at(source: Source, part: string): Span {
  const start = source.text.indexOf(part);
  return { source, start, end: start + part.length };
}

test('paths that do not agree', () => {
  const text = `${'\n'.repeat(26)}    path conv(c3.0, kernel: 1) -> relu -> conv(c3.1, kernel: 5) -> relu\n${'\n'.repeat(13)}`;
  const source: Source = { path: 'googlenet.cnn', text: `${text}inception\n` };
  const call = at(source, 'inception');
  const diagnostic: Diagnostic = {
    code: 'concat/C2',
    severity: 'error',
    message: 'paths must agree in height and width',
    span: at(source, 'conv(c3.1, kernel: 5)'),
    trace: [
      { label: 'path1', shape: '[64, 12, 12]' },
      { label: 'path2', shape: '[128, 12, 12]' },
      { label: 'path3', shape: '[32, 8, 8]', arithmetic: '12 + 2·0 − 5 + 1 = 8' },
      { label: 'path4', shape: '[32, 12, 12]' },
    ],
    found: '8×8',
    expected: '12×12 (the other three)',
    fixes: [{ message: 'conv(c3.1, kernel: 5, padding: 2)' }],
    related: Array.from({ length: 9 }, () => ({ span: call, message: 'called' })),
  };
  expect(renderDiagnostic(diagnostic)).toBe(`error[concat/C2] paths must agree in height and width
  googlenet.cnn:27:43  path conv(c3.0, kernel: 1) -> relu -> conv(c3.1, kernel: 5) -> relu
                                                             ^^^^^^^^^^^^^^^^^^^^^
  path1  [64, 12, 12]
  path2  [128, 12, 12]
  path3  [32, 8, 8]      12 + 2·0 − 5 + 1 = 8
  path4  [32, 12, 12]
  found 8×8, expected 12×12 (the other three)
  fix: conv(c3.1, kernel: 5, padding: 2)
  called at line 41 and 8 more places`);
});

test('the chain of shapes that led there', () => {
  const source: Source = { path: 'lenet.cnn', text: `${'\n'.repeat(8)}  dense(120) -> sigmoid\n` };
  const diagnostic: Diagnostic = {
    code: 'weights/shape',
    severity: 'error',
    message: 'dense1 has 256 inputs; lenet.safetensors has 400',
    span: at(source, 'dense(120)'),
    found: '7.weight [120, 400]',
    expected: 'dense1.weight [120, 256]',
    trace: [
      { label: 'image', shape: '[1, 28, 28]' },
      { line: 4, label: 'conv1', shape: '[6, 24, 24]', arithmetic: '28 + 2·0 − 5 + 1 = 24' },
      { line: 10, label: 'flatten', shape: '[256]', arithmetic: '16·4·4' },
    ],
    fixes: [{ message: '400 = 16·5·5. Line 4 with padding: 2 keeps 28×28 and gives it' }],
  };
  expect(renderDiagnostic(diagnostic)).toBe(`error[weights/shape] dense1 has 256 inputs; lenet.safetensors has 400
  lenet.cnn:9:3  dense(120) -> sigmoid
                 ^^^^^^^^^^
  found 7.weight [120, 400]    expected dense1.weight [120, 256]
     image    [1, 28, 28]
   4 conv1    [6, 24, 24]   28 + 2·0 − 5 + 1 = 24
  10 flatten  [256]         16·4·4
  fix: 400 = 16·5·5. Line 4 with padding: 2 keeps 28×28 and gives it`);
});

const simple = (text: string, part: string): string[] => {
  const source: Source = { path: 'a.cnn', text };
  const lines = renderDiagnostic({ code: 'a/b', severity: 'warning', message: 'm', span: at(source, part) }).split(
    '\n',
  );
  return lines.slice(1);
};

test('carets stand below wide, combining and tabbed characters', () => {
  expect(simple('\tx\ty', 'y')).toEqual(['  a.cnn:1:4  x   y', '                 ^']);
  expect(simple('"漢字" x', 'x')).toEqual(['  a.cnn:1:6  "漢字" x', '                    ^']);
  expect(simple('"漢字" x', '漢字')).toEqual(['  a.cnn:1:2  "漢字" x', '              ^^^^']);
  expect(simple('"e\u0301😀" x', 'x')).toEqual(['  a.cnn:1:8  "e\u0301😀" x', '                   ^']);
});

// Columns by Unicode Standard Annexes #11 (wide), #29 (grapheme clusters) and UTS #51 (emoji), as terminals show them.
test.each([
  ['a flag', '🇩🇪', 2],
  ['a family', '👨‍👩‍👧', 2],
  ['a skin tone', '👍🏽', 2],
  ['a heart as a picture', '❤️', 2],
  ['a keycap', '1️⃣', 2],
  ['a heart as text', '❤', 1],
  ['a syllable in parts', '\u1112\u1161\u11ab', 2],
  ['two marks on one letter', 'a\u0308\u0301', 1],
  ['an invisible joiner', 'a\u200db', 2],
  ['vertical forms', '︐', 2],
  ['squared words', '🈁', 2],
  ['Tangut', '𗀀', 2],
  ['a Devanagari vowel sign above', 'के', 1],
  ['half-width katakana', 'ｱ', 1],
  ['a rule of wide and narrow', '─é中', 4],
])('the width of %s', (_, text, columns) => {
  const [line, carets] = simple(`"${text}" x`, 'x');
  const place = `a.cnn:1:${text.length + 4}`;
  expect(line).toBe(`  ${place}  "${text}" x`);
  expect(carets).toBe(`${' '.repeat(place.length + 5 + columns + 2)}^`);
});

test('on a narrow terminal no line with carets is wider than it', () => {
  const text = `${'漢 '.repeat(30)}WRONG${'b '.repeat(100)}`;
  const source: Source = { path: 'folder/of/networks.cnn', text };
  const diagnostic: Diagnostic = { code: 'a/b', severity: 'error', message: 'm', span: at(source, 'WRONG') };
  for (const width of [60, 80, 100]) {
    const [, line, carets] = renderDiagnostic(diagnostic, { width }).split('\n');
    const before = line!.slice(0, line!.indexOf('WRONG'));
    const columns = before.length + [...before].filter((character) => character === '漢').length;
    expect(carets).toBe(`${' '.repeat(columns)}^^^^^`);
    expect(line!.length + [...line!].filter((character) => character === '漢').length).toBeLessThanOrEqual(width);
  }
});

test('an empty span has one caret, a span over lines says how far it goes', () => {
  const source: Source = { path: 'a.cnn', text: 'ab\n  cd\nef' };
  const render = (start: number, end: number): string[] =>
    renderDiagnostic({ code: 'a/b', severity: 'note', message: 'm', span: { source, start, end } }).split('\n');
  expect(render(2, 2)).toEqual(['note[a/b] m', '  a.cnn:1:3  ab', '               ^']);
  expect(render(5, 9)).toEqual(['note[a/b] m', '  a.cnn:2:3  cd', '             ^^ … to line 3']);
  expect(render(10, 10)).toEqual(['note[a/b] m', '  a.cnn:3:3  ef', '               ^']);
});

test('of a long line the part around the span is shown', () => {
  for (const before of [0, 30, 99, 101, 350, 500, 100_000]) {
    const [line, carets] = simple(`${'a'.repeat(before)}WRONG${'b'.repeat(100_000)}`, 'WRONG');
    expect(line!.length).toBeLessThan(124);
    expect(line!.slice(carets!.indexOf('^'), carets!.lastIndexOf('^') + 1)).toBe('WRONG');
  }
});

test('control characters of the text reach no terminal', () => {
  const source: Source = { path: 'a\u001b[31m.cnn', text: '"\u001b]0;title\u0007" \u202e\u2028' };
  const evil = '\u001b[2J\r\u009b';
  const span = at(source, '"');
  const trace = [{ label: evil, shape: evil, arithmetic: evil }];
  const notes = [evil];
  const fixes = [{ message: evil }];
  const related = [{ span, message: evil }];
  const more = { found: evil, expected: evil, trace, notes, fixes, related };
  const text = renderDiagnostic({ code: evil, severity: 'error', message: evil, span, ...more });
  expect(text).not.toMatch(/[^\P{Cc}\n]|[\u2028\u202e]/u);
  expect(text).toContain('\\u{1b}]0;title\\u{7}');
});

test('colours only add escapes', () => {
  const source: Source = { path: 'a.cnn', text: 'relu' };
  const fixes = [{ message: 'f' }];
  const diagnostic: Diagnostic = { code: 'a/b', severity: 'error', message: 'm', span: at(source, 'relu'), fixes };
  const colored = renderDiagnostic(diagnostic, { color: true });
  // oxlint-disable-next-line no-control-regex
  const plain = colored.replace(/\u001b\[[\d;]*m/g, '');
  expect(colored).not.toBe(plain);
  expect(plain).toBe(renderDiagnostic(diagnostic));
});
