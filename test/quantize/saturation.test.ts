// Intervals of what only functions read end where these are flat; from closed forms.

import { expect, test } from 'vitest';
import type { Range } from '../../compiler/ir/range.ts';
import { parseGraph } from '../../compiler/ir/text.ts';
import { operators } from '../../compiler/ops/index.ts';
import { quantizedGraph } from '../../compiler/quantize/rewrite.ts';
import { quantizeNetwork } from '../../src/quantize/quantize.ts';
import { layerErrors } from '../../src/quantize/errors.ts';
import { withoutFlatEnds } from '../../src/quantize/saturation.ts';
import { wholeNumbers } from '../support/codes.ts';

const conv = (id: number, x: number, name: string): string =>
  [
    `%${id + 1} = parameter ${name}.weight : [4,4,1,1] he(4, 4)`,
    `%${id} = conv(%${x}, %${id + 1}) {channels=4, kernel=1, bias=false} as ${name}`,
  ].join('\n');

/** x → a → what the lines make of %10 as %20 → b. */
const graphOf = (...lines: readonly string[]) =>
  parseGraph(
    [
      'graph G {',
      '%0 = input x : [N,4,3,3]',
      conv(10, 0, 'a'),
      ...lines,
      conv(30, 20, 'b'),
      'output y = %30',
      '}',
    ].join('\n'),
    operators,
  );

/** The interval of what `a` gives, which was `range`; results lie from 0 to 1. */
function cut(range: Range, ...lines: readonly string[]): Range {
  const { plan } = quantizedGraph(graphOf(...lines), operators);
  const at = plan.groups.findIndex(({ name }) => name === 'a');
  const found = withoutFlatEnds(
    plan,
    plan.groups.map((_, group) => (group === at ? range : { low: 0, high: 1 })),
  );
  return found[at]!;
}

// 1 − 1/(1 + e^−x) is half of a code, 1/254, where e^x = 253.
test.each([[{ low: -40, high: 20 }], [{ low: -25, high: 900 }]])('of sigmoid, %o ends at ± ln 253', (range) => {
  const { low, high } = cut(range, '%20 = sigmoid(%10) as s');
  expect(low).toBeLessThanOrEqual(-Math.log(253));
  expect(low).toBeGreaterThan(-Math.log(253) + range.low / 1000);
  expect(high).toBeGreaterThanOrEqual(Math.log(253));
  expect(high).toBeLessThan(Math.log(253) + range.high / 1000);
});

test('where a function rises up to the end, half a code of the result is all that is left out', () => {
  const { low, high } = cut({ low: -3, high: 4 }, '%20 = sigmoid(%10) as s');
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  expect(sigmoid(4) - sigmoid(high)).toBeLessThanOrEqual(1 / 254 + 1e-6);
  expect(sigmoid(low) - sigmoid(-3)).toBeLessThanOrEqual(1 / 254 + 1e-6);
  expect(high - low).toBeGreaterThan(6.5);
});

test('of x·sigmoid(x), only the lower end is flat', () => {
  const { low, high } = cut({ low: -60, high: 50 }, '%20 = silu(%10) as s');
  expect(high).toBe(50);
  // |x·sigmoid(x)| is 1/254 at −7.7.
  expect(low).toBeLessThan(-7.6);
  expect(low).toBeGreaterThan(-7.9);
});

test('after a pool, too; with two functions, the interval has what either needs', () => {
  expect(cut({ low: -60, high: 50 }, '%1 = max_pool(%10) {kernel=1} as p', '%20 = sigmoid(%1) as s').high).toBeLessThan(
    6,
  );
  const both = ['%1 = sigmoid(%10) as s', '%2 = silu(%10) as t', '%20 = mul(%1, %2) as m'];
  expect(cut({ low: -60, high: 50 }, ...both).high).toBe(50);
});

test('what anything else reads, too, stays', () => {
  const range = { low: -60, high: 50 };
  expect(cut(range, '%1 = sigmoid(%10) as s', '%20 = mul(%1, %10) as m')).toEqual(range);
});

test('a layer before sigmoid that reaches far loses no bits to what is flat', async () => {
  const graph = graphOf('%20 = sigmoid(%10) as s');
  const data = (least: number, most: number, scale: number, shape: readonly number[], seed: number): Float32Array =>
    Float32Array.from(wholeNumbers(shape, least, most, seed).data, (value) => value * scale);
  const weights = new Map([
    ['a.weight', data(-127, 127, 1 / 8, [4, 4, 1, 1], 1)],
    ['b.weight', data(-127, 127, 1 / 127, [4, 4, 1, 1], 2)],
  ]);
  const images = Array.from({ length: 8 }, (_, at) => new Map([['x', data(0, 127, 1 / 127, [4, 3, 3], at)]]));
  const quantized = await quantizeNetwork({ graph }, weights, images, { method: 'minmax', runner: 'interpreter' });
  const errors = await layerErrors(quantized, weights, images, { runner: 'interpreter' });
  const sqnr = new Map(errors.map((one) => [one.name, one.sqnr]));
  // Codes of 60 numbers from end to end are half of one apart, and sigmoid would be wrong by a sixteenth: 20 dB.
  expect(sqnr.get('s')).toBeGreaterThan(35);
  expect(sqnr.get('a')).toBeGreaterThan(35);
});
