// Outline, folding and colours: by hand on a small text, and rules that hold of all examples and of broken texts.

import { describe, expect, test } from 'vitest';
import { folding } from '../../src/ide/folding.ts';
import { semanticTokens } from '../../src/ide/semantic-tokens.ts';
import { symbols } from '../../src/ide/symbols.ts';
import type { DocumentSymbol, Range } from '../../src/ide/types.ts';
import type { Analysis } from '../../src/ide/analysis.ts';
import { lineOf } from '../../grammar/source.ts';
import { analyseFile, analyseTexts, exampleFiles } from './marked.ts';

const text = `// A small network
// with everything.
import { squeeze_excite as se } from "cnnc:blocks"
import {
  bottleneck,
} from "cnnc:blocks"

const n = 2
/* what follows
   is a block */
block twice(
  width: int,
  act: block = relu,
) {
  repeat n as k { conv(width * (k + 1), kernel: 3, padding: same) -> act }
}
/// A network.
network Own(classes: int = 4) {
  input x: [3, 8, 8]
  learned gamma: [3, 1, 1]
  share tower = conv(8, kernel: 1) -> twice(8)
  a = x -> tower -> se(4)   // why
  parallel add {
    path left = conv(8, kernel: 1)
    path {
      b = conv(8, kernel: 1)
      relu
    }
  }
  for (i, j) in [(1, 2)] collect all {
    conv(8 * i, kernel: 1)
  }
  logits, rest = x -> conv(4, kernel: 1) -> split(2)
  output logits, rest
}
network Alias = Own(classes: 5)
train Own { loss: mean_squared_error optimizer: sgd(learning_rate: 0.1) epochs: n }
`;
const analysis = analyseTexts({ 'net.cnn': text });

function drawn(list: readonly DocumentSymbol[], indent = ''): readonly string[] {
  return list.flatMap(({ kind, name, detail, children, selection }) => [
    `${indent}${kind} ${name}${detail === undefined ? '' : ` · ${detail}`} @ ${text.slice(selection.start, selection.end)}`,
    ...drawn(children, `${indent}  `),
  ]);
}

test('the outline', () => {
  expect(drawn(symbols(analysis)).join('\n')).toBe(`constant n · 2 @ n
block twice · (width: int, act: block = relu) @ twice
  loop repeat n as k @ repeat n as k
network Own · (classes: int = 4) @ Own
  input x · [3, 8, 8] @ x
  value gamma · [3, 1, 1] @ gamma
  value tower · conv(8, kernel: 1) -> twice(8) @ tower
  value a · [16, 8, 8] @ a
  path left · [8, 8, 8] @ left
  path path2 @ path
    value b · [8, 8, 8] @ b
  loop for (i, j) in [(1, 2)] collect all @ for (i, j) in [(1, 2)] collect all
    value all · list @ all
  value logits · x -> conv(4, kernel: 1) -> split(2) @ logits
  value rest · x -> conv(4, kernel: 1) -> split(2) @ rest
network Alias · = Own(classes: 5) @ Alias
section train Own @ Own`);
});

describe('folding', () => {
  const lines = (of: Analysis): readonly string[] =>
    folding(of).map(({ start, end, kind = 'code' }) => {
      const [from, to] = [start, end].map((at) => lineOf({ source: of.source, start: at, end: at }));
      return `${from}-${to} ${kind}`;
    });

  test('of bodies, lists, comments and imports', () =>
    expect(lines(analysis)).toEqual([
      '1-2 comment',
      '3-6 imports',
      '4-5 code',
      '9-10 comment',
      '11-13 code',
      '14-15 code',
      '18-34 code',
      '23-28 code',
      '25-27 code',
      '30-31 code',
    ]));

  test('works on a text with mistakes', () => {
    const broken = analyseTexts({
      'net.cnn': 'network A {\n  conv(3,\n   ]\n  relu(((\n  parallel {\n    x\n    y\n  }\n}',
    });
    expect(lines(broken)).toContain('5-7 code');
  });
});

