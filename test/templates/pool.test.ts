// Maxima of windows in WebAssembly against Math.max: of all numbers, and of numbers from +0 up, whose bits are compared. NaN has either sign.

import { expect, test } from 'vitest';
import type { Slice } from '../../compiler/templates/geometry.ts';
import type { PoolSpec } from '../../compiler/templates/pool.ts';
import { pool } from '../../compiler/templates/pool.ts';
import { vectorTarget } from '../../compiler/templates/target.ts';
import { runWasmKernel } from '../support/wasm-kernel.ts';

const channels = 7;
const [height, width] = [7, 9];
const sliceOf = (rows: number, columns: number): Slice => ({
  channels,
  height: rows,
  width: columns,
  pixelStride: channels,
  imageStride: rows * columns * channels,
});

/** NaN with and without a sign, infinity, the least and the largest f32, and whole numbers; +0 most often, so that windows have it alone. */
const bits = [0x7fc00000, 0xffc00000, 0x7f800000, 1, 0x7f7fffff, 0x3f800000, 0x40000000];
const zeros = 60;

function numbers(negative: boolean): Float32Array<ArrayBuffer> {
  let state = 1;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const words = Uint32Array.from({ length: height * width * channels }, () => {
    const word = bits[next(bits.length + zeros)] ?? 0;
    return negative && next(4) > 0 ? (word | 0x80000000) >>> 0 : word;
  });
  return new Float32Array(words.buffer);
}

type Axis = readonly [kernel: number, stride: number, before: number, after: number, dilation: number];

const outputsOf = (extent: number, [kernel, stride, before, after, dilation]: Axis): number =>
  Math.floor((extent + before + after - (kernel - 1) * dilation - 1) / stride) + 1;

const insideOf = (extent: number, [kernel, stride, before, , dilation]: Axis, at: number): readonly number[] =>
  Array.from({ length: kernel }, (_, tap) => at * stride - before + tap * dilation).filter((i) => i >= 0 && i < extent);

test.each<readonly [Axis, Axis]>([
  [
    [3, 1, 1, 1, 1],
    [3, 1, 1, 1, 1],
  ],
  [
    [3, 2, 0, 0, 1],
    [3, 2, 0, 0, 1],
  ],
  [
    [3, 2, 1, 0, 1],
    [3, 2, 0, 1, 1],
  ],
  [
    [2, 2, 0, 1, 1],
    [2, 2, 0, 1, 1],
  ],
  [
    [3, 1, 2, 2, 2],
    [2, 1, 1, 1, 3],
  ],
  [
    [1, 1, 0, 0, 1],
    [5, 3, 2, 2, 1],
  ],
  [
    [6, 1, 3, 2, 1],
    [5, 1, 2, 2, 1],
  ],
])('windows %j, %j', (rows, columns) => {
  const output = sliceOf(outputsOf(height, rows), outputsOf(width, columns));
  for (const positive of [false, true]) {
    const x = numbers(!positive);
    const spec: PoolSpec = {
      operation: 'max',
      input: sliceOf(height, width),
      output,
      windows: {
        kind: 'sliding',
        kernel: [rows[0], columns[0]],
        stride: [rows[1], columns[1]],
        padding: [rows[2], columns[2], rows[3], columns[3]],
        dilation: [rows[4], columns[4]],
        countPadding: false,
      },
      positive,
      epilogue: [],
    };
    const expected: number[] = [];
    for (let oh = 0; oh < output.height; oh += 1)
      for (let ow = 0; ow < output.width; ow += 1)
        for (let c = 0; c < channels; c += 1) {
          const window = insideOf(height, rows, oh).flatMap((h) =>
            insideOf(width, columns, ow).map((w) => x[(h * width + w) * channels + c]!),
          );
          expected.push(Math.max(...window));
        }
    const arena = new Float32Array(x.length + expected.length);
    arena.set(x);
    const memories = new Map([
      ['arena', arena],
      ['weights', new Float32Array(1)],
    ]);
    runWasmKernel(pool('k', spec, vectorTarget), memories, [0, x.length, 1]);
    expect([...arena.subarray(x.length)]).toEqual(expected);
    for (const special of [NaN, 0, Infinity]) expect(expected.some((value) => Object.is(value, special))).toBe(true);
  }
});
