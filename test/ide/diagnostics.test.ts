// Diagnostics as an editor shows them: all in the text that was asked about, and what is wrong elsewhere at the call or the import.

import { expect, test } from 'vitest';
import { diagnostics } from '../../src/ide/diagnostics.ts';
import { analyseTexts, exampleFiles, analyseFile, shown } from './marked.ts';

const placed = (texts: Readonly<Record<string, string>>): readonly string[] =>
  diagnostics(analyseTexts(texts)).map(({ code, span, message, related = [], unnecessary }) =>
    [
      `${code} at ${shown(span)}: ${message}`,
      ...(unnecessary ? ['faded'] : []),
      ...related.map((one) => shown(one.span)),
    ].join(' · '),
  );

const network = (step: string): string => `network A {
  input x: [1, 8, 8]
  ${step}
}
`;

test('what is never used is faded', () =>
  expect(placed({ 'net.cnn': `const n = 2\n${network('relu')}` })).toEqual([
    'name/unused at net.cnn:1 n: `n` is never used · faded',
  ]));

test('a mistake of what is called in another file stands at the call', () =>
  expect(
    placed({
      'net.cnn': `import { b } from "./other.cnn"\n${network('b')}`,
      'other.cnn': 'block b { conv(4, kernel: 30) }\n',
    }),
  ).toEqual([
    'conv/C4 at net.cnn:4 b: the window of `conv` must fit into the padded image (line 1 of other.cnn) · other.cnn:1 conv(4, kernel: 30) · net.cnn:4 b',
  ]));

test('other mistakes stand at the import that leads to them, and warnings in their own file alone', () =>
  expect(
    placed({
      'net.cnn': `import { same } from "./third.cnn"\nimport { b } from "./other.cnn"\n${network('b -> same')}`,
      'other.cnn': 'import { c } from "./deep.cnn"\nblock b { c -> rulu }\n',
      'deep.cnn': 'const unused = 2\nblock c { const u = 2 nothing }\nblock d { conv( }\n',
      'third.cnn': 'block same { relu }\n',
    }),
  ).toEqual([
    'name/unknown-step at net.cnn:2 "./other.cnn": there is no operator, block or value `nothing` (line 2 of deep.cnn, and 3 more errors) · deep.cnn:2 nothing · deep.cnn:3 conv( · deep.cnn:3 ( · other.cnn:2 rulu',
  ]));

test.each(exampleFiles.slice(0, 5))('%s shows what its analysis says', (path) => {
  const analysis = analyseFile(path);
  expect(diagnostics(analysis).map(({ code }) => code)).toEqual(analysis.diagnostics.map(({ code }) => code));
});
