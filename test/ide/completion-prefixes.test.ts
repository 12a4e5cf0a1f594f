// A sample of the places of the examples: completion offers what stands there. All places: test/hosts/completion.test.ts.

import { globSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tokenize } from '../../grammar/tokens.ts';
import { analyse } from '../../src/ide/analysis.ts';
import { completion } from '../../src/ide/completion.ts';
import { signatureHelp } from '../../src/ide/signature-help.ts';
import { cutsOf, rateOf } from './prefixes.ts';

const examples = globSync('examples/**/*.cnn').toSorted();

test('in a sample of the places of every third example, nine of ten tokens are among the first ten proposals', () => {
  const cuts = examples.flatMap((path, at) => (at % 3 === 0 ? cutsOf(path, { step: 5, first: at % 5 }) : []));
  const { places, offered, amongFirst } = rateOf(cuts);
  expect(places).toBeGreaterThan(500);
  expect(amongFirst).toBeGreaterThan(0.9);
  expect(offered).toBeGreaterThan(0.95);
});

test('also where each cut is analysed anew, broken as it is', () => {
  const { places, amongFirst } = rateOf(cutsOf('examples/lenet/lenet.cnn', { fresh: true }));
  expect(places).toBeGreaterThan(150);
  expect(amongFirst).toBeGreaterThan(0.8);
});

test('no text and no offset makes it throw', () => {
  const words = [
    'network',
    'block',
    'A',
    '{',
    '}',
    '(',
    ')',
    '[',
    ']',
    ':',
    '=',
    '->',
    ',',
    '"',
    '/*',
    '//',
    '///',
    '\n',
  ];
  const more = [
    'import',
    'from',
    'train',
    'parallel',
    'path',
    'for',
    'in',
    'if',
    'conv',
    '3x3',
    '1',
    '.',
    '.0',
    '$',
    '\\',
    'ä',
    '💡',
  ];
  const more2 = [
    'expect',
    'output',
    'input',
    'repeat',
    'as',
    'collect',
    'share',
    'learned',
    'constructor',
    '__proto__',
    'toString',
  ];
  const text = fc.oneof(
    fc.array(fc.constantFrom(...words, ...more, ...more2, ' '), { maxLength: 24 }).map((parts) => parts.join('')),
    fc.array(fc.constantFrom(...words, ...more, ...more2), { maxLength: 24 }).map((parts) => parts.join(' ')),
    fc.string({ unit: 'binary', maxLength: 40 }),
    garbled(),
  );
  fc.assert(
    fc.property(text, fc.integer({ min: -1, max: 200 }), (source, offset) => {
      const analysis = analyse({ path: 'net.cnn', text: source });
      for (const at of [offset, source.length]) {
        for (const { range } of completion(analysis, at)) {
          expect(range.start).toBeLessThanOrEqual(range.end);
          expect(range.end).toBeLessThanOrEqual(source.length);
        }
        signatureHelp(analysis, at);
      }
    }),
    { numRuns: 100 * Number(process.env['CNNC_RUNS'] ?? 1) },
  );
});

/** What stands before a place of the tour, one of the last tokens left out, and perhaps another piece behind it. */
function garbled(): fc.Arbitrary<string> {
  const texts = ['examples/tour/tour.cnn', 'examples/tour/values.cnn', 'examples/fashion/fashion.cnn'];
  const tokens = texts.flatMap((path) => tokenize(readFileSync(path, 'utf8')).tokens.map(({ image }) => image));
  const place = fc.integer({ min: 0, max: tokens.length });
  const piece = fc.tuple(place, fc.integer({ min: 0, max: 5 })).map(([at, count]) => tokens.slice(at, at + count));
  return fc.tuple(place, fc.integer({ min: 1, max: 5 }), piece).map(([end, from, more]) => {
    const start = tokens.findLastIndex(
      (image, at) => at < end && (image === 'network' || image === 'block' || image === 'train'),
    );
    const kept = tokens.slice(Math.max(0, start), end).filter((_, at, all) => at !== all.length - from);
    return [...kept, ...more].join(' ');
  });
}
