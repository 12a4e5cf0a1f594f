import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainDecimal } from '../../src/data/decimal.ts';
import { readCsv } from '../../src/data/csv.ts';
import { readJsonArray } from '../../src/data/json.ts';
import { onlyInputErrors } from './shared.ts';
import { ownTime } from '../support/own-time.ts';

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
  ['1,1e400', 'line 1, column 2 holds 1e400, which is beyond the 32-bit numbers'],
  ['1\n-3.5e38', 'line 2, column 1 holds -3.5e38, which is beyond the 32-bit numbers'],
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
  ['[1,-3.5e38]', 'element [1] is too large, expected a number'],
  ['[1] 2', 'the file is not valid JSON, at character 5'],
  ['[1,]', 'the file is not valid JSON, at character 4'],
  ['[01]', 'the file is not valid JSON, at character 2'],
  ['[1.]', 'the file is not valid JSON'],
  ['[+1]', 'the file is not valid JSON'],
  ['[1 2]', 'the file is not valid JSON'],
  ['[[],[1]]', 'element [1] has length 1, but element [0] has length 0'],
  ['[]]', 'the file is not valid JSON'],
  ['{"__proto__":[1]}', 'the value is an object, expected a number'],
  ['[1,', 'the file is not valid JSON'],
  [`${'['.repeat(9)}1${']'.repeat(9)}`, 'nested more than 8 deep'],
])('JSON %j', (text, message) => expect(() => readJsonArray(text)).toThrow(message));

test('what JSON.parse reads as an array of numbers of one shape is read alike', () => {
  const number = fc.float({ noNaN: true, noDefaultInfinity: true });
  const blank = fc.constantFrom('', ' ', '\n', '\t\r ');
  fc.assert(
    fc.property(fc.array(fc.array(number, { minLength: 3, maxLength: 3 }), { minLength: 1 }), blank, (rows, space) => {
      const text = JSON.stringify(rows).replace(/[[\],]/g, (mark) => `${space}${mark}${space}`);
      expect(readJsonArray(text)).toEqual({
        shape: [rows.length, 3],
        data: Float32Array.from((JSON.parse(text) as number[][]).flat()),
      });
    }),
  );
  expect(readJsonArray('[[], []]')).toEqual({ shape: [2, 0], data: new Float32Array(0) });
  expect(readJsonArray(' [ ] ').shape).toEqual([0]);
});

test('decimals are those of Number, to the bit', () => {
  const digits = fc.stringMatching(/^-?\d{1,18}(\.\d{1,18})?$/);
  fc.assert(
    fc.property(fc.oneof(digits, fc.double().map(String), fc.integer().map(String)), (text) => {
      const value = plainDecimal(`x${text}y`, 1, text.length + 1);
      if (!Number.isNaN(value)) expect(value).toBe(Number(text));
    }),
    { numRuns: 2000 },
  );
  expect(['1.5', '-0', '0.001', '123456789012345'].map((text) => plainDecimal(text, 0, text.length))).toEqual([
    1.5, -0, 0.001, 123456789012345,
  ]);
  for (const text of ['', '-', '.5', '5.', '01', '1e5', '1234567890123456', '+1', '1..2'])
    expect(plainDecimal(text, 0, text.length)).toBeNaN();
});

test('what is too long for the network is refused before it is kept', () => {
  expect(() => readJsonArray('[[1,2,3]]', 2)).toThrow('element [0] has more than the 2 numbers');
  expect(readJsonArray('[[1,2]]', 2).shape).toEqual([1, 2]);
  const refuse = (columns: number): void => {
    throw new Error(`${columns} columns`);
  };
  expect(() => readCsv('1,2,3', 2, refuse)).toThrow('3 columns');
});

test('hostile text ends soon', () => {
  onlyInputErrors(() => readJsonArray('['.repeat(5_000_000)));
  onlyInputErrors(() => readJsonArray('['.repeat(1_000_000) + ']'.repeat(1_000_000)));
  const started = ownTime();
  onlyInputErrors(() => readCsv(`${'1'.repeat(2_000_000)}x`));
  onlyInputErrors(() => readCsv(`1e${'1'.repeat(2_000_000)}`));
  expect(ownTime() - started).toBeLessThan(2000);
  fc.assert(
    fc.property(
      fc.string(),
      (text) => (onlyInputErrors(() => readCsv(text)), onlyInputErrors(() => readJsonArray(text))),
    ),
  );
});
