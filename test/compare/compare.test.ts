// Values of two runs side by side: which belong together, how far they are apart, and which is the first that is.

import { expect, test } from 'vitest';
import { compareValues } from '../../src/compare/compare.ts';
import type { RunValue } from '../../src/compare/compare.ts';
import { printDifferences } from '../../src/compare/print.ts';

const value = (own: string, data: readonly number[], rest: Partial<RunValue> = {}): RunValue => ({
  own: own === '' ? [] : [own],
  foreign: [],
  shape: [data.length],
  data,
  isOutput: false,
  ...rest,
});

test('the largest difference, as it is and as a part of the largest value on either side', () => {
  const { values, first, beyond } = compareValues([value('a', [1, -4, 2])], [value('a', [1, -5, 2.5])], 0.2);
  expect(values).toEqual([{ name: 'a', shape: [3], isOutput: false, largest: 5, difference: 1, relative: 0.2 }]);
  expect({ first, beyond }).toEqual({ first: undefined, beyond: 0 });
});

test.each([
  [[NaN, 1], [NaN, 1], 0],
  [[NaN, 1], [2, 1], Infinity],
  [[Infinity], [Infinity], 0],
  [[Infinity], [-Infinity], Infinity],
  [[0], [-0], 0],
  [[0, 0], [0, 1e-30], 1],
])('%j and %j are %d apart', (a, b, relative) => {
  expect(compareValues([value('a', a)], [value('a', b)], 0).values[0]!.relative).toBe(relative);
});

test('the first in the order of the first run is marked, not the worst', () => {
  const a = [value('x', [1]), value('y', [1]), value('z', [1])];
  const b = [value('z', [3]), value('y', [1.5]), value('x', [1])];
  const comparison = compareValues(a, b, 1e-4);
  expect(comparison).toMatchObject({ first: 'y', beyond: 2 });
  const text = printDifferences(comparison, { sides: ['A', 'B'], tolerance: 1e-4, color: false, width: 80 });
  expect(text).toMatch(/^y .*0\.3333 +◀ first$/m);
  expect(text).toMatch(/^z .*◀$/m);
  expect(text).not.toMatch(/^x .*◀/m);
  expect(text).toContain('2 of 3 differ by more than 0.0001 of max |y|; the first is y');
});

test('names in the model go before own ones, and outputs have their order', () => {
  const a = [
    value('conv1', [1], { foreign: ['t1'] }),
    value('conv2', [2], { foreign: ['t2', 't2_reshaped'] }),
    value('mine', [3]),
    value('out', [4], { isOutput: true }),
  ];
  const b = [
    value('conv1', [2], { foreign: ['t2'] }),
    value('', [1], { foreign: ['t1'] }),
    value('', [2], { foreign: ['t2_reshaped'] }),
    value('yours', [3]),
    value('result', [4], { isOutput: true }),
  ];
  const { values, unmatched } = compareValues(a, b, 0);
  expect(values.map(({ name, other, relative }) => [name, other, relative])).toEqual([
    ['conv1', 't1', 0],
    ['conv2', 'conv1', 0],
    ['out', 'result', 0],
  ]);
  expect(unmatched).toEqual([['mine'], ['yours']]);
});

test('values that are equal are said to be so', () => {
  const equal = compareValues([value('a', [1]), value('b', [2])], [value('a', [1]), value('b', [2])], 0);
  const text = printDifferences(equal, { sides: ['A', 'B'], tolerance: 0, color: false, width: 80 });
  expect(text).toMatch(/\n\nall 2 values are equal\n$/);
});

test('a name is not enough where the sizes differ', () => {
  expect(compareValues([value('a', [1, 2])], [value('a', [1])], 0).values).toEqual([]);
});
