// The gradient of a convolution by its weight: for each image the outer products of its windows and of ∂loss/∂y, pixel by pixel. A
// block of weights, taps and input channels × output channels, stays in registers while the pixels pass; what an image adds goes to
// the sums of its chunk, so that in f32 no sum is longer than some hundred products. Chunks are added at the end.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, buildKernel, div, eq, i32, mul, rem, sub, sum } from '../kernel/builder.ts';
import type { Expression, Kernel, Memory } from '../kernel/ir.ts';
import type { Chunks } from './chunks.ts';
import { addChunks, chunksOf, imagesOf, sumsMemory } from './chunks.ts';
import type { Panel } from './conv-weight-gradient-panel.ts';
import { packColumns, sumPanel } from './conv-weight-gradient-panel.ts';
import type { ConvWeightGradientSpec, Plan } from './conv-weight-gradient-plan.ts';
import { ownLength, piecesOf, planOf, windowed } from './conv-weight-gradient-plan.ts';
import { sliceName } from './geometry.ts';
import type { Numbers } from './numbers.ts';
import { numbers } from './numbers.ts';
import { copyPaddedRow, paddedMap } from './padded-map.ts';
import type { Target } from './target.ts';
import { buildOptions } from './target.ts';

/** Parameters: input base, upstream base, result base, images. x [H·W, C], dy [OH·OW, O] of each image → dw [C/g][KH][KW][O]. */
export function convWeightGradient(name: string, spec: ConvWeightGradientSpec, target: Target): Kernel {
  const { input, upstream, kernel, stride, flip } = spec;
  const plan = planOf(spec, target);
  const { taps, depth, rows, length } = plan;
  const sums = target.threads ? 0 : ownLength(spec, target);
  const shape = `${kernel.join('x')} /${stride.join('x')} ${sliceName(input)} -> ${sliceName(upstream)}`;
  return buildKernel(
    name,
    `weight gradient of conv ${shape}`,
    (k) => {
      const v = numbers(k, target);
      const arena = k.memory('arena', 'f32');
      const shared = k.memory(sumsMemory(target), 'f32');
      const padded = paddedMap(windowed(spec)).isCopied ? k.memory('scratch', 'f32') : undefined;
      const [x, dy, y, images] = [k.parameter('x'), k.parameter('dy'), k.parameter('y'), k.parameter('images')];
      const chunks = chunksOf(k, images, plan.chunks, plan.least);
      sumChunks(k, v, spec, plan, { arena, shared, padded, x, dy, images, sums, chunks });
      k.barrier();
      const finish = (at: Expression): void => {
        const channel = k.let('c', div(at, taps));
        const tap = k.let('t', rem(at, taps));
        const row = add(mul(flip ? sub(i32(taps - 1), tap) : tap, depth), channel);
        const from = k.let('from', add(mul(row, upstream.channels), sums));
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
  /** Index of the first chunk's sums. */
  readonly sums: number;
  readonly chunks: Chunks;
}

function sumChunks(k: BlockBuilder, v: Numbers, spec: ConvWeightGradientSpec, plan: Plan, context: Context): void {
  const { upstream, groups } = spec;
  const { depth, share, rows, length, isDepthwise } = plan;
  const { arena, shared, padded, x, dy, images, sums, chunks } = context;
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
      const to = k.let('to', add(mul(chunk, length), sums));
      const { first, end } = imagesOf(k, chunks, chunk, images);
      eachPanel(piece, (panel) => clear(to, panel));
      k.for('n', first, end, (n) => {
        const source = k.let('xn', add(x, mul(n, spec.input.imageStride)));
        const right = k.let('dyn', add(dy, mul(n, upstream.imageStride)));
        if (padded) {
          const copy = { arena, source, padded };
          k.for('h', 0, paddedMap(windowed(spec)).height, (h) => copyPaddedRow(k, v, windowed(spec), copy, h));
        }
        const left = { memory: padded ?? arena, index: padded ? i32(0) : source };
        eachPanel(piece, (panel) => {
          const columns = { memory: arena, index: k.let('q', add(right, panel.column)), step: upstream.pixelStride };
          const packed = plan.isPacked ? packColumns(k, v, spec, columns, panel) : columns;
          sumPanel(k, v, spec, plan, panel, { left, right: packed, shared, to });
        });
      });
    },
    { parallel: true },
  );
}
