// What rounding does to a value on average, from closed forms.

import { expect, test } from 'vitest';
import { parseGraph } from '../../compiler/ir/text.ts';
import { operators } from '../../compiler/ops/index.ts';
import { quantizedGraph } from '../../compiler/quantize/rewrite.ts';
import { channelMeans } from '../../src/quantize/means.ts';

const graph = parseGraph(
  `graph G {
    %0 = input x : [N,2,1,64]
    %1 = parameter c.weight : [1,2,1,1] he(2, 1)
    %2 = conv(%0, %1) {channels=1, kernel=1, bias=false} as c
    output y = %2
  }`,
  operators,
);
const { plan } = quantizedGraph(graph, operators);
const weights = new Map([['c.weight', Float32Array.of(1, 1)]]);
/** 64 numbers of each channel. */
const image = (first: number, second: number): ReadonlyMap<string, Float32Array> =>
  new Map([['x', Float32Array.from({ length: 128 }, (_, at) => (at < 64 ? first : second))]]);
const meansOf = async (...images: readonly ReadonlyMap<string, Float32Array>[]) =>
  [...(await channelMeans({ graph, plan }, weights, images, [{ scale: 1, zero: 10 }], 'interpreter')).values()][0]!;

test('of each channel over all images, as far as their number is to be trusted', async () => {
  const { exact, rounded } = await meansOf(image(3.25, -2.5), image(4.25, 200));
  expect([...exact]).toEqual([3.75, 98.75]);
  // 3 and 4; −2 (a tie goes to the even code 8) and 117, the largest. 128 numbers are trusted by 128 / 160.
  const [first, second] = [3.5, 57.5];
  expect(rounded[0]).toBeCloseTo(3.75 + 0.8 * (first - 3.75), 10);
  expect(rounded[1]).toBeCloseTo(98.75 + 0.8 * (second - 98.75), 10);
});

test('of few numbers hardly anything is taken for more than chance', async () => {
  const { exact, rounded } = await meansOf(image(3.25, 0));
  expect(exact[1]).toBe(0);
  expect(rounded[1]).toBe(0);
  expect(rounded[0]).toBeCloseTo(3.25 - (64 / 96) * 0.25, 10);
});
