// The gradient of a convolution by its weight: for each image the outer products of its windows and of ∂loss/∂y, pixel by pixel. A
// block of weights, taps and input channels × output channels, stays in registers while the pixels pass; what an image adds goes to
// the sums of its chunk, so that in f32 no sum is longer than some hundred products. Chunks are added at the end.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, buildKernel, div, eq, fadd, i32, min, mul, rem, sub, sum } from '../kernel/builder.ts';
import type { Expression, Kernel, Memory } from '../kernel/ir.ts';
import type { Chunks } from './chunks.ts';
import { addChunks, chunksOf, imagesOf, mostChunks } from './chunks.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import type { Numbers } from './numbers.ts';
import { numbers } from './numbers.ts';
import { outerSums } from './outer-products.ts';
import { copyPaddedRow, paddedLength, paddedMap } from './padded-map.ts';
import { rowBlocks } from './register-block.ts';
import type { Target } from './target.ts';
import { buildOptions } from './target.ts';

export interface ConvWeightGradientSpec {
  /** The convolution's. */
  readonly input: Slice;
  /** ∂loss/∂y. */
  readonly upstream: Slice;
  readonly groups: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  /** Top and left; what lies beyond the input at the bottom and right reads as zero. */
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** Whether the taps of a window are those of the weight in opposite order. */
  readonly flip: boolean;
}

/** Numbers of all chunks' sums together, 4 MiB, unless one chunk's are more. */
const mostPartial = 2 ** 20;
/** Pixels that a chunk has at least, so that adding chunks takes little of the time, if these are not too many images. */
const leastPixels = 1024;
const mostLeastImages = 16;
/** Pieces of work that threads share at least, where there are as many. */
const leastPieces = 16;
/** Products that an f32 sum adds one after the other: whole rows of pixels, if these are not much longer. */
const chain = 256;
const longestRow = 512;
/** Rows (taps and input channels) up to which all are written out. */
const writtenOut = 30;
/** Rows of these that are summed together: of more, V8 keeps sums in memory. */
const writtenOutRows = 4;
/** Taps of a depthwise convolution that are summed together. */
const depthwiseTaps = 10;

/** What follows from the geometry. */
function planOf({ input, upstream, groups, kernel }: ConvWeightGradientSpec, target: Target) {
  const [depth, share] = [input.channels / groups, upstream.channels / groups];
  const taps = kernel[0] * kernel[1];
  const rows = taps * depth;
  const length = rows * upstream.channels;
  const chunks = Math.max(1, Math.min(mostChunks, Math.floor(mostPartial / length)));
  const least = Math.min(mostLeastImages, Math.ceil(leastPixels / (upstream.height * upstream.width)));
  return {
    depth,
    share,
    taps,
    rows,
    length,
    chunks,
    least,
    isDepthwise: groups > 1 && depth === 1 && share === 1,
    target,
  };
}

type Plan = ReturnType<typeof planOf>;

/** The convolution that this is the gradient of, as a map that its windows read. */
const windowed = (spec: ConvWeightGradientSpec) => ({ ...spec, output: spec.upstream });

/** Elements of memory: the sums of chunks, which threads share, and of each thread a padded image. */
export function convWeightGradientMemory(spec: ConvWeightGradientSpec, target: Target) {
  const { chunks, length } = planOf(spec, target);
  return { shared: chunks * length, scratch: paddedLength(windowed(spec)) };
}

/** Parameters: input base, upstream base, result base, images. x [H·W, C], dy [OH·OW, O] of each image → dw [C/g][KH][KW][O]. */
export function convWeightGradient(name: string, spec: ConvWeightGradientSpec, target: Target): Kernel {
  const { input, upstream, kernel, stride, flip } = spec;
  const plan = planOf(spec, target);
  const { taps, depth, rows, length } = plan;
  const shape = `${kernel.join('x')} /${stride.join('x')} ${sliceName(input)} -> ${sliceName(upstream)}`;
  return buildKernel(
    name,
    `weight gradient of conv ${shape}`,
    (k) => {
      const v = numbers(k, target);
      const arena = k.memory('arena', 'f32');
      const shared = k.memory('shared', 'f32');
      const padded = paddedMap(windowed(spec)).isCopied ? k.memory('scratch', 'f32') : undefined;
      const [x, dy, y, images] = [k.parameter('x'), k.parameter('dy'), k.parameter('y'), k.parameter('images')];
      const chunks = chunksOf(k, images, plan.chunks, plan.least);
      sumChunks(k, v, spec, plan, { arena, shared, padded, x, dy, images, chunks });
      k.barrier();
      const finish = (at: Expression): void => {
        const channel = k.let('c', div(at, taps));
        const tap = k.let('t', rem(at, taps));
        const row = add(mul(flip ? sub(i32(taps - 1), tap) : tap, depth), channel);
        const from = k.let('from', mul(row, upstream.channels));
        const to = k.let('to', add(y, mul(at, upstream.channels)));
        v.each('o', upstream.channels, (o, count) => {
          const part = { memory: shared, index: k.let('p', add(from, o)), stride: length };
          v.store(arena, add(to, o), addChunks(k, v, chunks, part, count), count);
        });
      };
      k.for('row', 0, rows, finish, { parallel: true });
    },
    buildOptions(target),
  );
}

interface Context {
  readonly arena: Memory;
  readonly shared: Memory;
  readonly padded: Memory | undefined;
  readonly x: Expression;
  readonly dy: Expression;
  readonly images: Expression;
  readonly chunks: Chunks;
}

