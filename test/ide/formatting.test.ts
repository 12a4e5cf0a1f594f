// Formatting as edits: together they are what `cnnc fmt` writes, each touches white space alone, and some of them are enough.

import { describe, expect, test } from 'vitest';
import { format as formatted } from '../../grammar/format.ts';
import { parse } from '../../grammar/parse.ts';
import { printAst } from '../../grammar/print-ast.ts';
import { textOf } from '../../grammar/source.ts';
import { applyEdits } from '../../src/edit/apply.ts';
import type { Analysis } from '../../src/ide/analysis.ts';
import { format, formatRange } from '../../src/ide/formatting.ts';
import { analyseTexts, exampleFiles, readFile } from './marked.ts';

const analysed = (text: string): Analysis => analyseTexts({ 'net.cnn': text });
const treeOf = (text: string): string => printAst(parse({ path: 'net.cnn', text }).file);

describe('formatting', () => {
  test('replaces the gaps that differ', () => {
    const analysis = analysed('network A{\n input x:[1,8,8]\n  relu->tanh\n}');
    expect(format(analysis).map(({ span, text }) => [span.start, textOf(span), text])).toEqual([
      [9, '', ' '],
      [10, '\n ', '\n  '],
      [20, '', ' '],
      [23, '', ' '],
      [25, '', ' '],
      [34, '', ' '],
      [36, '', ' '],
      [42, '', '\n'],
    ]);
  });

  test('of a range leaves the lines before and behind it', () => {
    const text = 'network A {\n input x: [1, 8, 8]\n   relu\n     tanh\n}\n';
    const edits = formatRange(analysed(text), { start: text.indexOf('relu'), end: text.indexOf('relu') + 2 });
    expect(applyEdits(text, edits)).toBe('network A {\n input x: [1, 8, 8]\n  relu\n     tanh\n}\n');
  });

  test('changes nothing in its own layout, nor with a syntax error', () => {
    expect(format(analysed('network A {\n  input x: [1, 8, 8]\n  relu\n}\n'))).toEqual([]);
    expect(format(analysed('network A{\n  input x: [1, 8, 8\n'))).toEqual([]);
  });

  test('replaces the part around a comment that moves behind a comma or an arrow', () => {
    const text = 'network A {\n  input x: [1, 8, 8]\n  conv(4, kernel: 3 // b\n)\n  relu -> // d\n  tanh\n}\n';
    const analysis = analysed(text);
    const result = formatted(analysis.source);
    const edits = format(analysis);
    expect(edits).toHaveLength(1);
    expect(applyEdits(text, edits)).toBe('text' in result && result.text);
    expect(edits[0]!.span.start).toBe(text.indexOf('4, kernel'));
    expect(text.slice(edits[0]!.span.end)).toBe(' tanh\n}\n');
  });
});

describe.each(exampleFiles)('%s', (path) => {
  const text = readFile(path)!;
  const mangled = text.replaceAll('\n  ', '\r\n\t').replaceAll(', ', ',').replaceAll(' ->', '\n->');

  test('is formatted as by cnnc fmt, and once', () => {
    const after = applyEdits(mangled, format(analysed(mangled)))!;
    const result = formatted({ path: 'net.cnn', text: mangled });
    expect(after).toBe('text' in result ? result.text : mangled);
    expect(format(analysed(after))).toEqual([]);
  });

  test('keeps its meaning where only a part is formatted', () => {
    const analysis = analysed(mangled);
    const edits = format(analysis);
    for (const part of [3, 5, 7]) {
      const some = edits.filter((_, at) => at % part < part / 2);
      expect(treeOf(applyEdits(mangled, some)!)).toBe(treeOf(mangled));
    }
  });
});
