// Maxima of windows in WebAssembly against Math.max: of all numbers, and of numbers from +0 up, whose bits are compared. NaN has either sign.

import { expect, test } from 'vitest';
import type { Slice } from '../../compiler/templates/geometry.ts';
import type { PoolSpec } from '../../compiler/templates/pool.ts';
import { pool } from '../../compiler/templates/pool.ts';
import { vectorTarget } from '../../compiler/templates/target.ts';
import { disagreements } from '../support/agreement.ts';
import { graphOf } from '../support/pass.ts';
import { feedsOf } from '../support/random-network.ts';
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

test.each([
  'relu(%0)',
  'relu6(%0)',
  'clip(%0) {min=0, max=0.4}',
  'abs(%0)',
  'exp(%0)',
  'hard_sigmoid(%0)',
  'lp_pool(%0) {kernel=2, stride=1}',
])('of what is known to be positive, behind relu and in tiles that pool: %s', async (positive) => {
  const graph = graphOf(`
    %0 = input x : [N,16,12,12]
    %1 = ${positive} as positive
    %2 = max_pool(%1) {kernel=3, stride=1, padding=1} as all
    %3 = concat(%1, %1) as twice
    %4 = mul(%3, %3) as product
    %5 = pad(%4) {padding=1} as padded
    %6 = avg_pool(%5) {kernel=2, stride=1} as means
    %7 = max_pool(%6) {kernel=2} as pooled
    %8 = global_max_pool(%6) as largest
    %9 = parameter w : [16,16,3,3] he(144, 9)
    %10 = conv(%2, %9) {channels=16, kernel=3, padding=1, bias=false} as conv
    %11 = relu(%10) as relu
    %12 = max_pool(%11) {kernel=2} as tiles
    output a = %2
    output b = %7
    output c = %8
    output d = %12
  `);
  const feeds = feedsOf(graph, 2, [NaN, -0, 1e-45, -1e-45, Infinity, -0, -Infinity, -0, 3]);
  expect(await disagreements(graph, feeds, { target: 'wasm' }, 2e-5)).toEqual([]);
});
