// Depthwise convolution of codes: every channel has its own filter. The map is first copied between its zero points where windows reach
// beyond it. On vectors, four rows of a column are interleaved, so that a dot product of bytes adds four taps of a channel; neighbours in
// a row are computed together and share their columns.

import type { BlockBuilder } from '../../kernel/builder.ts';
import {
  add,
  div,
  dotBytes,
  fadd,
  fmul,
  i32,
  interleave,
  mul,
  promote,
  rem,
  sum,
  unary,
} from '../../kernel/builder.ts';
import type { Expression, Kernel, LaneCount, Memory } from '../../kernel/ir.ts';
import type { Slice } from '../geometry.ts';
import { sliceName } from '../geometry.ts';
import type { Mover } from '../numbers.ts';
import { copyPaddedRow, paddedLength, paddedMap } from '../padded-map.ts';
import type { Target } from '../target.ts';
import { sharesTiles } from '../target.ts';
import { codeMover, codesKernel } from './codes-kernel.ts';
import type { Requantizer } from './requantize.ts';
import { requantizer, scaledSum } from './requantize.ts';

export interface CodesDepthwiseSpec {
  readonly input: Slice;
  /** As many channels as the input. */
  readonly output: Slice;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  /** Top and left. */
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
}

/** Taps of a column that a dot product adds, of which the filters have whole groups. */
export const tapsTogether = 4;

/** Channels that are computed together on vectors. */
export const channelsTogether = 8;

/** Neighbours that are computed together. */
const blockPixels = 4;

/** The codes that the map is copied to, between zero points. */
export function codesDepthwiseMemory(
  spec: CodesDepthwiseSpec,
  target: Target,
): { readonly scratchCodes?: number; readonly sharedCodes?: number } {
  const length = paddedLength(spec);
  if (length === 0) return {};
  return sharesTiles(target) ? { sharedCodes: length } : { scratchCodes: length };
}

interface Run {
  readonly k: BlockBuilder;
  readonly spec: CodesDepthwiseSpec;
  readonly target: Target;
  /** The map that whole windows are read from, and its width and distance of pixels. */
  readonly map: Memory;
  readonly width: number;
  readonly pixelStride: number;
  readonly packed: { readonly filters: Expression; readonly bias: Expression; readonly multipliers: Expression };
  readonly memories: Readonly<Record<'bytes' | 'integers' | 'weights' | 'codes', Memory>>;
  readonly finish: Requantizer;
  readonly mover: Mover;
}

/**
 * Parameters: input base, packed filters, biases, multipliers, ranges of input and result, output base, images. x [H·W, C], on scalars
 * w [KH·KW, C], on vectors w [C/4][KW][KH/4][4 channels][4 rows] → y [OH·OW, C].
 */
export function codesDepthwise(name: string, spec: CodesDepthwiseSpec, target: Target): Kernel {
  const { input, output, kernel, stride } = spec;
  const summary = `depthwise of codes ${kernel.join('x')} /${stride.join('x')} ${sliceName(input)} -> ${sliceName(output)}`;
  const hints = ['w', 'b', 'm', 'rx', 'r'] as const;
  const map = paddedMap(spec);
  return codesKernel(name, summary, spec, hints, target, ({ k, packed: [w, b, m, before, after], eachImage }) => {
    const memories = {
      codes: k.memory('codes', 'u8'),
      bytes: k.memory('bytes', 'i8'),
      integers: k.memory('integers', 'i32'),
      weights: k.memory('weights', 'f32'),
    };
    const { codes, integers } = memories;
    const padded = map.isCopied ? k.memory(sharesTiles(target) ? 'shared_codes' : 'scratch_codes', 'u8') : undefined;
    const mover = codeMover(k, target);
    const zero = unary('i32_to_u32', k.load(integers, before));
    const around = padded && k.let('zero', target.lanes === 4 ? unary('splat_u8', zero) : zero);
    const run: Run = {
      ...{ k, spec, target, memories, mover, map: padded ?? codes, width: map.width },
      pixelStride: padded ? input.channels : input.pixelStride,
      packed: { filters: w, bias: b, multipliers: m },
      finish: requantizer(k, integers, after, target),
    };
    eachImage(({ source, result }) => {
      if (padded) {
        const copy = { arena: codes, source, padded, zero: around! };
        k.for('h', 0, map.height, (h) => copyPaddedRow(k, mover, spec, copy, h), { parallel: true });
        k.barrier();
      }
      const from = (row: Expression): Expression => {
        const offset = mul(row, stride[0] * run.width * run.pixelStride);
        return padded ? offset : add(source, offset);
      };
      const resultOf = (pixel: Expression): Expression => k.let('to', add(result, mul(pixel, output.pixelStride)));
      if (target.lanes === 1) {
        k.for('p', 0, output.height * output.width, (pixel) => {
          const column = mul(rem(pixel, output.width), stride[1] * run.pixelStride);
          onePixel(run, k.let('from', add(from(div(pixel, output.width)), column)), resultOf(pixel));
        });
        return;
      }
      k.for('oh', 0, output.height, (oh) => rowOfBlocks(run, k.let('row', from(oh)), resultOf(mul(oh, output.width))), {
        parallel: true,
      });
      if (padded) k.barrier();
    });
  });
}

