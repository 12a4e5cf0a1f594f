// Curves: round marks, places of points that can be computed by hand, gaps, and text that is escaped.

import { describe, expect, test } from 'vitest';
import { thumbnail } from '../../src/report/thumbnail.ts';
import { chartSvg, ticks } from '../../src/report/svg/chart.ts';
import type { Line } from '../../src/report/svg/chart.ts';

describe('marks', () => {
  test.each<[number, number, readonly number[]]>([
    [0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [0, 2.31, [0, 0.5, 1, 1.5, 2, 2.5]],
    [0.91, 0.937, [0.91, 0.92, 0.93, 0.94]],
    [0, 0.003, [0, 0.001, 0.002, 0.003]],
    [5, 5, [5, 6]],
    [0, 0, [0, 0.2]],
    [NaN, NaN, [0, 1]],
  ])('from %f to %f', (least, most, expected) => {
    expect(ticks(least, most, 5)).toEqual(expected);
  });

  test('lie round their numbers, whatever these are', () => {
    for (let at = 1; at < 2000; at += 1) {
      const least = Math.sin(at) * 10 ** (at % 7);
      const span = (1 + Math.cos(at * 3)) * 10 ** ((at % 11) - 5) + 1e-5 * Math.abs(least);
      const found = ticks(least, least + span, 5);
      const slack = (found[1]! - found[0]!) * 1e-6;
      expect(found[0]!).toBeLessThanOrEqual(least + slack);
      expect(found.at(-1)!).toBeGreaterThanOrEqual(least + span - slack);
      expect(found.length).toBeLessThanOrEqual(8);
    }
  });
});

describe('a chart', () => {
  const options = { title: 'loss', across: { name: 'epoch', most: 4 }, up: { least: 0, most: 1 }, text: String };
  const draw = (...lines: readonly Line[]): string => chartSvg(lines, options);

  // The field reaches from 52 to 390 and from 10 down to 200.
  test('has its points where they belong', () => {
    const svg = draw({
      look: 'first',
      points: [
        [0, 0],
        [2, 0.5],
        [4, 1],
      ],
    });
    expect(svg).toContain('<path class="line first" d="M52 200L221 105L390 10"/>');
  });

  test('draws what lies beyond at the border, and leaves gaps', () => {
    const svg = draw({
      look: 'steps',
      points: [
        [0, 7],
        [1, NaN],
        [2, 0],
        [3, 0.5],
      ],
    });
    expect(svg).toContain('d="M52 10M221 200L305.5 105"');
  });

  test('says its numbers, and the names of the user as text', () => {
    const svg = draw({ name: '<b>"', look: 'second', points: [[3, 0.25]], hasDots: true });
    expect(svg).toContain('<title>epoch 3: &#60;b&#62;&#34; 0.25</title>');
    expect(svg).not.toContain('<b>');
  });

  test('without any point has axes', () => {
    const svg = chartSvg([], { title: 'loss', across: { name: 'epoch', most: 1 }, text: String });
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(svg).toContain('>epoch<');
  });
});

test('a thumbnail has the means of its pixels', () => {
  const data = Uint8Array.from({ length: 5 * 4 }, (_, at) => 10 * at);
  const small = thumbnail({ width: 5, height: 4, channels: 1, data }, 3);
  // Two by two: (0 + 10 + 50 + 60) / 4 and so on; the fifth column is left out.
  expect(small).toEqual({ width: 2, height: 2, channels: 1, data: Uint8Array.of(30, 50, 130, 150) });
  expect(thumbnail(small, 2)).toBe(small);
});
