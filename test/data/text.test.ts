import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCsv } from '../../src/data/csv.ts';
import { readJsonArray } from '../../src/data/json.ts';
import { onlyInputErrors } from './shared.ts';

test('tables with and without column names, in the usual separators', () => {
  const expected = { shape: [2, 3], data: Float32Array.of(1, -2.5, 3e-2, 4, 0.5, 6) };
  expect(readCsv('1,-2.5,3e-2\n4,.5,6\n')).toEqual(expected);
  expect(readCsv('\ufeffa;b;c\r\n1;-2.5;3e-2\r\n\r\n4;.5;6')).toEqual(expected);
  expect(readCsv('"1"\t"-2.5"\t"3e-2"\n4\t.5\t6')).toEqual(expected);
  expect(readCsv('  1 -2.5 3e-2\n  4  .5  6')).toEqual(expected);
});

test.each([
  ['1,2\n3,x', 'line 2, column 2 holds x, expected a number'],
  ['a,b\n1,\n', 'line 2, column 2 is empty, expected a number'],
  ['1,2\n\n3\n', 'line 3 has 1 column, but line 1 has 2'],
  ['a,b\nc,d', 'line 2, column 1 holds c, expected a number'],
  ['1,0x10', 'line 1, column 2 holds 0x10, expected a number'],
  ['1,NaN', 'line 1, column 2 holds NaN, expected a number'],
  ['', 'the table has no row of numbers'],
])('table %j', (text, message) => expect(() => readCsv(text)).toThrow(message));

test('nested arrays', () => {
  expect(readJsonArray('[[[1, 2], [3, 4.5]]]')).toEqual({ shape: [1, 2, 2], data: Float32Array.of(1, 2, 3, 4.5) });
  expect(readJsonArray('7')).toEqual({ shape: [], data: Float32Array.of(7) });
});

test.each([
  ['[[1,2],[3]]', 'element [1] has length 1, but element [0] has length 2'],
  ['[[[1],[2]],[[3],[4,5]]]', 'element [1][1] has length 2, but element [0][0] has length 1'],
  ['[[1,2],3]', 'element [1] is a number, expected a list of 2'],
  ['[1,[2]]', 'element [1] is a list, expected a number'],
  ['[1,"2"]', 'element [1] is a string, expected a number'],
  ['[1,null]', 'element [1] is null, expected a number'],
  ['[1,1e999]', 'element [1] is too large, expected a number'],
  ['{"__proto__":[1]}', 'the value is an object, expected a number'],
  ['[1,', 'the file is not valid JSON'],
  [`${'['.repeat(9)}1${']'.repeat(9)}`, 'nested more than 8 deep'],
])('JSON %j', (text, message) => expect(() => readJsonArray(text)).toThrow(message));

test('hostile text ends soon', () => {
  onlyInputErrors(() => readJsonArray('['.repeat(5_000_000)));
  onlyInputErrors(() => readJsonArray('['.repeat(1_000_000) + ']'.repeat(1_000_000)));
  const started = performance.now();
  onlyInputErrors(() => readCsv(`${'1'.repeat(2_000_000)}x`));
  onlyInputErrors(() => readCsv(`1e${'1'.repeat(2_000_000)}`));
  expect(performance.now() - started).toBeLessThan(2000);
  fc.assert(
    fc.property(
      fc.string(),
      (text) => (onlyInputErrors(() => readCsv(text)), onlyInputErrors(() => readJsonArray(text))),
    ),
  );
});