/** One channel after the other. */
function onePixel(
  { k, spec, map, width, pixelStride, packed, memories, finish }: Run,
  from: Expression,
  to: Expression,
) {
  const { input, kernel, dilation } = spec;
  k.for('c', 0, input.channels, (c) => {
    const total = k.cell('s', promote(k.load(memories.integers, add(packed.bias, c))));
    k.for('i', 0, kernel[0], (i) =>
      k.for('j', 0, kernel[1], (j) => {
        const pixel = mul(add(mul(i, dilation[0] * width), mul(j, dilation[1])), pixelStride);
        const code = promote(k.load(map, sum(from, pixel, c)));
        const tap = promote(
          k.load(memories.bytes, sum(packed.filters, mul(add(mul(i, kernel[1]), j), input.channels), c)),
        );
        k.set(total, fadd(total.value, fmul(code, tap)));
      }),
    );
    const units = scaledSum(total.value, k.load(memories.weights, add(packed.multipliers, c)));
    k.store(memories.codes, add(to, c), finish.codes([units]));
  });
}

/** A row of results, block by block. */
function rowOfBlocks(run: Run, row: Expression, to: Expression): void {
  const { k, spec, pixelStride } = run;
  const { output, stride } = spec;
  const rest = output.width % blockPixels;
  const block = (ow: Expression, count: number): void =>
    pixelBlock(
      run,
      k.let('from', add(row, mul(ow, stride[1] * pixelStride))),
      k.let('to', add(to, mul(ow, output.pixelStride))),
      count,
    );
  k.for('ow', 0, output.width - rest, (ow) => block(ow, blockPixels), { step: blockPixels });
  if (rest > 0) k.for('ow', output.width - rest, output.width, (ow) => block(ow, rest), { step: rest });
}

/** `count` neighbours, eight channels at a time. */
function pixelBlock(run: Run, from: Expression, to: Expression, count: number): void {
  const { k, spec } = run;
  const { channels } = spec.input;
  const rest = channels % channelsTogether;
  k.for('c', 0, channels - rest, (c) => someChannels(run, { from, to, c }, channelsTogether, count), {
    step: channelsTogether,
  });
  if (rest > 0) someChannels(run, { from, to, c: i32(channels - rest) }, rest, count);
}

interface BlockPlace {
  readonly from: Expression;
  readonly to: Expression;
  readonly c: Expression;
}

function someChannels(run: Run, { from, to, c }: BlockPlace, channels: number, count: number): void {
  const { k, spec, map, width, pixelStride, packed, memories, finish, mover } = run;
  const { kernel, stride, dilation, output } = spec;
  const groups = Math.ceil(kernel[0] / tapsTogether);
  const parts = channels > 4 ? [0, 4] : [0];
  const sizeOf = (part: number): LaneCount => Math.min(4, channels - part) as LaneCount;
  const bias = parts.map((part) => k.let('b', k.loadLanes(memories.integers, sum(packed.bias, c, part), sizeOf(part))));
  const sums: Expression[][] = Array.from({ length: count }, () => [...bias]);
  const first = k.let('f', add(from, c));
  // Of four channels: [KW][KH/4][4 channels][4 rows].
  const perChannel = kernel[1] * groups * tapsTogether;
  const filters = k.let('t', add(packed.filters, mul(c, perChannel)));
  const columns = new Set(sums.flatMap((_, at) => Array.from({ length: kernel[1] }, (__, j) => columnOf(at, j))));
  for (const column of [...columns].toSorted((a, b) => a - b)) {
    for (let group = 0; group < groups; group += 1) {
      const rows = rowsOf(column, group);
      sums.forEach((own, at) => {
        for (let j = 0; j < kernel[1]; j += 1) {
          if (columnOf(at, j) !== column) continue;
          parts.forEach((part, i) => {
            const place = part * perChannel + (j * groups + group) * 16;
            own[i] = k.let('s', dotBytes(rows[i]!, k.loadBytes(memories.bytes, add(filters, place)), own[i]!));
          });
        }
      });
    }
  }
  const factors = parts.map((part) =>
    k.let('m', k.loadLanes(memories.weights, sum(packed.multipliers, c, part), sizeOf(part))),
  );
  sums.forEach((own, at) => {
    const units = own.map((total, i) => scaledSum(total, factors[i]!));
    mover.store(memories.codes, sum(to, c, at * output.pixelStride), finish.codes(units), channels);
  });

  function columnOf(at: number, j: number): number {
    return at * stride[1] + j * dilation[1];
  }

  /** Four rows of a column, row by row for each channel; rows that there are not have taps of 0. */
  function rowsOf(column: number, group: number): readonly Expression[] {
    const last = kernel[0] - 1;
    const rows = Array.from({ length: tapsTogether }, (_, i) => Math.min(group * tapsTogether + i, last));
    const loaded = new Map<number, Expression>();
    const [a, b, d, e] = rows.map((i) => {
      if (!loaded.has(i)) {
        const index = (i * dilation[0] * width + column) * pixelStride;
        loaded.set(i, k.let('x', k.loadBytes(map, add(first, index))));
      }
      return loaded.get(i)!;
    }) as [Expression, Expression, Expression, Expression];
    const [upper, lower] = [k.let('u', interleave('low_bytes', a, b)), k.let('u', interleave('low_bytes', d, e))];
    return parts.map((part) => k.let('q', interleave(part === 0 ? 'low_pairs' : 'high_pairs', upper, lower)));
  }
}