/** Some output channels of one group. */
interface Panel {
  /** First channel of the input, of the group. */
  readonly channel: Expression;
  /** First output channel of the panel, and how many it has. */
  readonly column: Expression;
  readonly columns: number;
}

function sumChunks(k: BlockBuilder, v: Numbers, spec: ConvWeightGradientSpec, plan: Plan, context: Context): void {
  const { upstream, groups } = spec;
  const { depth, share, rows, length, isDepthwise } = plan;
  const { arena, shared, padded, x, dy, images, chunks } = context;
  const { channels } = upstream;
  const width = isDepthwise ? v.lanes : v.block.columns;
  const extent = isDepthwise ? channels : share;
  const full = Math.floor(extent / width);
  const pieces = piecesOf(spec, plan, full);

  /** `body` for each panel of a piece. */
  const eachPanel = (piece: Expression, body: (panel: Panel) => void): void =>
    k.for('g', 0, isDepthwise ? 1 : groups, (group) => {
      const [channel, first] = [mul(group, depth), mul(group, share)];
      const panel = (at: Expression, columns: number): void => {
        const column = k.let('o', add(first, at));
        body({ channel: isDepthwise ? column : channel, column, columns });
      };
      const bound = (at: Expression) => (pieces === 1 ? mul(at, full * width) : mul(div(mul(at, full), pieces), width));
      k.for('at', bound(piece), bound(add(piece, 1)), (at) => panel(at, width), { step: width });
      if (full * width === extent) return;
      const last = (): void => panel(i32(full * width), extent - full * width);
      if (pieces === 1) last();
      else k.if(eq(piece, pieces - 1), last);
    });

  const clear = (to: Expression, { column, columns }: Panel): void =>
    k.for('r', 0, rows, (row) => {
      const place = k.let('p', sum(to, mul(row, channels), column));
      v.each('z', columns, (z, count) => v.store(shared, add(place, z), v.constant(0), count));
    });

  k.for(
    'piece',
    0,
    mul(chunks.count, pieces),
    (at) => {
      const chunk = k.let('chunk', div(at, pieces));
      const piece = pieces === 1 ? i32(0) : k.let('part', rem(at, pieces));
      const to = k.let('to', mul(chunk, length));
      const { first, end } = imagesOf(k, chunks, chunk, images);
      eachPanel(piece, (panel) => clear(to, panel));
      k.for('n', first, end, (n) => {
        const source = k.let('xn', add(x, mul(n, spec.input.imageStride)));
        const right = k.let('dyn', add(dy, mul(n, upstream.imageStride)));
        if (padded) {
          const copy = { arena, source, padded };
          k.for('h', 0, paddedMap(windowed(spec)).height, (h) => copyPaddedRow(k, v, windowed(spec), copy, h));
        }
        const left = padded ? i32(0) : source;
        eachPanel(piece, (panel) =>
          sumPanel(k, v, spec, plan, panel, { left: padded ?? arena, arena, shared, from: left, right, to }),
        );
      });
    },
    { parallel: true },
  );
}

/** Into how many pieces the output channels are cut: enough that threads share the work where there are few chunks. */
function piecesOf({ groups }: ConvWeightGradientSpec, { chunks, least, target }: Plan, panels: number): number {
  if (!target.threads || groups > 1 || panels < 2) return 1;
  return Math.min(panels, Math.max(Math.ceil(leastPieces / chunks), least > 1 ? 2 : 1));
}

interface PanelContext {
  readonly left: Memory;
  readonly arena: Memory;
  readonly shared: Memory;
  /** Index of the image's first element in `left`. */
  readonly from: Expression;
  /** Index of ∂loss/∂y of the image. */
  readonly right: Expression;
  /** Index of the chunk's sums. */
  readonly to: Expression;
}

/** Adds what one image gives to the sums of a panel's columns: [KH·KW·C/g] rows of them. */
function sumPanel(
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
  const origin = k.let('from', add(context.from, panel.channel));
  const tile = (at: Expression, left: Expression, offsets: readonly number[]): void =>
    sumTile(k, v, spec, panel, { ...context, at, left: context.left, from: left }, offsets, isDepthwise);
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
  { left, arena, shared, from, right, to, at }: TileContext,
  rows: readonly number[],
  isDepthwise: boolean,
): void {
  const { height, width, channels, pixelStride } = upstream;
  const line = paddedMap(windowed({ input, upstream, stride, ...spec })).width * input.channels;
  const products = {
    left,
    rows,
    right: arena,
    columns,
    pairs: isDepthwise ? 'own' : 'all',
    leftStep: stride[1] * input.channels,
    rightStep: pixelStride,
  } as const;
  const flush = (add_: (sums: ReturnType<typeof outerSums>) => void): void => {
    const sums = outerSums(k, v, products);
    add_(sums);
    const place = k.let('p', sum(to, mul(at, channels), column));
    sums.each((value, row, offset, count) => {
      const index = add(place, row * channels + offset);
      v.store(shared, index, fadd(v.load(shared, index, count), value), count);
    });
  };
  const starts = (oh: Expression): readonly [Expression, Expression] => [
    k.let('l', add(from, mul(oh, stride[0] * line))),
    k.let('q', sum(right, mul(oh, width * pixelStride), column)),
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
          flush((sums) => sums.add(first, add(q, mul(ow, pixelStride)), count));
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
