// Filters that are transformed some panels at a time are those that one call of the kernel makes, bit for bit.

import { expect, test } from 'vitest';
import { interpretKernel } from '../../compiler/kernel/interpret.ts';
import { scalarTarget } from '../../compiler/templates/target.ts';
import {
  winogradFilter,
  winogradFilterArguments,
  winogradFilterLength,
} from '../../compiler/templates/winograd-filter.ts';
import type { FilterNumbers } from '../../runtime/filters.ts';
import { transformFilters } from '../../runtime/filters.ts';
import { centred } from '../support/formula.ts';

const bytes = 2 ** 17;
const form = { results: 2, filter: 3 } as const;

/** Columns of 48 input channels: a window of f32 holds 9 panels of 8 columns, one of f64 4. */
const depth = 48;
const taps = 9;
const perFilter = depth * taps;

test.each([
  ['one window and a rest', 21, Float32Array, 0],
  ['several windows and a rest', 78, Float32Array, 0],
  ['whole panels', 80, Float32Array, 0],
  ['f64', 42, Float64Array, 0],
  ['filters of a second group', 10, Float32Array, 16],
  ['less than a panel', 3, Float64Array, 0],
] as const)('%s', (_, columns, array, before) => {
  for (const isTurned of [false, true]) {
    const [perRow, perColumn] = isTurned ? [-3, -1] : [3, 1];
    const layout = { form, columns, depth, panel: 8, lanes: 4, strides: [perFilter, taps, perRow, perColumn] } as const;
    const source = new array(centred(5, (before + columns) * perFilter, 1));
    // The largest tap lies in one of the panels only, so that each window has another magnitude that is safe.
    source[before * perFilter + 5] = 3e36;
    const first = before * perFilter + (isTurned ? taps - 1 : 0);
    const type = array === Float64Array ? 'f64' : 'f32';
    const kernel = winogradFilter('filters', { form, type }, scalarTarget);
    const numbers = [first, ...winogradFilterArguments(layout, 16)];
    const [expected, found] = [0, 1].map(() => new Float32Array(16 + winogradFilterLength(layout) + 16).fill(7));
    interpretKernel(kernel, memories(source, expected!), numbers);
    const at = 64;
    const buffer = new ArrayBuffer(at + bytes);
    let calls = 0;
    const filters = (...given: number[]): void => {
      expect(given.pop()).toBe(at);
      calls += 1;
      interpretKernel(kernel, memories(new array(buffer, at), found!), given);
    };
    transformFilters(
      { kernels: { filters }, buffer, at, bytes },
      'filters',
      source,
      found!,
      ...(numbers as unknown as FilterNumbers),
    );
    expect(found).toEqual(expected);
    const most = Math.floor(bytes / (8 * perFilter * array.BYTES_PER_ELEMENT));
    expect(calls).toBe(Math.ceil(Math.floor(columns / 8) / most) + (columns % 8 > 0 ? 1 : 0));
  }
});

const memories = (source: Float32Array | Float64Array, weights: Float32Array) =>
  new Map<string, Float32Array | Float64Array>([
    ['source', source],
    ['weights', weights],
  ]);