describe('colours', () => {
  const coloured = (of: Analysis, line: number): readonly string[] =>
    semanticTokens(of)
      .filter(({ start }) => lineOf({ source: of.source, start, end: start }) === line)
      .map(({ start, length, type, modifiers }) =>
        [of.source.text.slice(start, start + length), type, ...modifiers].join(' '),
      );

  test('say what each word stands for', () => {
    expect(coloured(analysis, 3)).toEqual([
      'import keyword',
      'squeeze_excite class defaultLibrary',
      'as keyword',
      'se class declaration defaultLibrary',
      'from keyword',
      '"cnnc:blocks" string',
    ]);
    expect(coloured(analysis, 8)).toEqual([
      'const keyword',
      'n variable declaration readonly',
      '= operator',
      '2 number',
    ]);
    expect(coloured(analysis, 10)).toEqual(['   is a block */ comment']);
    expect(coloured(analysis, 13)).toEqual([
      'act parameter declaration',
      'block type',
      '= operator',
      'relu function defaultLibrary',
    ]);
    expect(coloured(analysis, 15)).toEqual([
      ...['repeat keyword', 'n variable readonly', 'as keyword', 'k variable declaration'],
      ...['conv function defaultLibrary', 'width parameter', '* operator', 'k variable', '+ operator', '1 number'],
      ...['kernel property', '3 number', 'padding property', 'same enumMember', '-> operator', 'act parameter'],
    ]);
    expect(coloured(analysis, 21).slice(0, 2)).toEqual(['share keyword', 'tower function declaration']);
    expect(coloured(analysis, 24).slice(0, 2)).toEqual(['path keyword', 'left namespace declaration']);
    expect(coloured(analysis, 37).slice(0, 4)).toEqual([
      'train keyword',
      'Own class',
      'loss property',
      'mean_squared_error enumMember',
    ]);
  });

  test('tell the extents of a value from words', () => {
    const block = analyseTexts({ 'net.cnn': 'block b {\n  input x\n  conv(x.channels, padding: same) -> x\n}\n' });
    expect(coloured(block, 3).slice(1, 5)).toEqual([
      ...['x variable', 'channels property', 'padding property', 'same enumMember'],
    ]);
  });

  test('stay in a line with a syntax error', () => {
    const broken = analyseTexts({
      'net.cnn':
        'network A(width: int) {\n  input x: [1, 8, 8]\n  relu -> conv(width\n  x -> conv(width,, kernel: "3 -> relu\n}',
    });
    expect(coloured(broken, 4)).toEqual([
      ...[
        'x variable',
        '-> operator',
        'conv function defaultLibrary',
        'width parameter',
        'kernel property',
        '"3 -> relu string',
      ],
    ]);
  });
});

const nested = (ranges: readonly Range[]): boolean =>
  ranges.every((one) =>
    ranges.every((two) => one.end <= two.start || two.end <= one.start || inside(one, two) || inside(two, one)),
  );
const inside = (inner: Range, outer: Range): boolean => outer.start <= inner.start && inner.end <= outer.end;

function wellPlaced(of: Analysis): void {
  const tokens = semanticTokens(of);
  for (const [at, { start, length }] of tokens.entries()) {
    const end = start + length;
    expect(length).toBeGreaterThan(0);
    expect(end).toBeLessThanOrEqual(tokens[at + 1]?.start ?? of.source.text.length);
    expect(of.source.text.slice(start, end)).not.toMatch(/[\r\n]/);
  }
  expect(nested(folding(of))).toBe(true);
  const check = (list: readonly DocumentSymbol[], outer: Range): void => {
    for (const { range, selection, children } of list) {
      expect(inside(selection, range) && inside(range, outer)).toBe(true);
      check(children, range);
    }
  };
  check(symbols(of), { start: 0, end: of.source.text.length });
}

test.each(exampleFiles)('%s has its parts in order', (path) => {
  const of = analyseFile(path);
  wellPlaced(of);
  expect(semanticTokens(of).length).toBeGreaterThan(10);
  expect(symbols(of).length).toBeGreaterThan(0);
});
