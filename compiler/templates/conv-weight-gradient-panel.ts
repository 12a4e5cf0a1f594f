// What one image gives to the gradient of a convolution by its weight: the sums of outer products of a panel, some output channels.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, fadd, i32, min, mul, sub, sum } from '../kernel/builder.ts';
import type { Expression, LaneCount, Memory } from '../kernel/ir.ts';
import type { ConvWeightGradientSpec, Plan } from './conv-weight-gradient-plan.ts';
import { windowed } from './conv-weight-gradient-plan.ts';
import type { Numbers } from './numbers.ts';
import type { OuterSums } from './outer-products.ts';
import { outerSums } from './outer-products.ts';
import { paddedLength, paddedMap } from './padded-map.ts';
import { rowBlocks } from './register-block.ts';

/** Products that an f32 sum adds one after the other: whole rows of pixels, if these are not much longer. */
const chain = 256;
const longestRow = 512;
/** Rows (taps and input channels) up to which all are written out. */
const writtenOut = 30;
/** Rows of these that are summed together: of more, V8 keeps sums in memory. */
const writtenOutRows = 4;
/** Taps of a depthwise convolution that are summed together. */
const depthwiseTaps = 10;

/** Some output channels of one group. */
export interface Panel {
  /** First channel of the input, of the group. */
  readonly channel: Expression;
  /** First output channel of the panel, and how many it has. */
  readonly column: Expression;
  readonly columns: number;
}

/** The first number of a column in the first row of outer products. */
interface Start {
  readonly memory: Memory;
  readonly index: Expression;
}

/** Some columns of ∂loss/∂y, with the distance of its pixels. */
interface Columns extends Start {
  readonly step: number;
}

interface PanelContext {
  /** The image. */
  readonly left: Start;
  readonly right: Columns;
  readonly shared: Memory;
  /** Index of the chunk's sums. */
  readonly to: Expression;
}

/** A copy of the columns behind the padded image: pixels that are far from each other do not stay in a cache together. */
export function packColumns(
  k: BlockBuilder,
  v: Numbers,
  spec: ConvWeightGradientSpec,
  { memory, index, step }: Columns,
  { columns }: Panel,
): Columns {
  const scratch = k.memory('scratch', 'f32');
  const start = paddedLength(windowed(spec));
  const width = Math.ceil(columns / v.lanes) * v.lanes;
  k.for('p', 0, spec.upstream.height * spec.upstream.width, (pixel) => {
    const from = k.let('from', add(index, mul(pixel, step)));
    const place = k.let('p', add(mul(pixel, width), start));
    for (let at = 0; at < columns; at += v.lanes) {
      const count = Math.min(v.lanes, columns - at) as LaneCount;
      v.store(scratch, add(place, at), v.load(memory, add(from, at), count), v.lanes);
    }
  });
  return { memory: scratch, index: i32(start), step: width };
}

/** Adds what one image gives to the sums of a panel's columns: [KH·KW·C/g] rows of them. */
export function sumPanel(
  k: BlockBuilder,
  v: Numbers,
  spec: ConvWeightGradientSpec,
  plan: Plan,
  panel: Panel,
  context: PanelContext,
): void {
  const { input, groups, kernel, dilation } = spec;
  const { depth, rows, isDepthwise } = plan;
  const row = paddedMap(windowed(spec)).width * input.channels;
  const offsetOf = (i: number): number => {
    const [c, tap] = [i % depth, Math.floor(i / depth)];
    const [h, w] = [Math.floor(tap / kernel[1]), tap % kernel[1]];
    return h * dilation[0] * row + w * dilation[1] * input.channels + c;
  };
  const origin = k.let('from', add(context.left.index, panel.channel));
  const tile = (at: Expression, left: Expression, offsets: readonly number[]): void =>
    sumTile(
      k,
      v,
      spec,
      panel,
      { ...context, at, left: { memory: context.left.memory, index: left } },
      offsets,
      isDepthwise,
    );
  if (rows <= writtenOut) {
    const most = isDepthwise ? depthwiseTaps : Math.min(v.block.rows, writtenOutRows);
    for (const { from, count, height } of rowBlocks(rows, most, v.lanes))
      for (let at = from; at < from + count * height; at += height)
        tile(
          i32(at),
          origin,
          Array.from({ length: height }, (_, i) => offsetOf(at + i)),
        );
    return;
  }
  // Rows whose elements lie side by side: of all taps of a line, or of one tap.
  const isLine = dilation[1] === 1 && groups === 1;
  const run = isLine ? kernel[1] * depth : depth;
  k.for('kh', 0, kernel[0], (h) => {
    k.for('kw', 0, isLine ? 1 : kernel[1], (w) => {
      const first = k.let('r', mul(add(mul(h, isLine ? 1 : kernel[1]), w), run));
      const start = k.let('start', sum(origin, mul(h, dilation[0] * row), mul(w, dilation[1] * input.channels)));
      for (const { from, count, height } of rowBlocks(run, v.block.rows, v.lanes)) {
        const offsets = Array.from({ length: height }, (_, i) => i);
        const block = (at: Expression): void =>
          tile(k.let('at', add(first, at)), k.let('left', add(start, at)), offsets);
        k.for('i', from, from + count * height, block, { step: height });
      }
    });
  });
}

interface TileContext extends PanelContext {
  /** The first row. */
  readonly at: Expression;
}

/** The sums of some rows, over all pixels. */
function sumTile(
  k: BlockBuilder,
  v: Numbers,
  { input, upstream, stride, ...spec }: ConvWeightGradientSpec,
  { column, columns }: Panel,
  { left, right, shared, to, at }: TileContext,
  rows: readonly number[],
  isDepthwise: boolean,
): void {
  const { height, width, channels } = upstream;
  const line = paddedMap(windowed({ input, upstream, stride, ...spec })).width * input.channels;
  const products = {
    left: left.memory,
    rows,
    right: right.memory,
    columns,
    pairs: isDepthwise ? 'own' : 'all',
    leftStep: stride[1] * input.channels,
    rightStep: right.step,
  } as const;
  const flush = (addTo: (sums: OuterSums) => void): void => {
    const sums = outerSums(k, v, products);
    addTo(sums);
    const place = k.let('p', sum(to, mul(at, channels), column));
    sums.each((value, row, offset, count) => {
      const index = add(place, row * channels + offset);
      v.store(shared, index, fadd(v.load(shared, index, count), value), count);
    });
  };
  const starts = (oh: Expression): readonly [Expression, Expression] => [
    k.let('l', add(left.index, mul(oh, stride[0] * line))),
    k.let('q', add(right.index, mul(oh, width * right.step))),
  ];
  if (v.lanes > 1 && width > longestRow) {
    k.for('oh', 0, height, (oh) => {
      const [l, q] = starts(oh);
      k.for(
        'ow',
        0,
        width,
        (ow) => {
          const count = k.let('count', min(chain, sub(width, ow)));
          const first = add(l, mul(ow, products.leftStep));
          flush((sums) => sums.add(first, add(q, mul(ow, right.step)), count));
        },
        { step: chain },
      );
    });
    return;
  }
  const blocks = v.lanes === 1 ? 1 : Math.ceil((height * width) / chain);
  const lines = Math.ceil(height / Math.min(blocks, height));
  k.for(
    'block',
    0,
    height,
    (first) => {
      const end = height % lines === 0 ? add(first, lines) : k.let('end', min(add(first, lines), height));
      flush((sums) => k.for('oh', first, end, (oh) => sums.add(...starts(oh), width)));
    },
    { step: lines },
  );
}
