// Weights that are packed a part at a time are those that one call of the kernel makes, bit for bit.

import { expect, test } from 'vitest';
import { interpretKernel } from '../../compiler/kernel/interpret.ts';
import type { Kernel } from '../../compiler/kernel/ir.ts';
import type { PackSpec } from '../../compiler/templates/pack.ts';
import { pack } from '../../compiler/templates/pack.ts';
import { scalarTarget } from '../../compiler/templates/target.ts';
import {
  plainFilterLength,
  winogradFilter,
  winogradFilterArguments,
  winogradFilterLength,
} from '../../compiler/templates/winograd-filter.ts';
import { square } from '../../compiler/templates/winograd-transforms.ts';
import type { FilterNumbers, Loading, PackNumbers, Packing } from '../../runtime/loading.ts';
import { packParts, transformFilters } from '../../runtime/loading.ts';
import { centred } from '../support/formula.ts';

const bytes = 2 ** 17;
const phased = { form: square({ results: 2, filter: 3 }), kernel: [3, 3], stride: 1 } as const;

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
] as const)('filters: %s', (_, columns, array, before) => {
  for (const isTurned of [false, true]) {
    for (const factors of [undefined, factorsOf(before + columns)]) {
      const [perRow, perColumn] = isTurned ? [-3, -1] : [3, 1];
      const layout = {
        ...phased,
        columns,
        depth,
        panel: 8,
        lanes: 4,
        strides: [perFilter, taps, perRow, perColumn],
      } as const;
      const source = new array(centred(5, (before + columns) * perFilter, 1));
      // The largest tap lies in one of the panels only, so that each window has another magnitude that is safe.
      source[before * perFilter + 5] = 3e36;
      const first = before * perFilter + (isTurned ? taps - 1 : 0);
      const type = array === Float64Array ? 'f64' : 'f32';
      const kernel = winogradFilter(
        'pack',
        { ...phased, type, plain: true, ...(factors && { factors: 'f64' }) },
        scalarTarget,
      );
      const plain = 16 + winogradFilterLength(layout);
      const numbers = [first, ...winogradFilterArguments(layout, 16), ...(factors ? [before] : []), plain];
      const length = plain + plainFilterLength(layout) + 16;
      const calls = expectSame(kernel, { source, factors }, length, (loading, packing) =>
        transformFilters(loading, 'pack', packing, ...(numbers as unknown as FilterNumbers)),
      )(numbers);
      const room = bytes - 8 * (factors?.length ?? 0);
      const most = Math.floor(room / (8 * perFilter * array.BYTES_PER_ELEMENT));
      expect(calls).toBe(Math.ceil(Math.floor(columns / 8) / most) + (columns % 8 > 0 ? 1 : 0));
    }
  }
});

test.each([
  ['one window', 3, Float32Array],
  ['several windows', 100, Float32Array],
  ['f64', 60, Float64Array],
] as const)('packing: %s', (_, panels, array) => {
  for (const factors of [undefined, factorsOf(8 * panels)]) {
    const source = new array(centred(7, 8 * panels * depth, 1));
    const type = array === Float64Array ? 'f64' : 'f32';
    const spec: PackSpec = { axes: 3, source: type, target: 'f32', ...(factors && { factors: 'f64' }) };
    const kernel = pack('pack', spec, scalarTarget);
    const loops = [panels, 8 * depth, 8 * depth, depth, 1, 8, 8, depth, 1];
    const numbers = [0, 16, ...loops, ...(factors ? [0, 1, 0, 8] : [])];
    const calls = expectSame(kernel, { source, factors }, 32 + source.length, (loading, packing) =>
      packParts(loading, 'pack', packing, ...(numbers as unknown as PackNumbers)),
    )(numbers);
    const most = Math.floor((bytes - 8 * (factors?.length ?? 0)) / (8 * depth * array.BYTES_PER_ELEMENT));
    expect(calls).toBe(Math.ceil(panels / most));
  }
});

/** Numbers of f64, some of whose products have to be rounded twice. */
const factorsOf = (count: number): Float64Array => Float64Array.from(centred(11, count, 1), (value) => 1 / (3 + value));

interface Sources {
  readonly source: Float32Array | Float64Array;
  readonly factors: Float64Array | undefined;
}

/** Whether what is packed in parts is what one call makes of the whole; how many calls that took. */
const expectSame =
  (kernel: Kernel, { source, factors }: Sources, length: number, run: (loading: Loading, packing: Packing) => void) =>
  (numbers: readonly number[]): number => {
    const [expected, found] = [0, 1].map(() => new Float32Array(length).fill(7)) as [Float32Array, Float32Array];
    interpretKernel(kernel, memories(source, factors, expected), numbers);
    const at = 64;
    const buffer = new ArrayBuffer(at + bytes);
    let calls = 0;
    const shares: number[] = [];
    const call = (...given: number[]): void => {
      const numbers = factors && new Float64Array(buffer, given.pop());
      const part = new (source instanceof Float64Array ? Float64Array : Float32Array)(buffer, given.pop());
      expect(part.byteOffset).toBe(at + 8 * (factors?.length ?? 0));
      calls += 1;
      interpretKernel(kernel, memories(part, numbers, found), given);
    };
    const packing = { source, weights: found, ...(factors && { factors, count: factors.length }) };
    run({ kernels: { pack: call }, buffer, at, bytes, ahead: (share) => void shares.push(share) }, packing);
    expect(found).toEqual(expected);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.filter((share) => share > 0 && share <= 1)).toHaveLength(calls);
    return calls;
  };

const memories = (source: Float32Array | Float64Array, factors: Float64Array | undefined, weights: Float32Array) =>
  new Map<string, Float32Array | Float64Array>([
    ['source', source],
    ...(factors ? [['factors', factors] as const] : []),
    ['weights', weights],
  ]);
