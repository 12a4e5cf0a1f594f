// Convolution as an implicit matrix product: the windows of a tile of output pixels are gathered as rows of a small
// scratch matrix (zeros where a window reaches into the padding), which is multiplied with the packed filters. A 1×1
// convolution of stride 1 multiplies the map itself. Transposed convolutions gather from the zero-dilated input.
// Method: K. Chellapilla et al., "High Performance Convolutional Neural Networks for Document Processing" (2006),
// tile by tile.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, and, buildKernel, div, eq, f64, i32, le, lt, min, mul, rem, sub, sum } from '../kernel/builder.ts';
import type { Expression, Kernel, Memory } from '../kernel/ir.ts';
import type { Epilogue } from './epilogue.ts';
import { declareEpilogue } from './epilogue.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import { matrixProduct, rowBlock } from './matmul.ts';

export interface ConvSpec {
  readonly input: Slice;
  readonly output: Slice;
  readonly groups: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  /** Top and left; what lies beyond the input at the bottom and right reads as zero. */
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** Distance of the input's pixels on a grid of zeros: the stride of a transposed convolution, else 1. */
  readonly inputDilation: readonly [number, number];
  readonly bias: boolean;
  readonly epilogue: Epilogue;
}

/** Scratch matrices hold at most this many elements (64 KiB), so that they stay in cache. */
const scratchElements = 16_384;

const depthOf = (spec: ConvSpec): number => (spec.input.channels / spec.groups) * spec.kernel[0] * spec.kernel[1];

const pixelsOf = (spec: ConvSpec): number => spec.output.height * spec.output.width;

/** True where every window is one pixel of the map, in order, so that nothing needs gathering. */
function isPointwise(spec: ConvSpec): boolean {
  const ones = [...spec.kernel, ...spec.stride, ...spec.inputDilation].every((value) => value === 1);
  return ones && spec.padding.every((value) => value === 0) && pixelsOf(spec) === spec.input.height * spec.input.width;
}

/** Output pixels per tile: a multiple of the row block, bounded by the scratch matrix. */
function tilePixels(spec: ConvSpec): number {
  const fit = Math.max(1, Math.floor(scratchElements / depthOf(spec) / rowBlock)) * rowBlock;
  return Math.min(fit, 96, pixelsOf(spec));
}

/** Elements of scratch memory the kernel needs. */
export function convScratch(spec: ConvSpec): number {
  return isPointwise(spec) ? 0 : tilePixels(spec) * depthOf(spec);
}

/**
 * Parameters: input base, packed filters, [bias], output base, epilogue's, images.
 * x [H·W, C] · w [groups][O/g blocks][K][block] → y [OH·OW, O]; K runs over (kh, kw, c).
 */
export function conv(name: string, spec: ConvSpec): Kernel {
  const [kh, kw] = spec.kernel;
  const summary = `conv ${kh}x${kw} /${spec.stride.join('x')} ${sliceName(spec.input)} -> ${sliceName(spec.output)}`;
  return buildKernel(name, summary, (k) => {
    const arena = k.memory('arena', 'f32');
    const weights = k.memory('weights', 'f32');
    const gathered = isPointwise(spec) ? undefined : k.memory('scratch', 'f32');
    const x = k.parameter('x');
    const w = k.parameter('w');
    const bias = spec.bias ? k.parameter('b') : undefined;
    const y = k.parameter('y');
    const epilogue = declareEpilogue(k, spec.epilogue, arena, weights);
    const images = k.parameter('images');

    const { input, output, groups } = spec;
    const depth = depthOf(spec);
    const columns = output.channels / groups;
    const pixels = pixelsOf(spec);
    const tile = tilePixels(spec);

    k.for('n', 0, images, (n) => {
      const source = k.let('xn', add(x, mul(n, input.imageStride)));
      const target = k.let('yn', add(y, mul(n, output.imageStride)));
      k.for(
        'p',
        0,
        pixels,
        (first) => {
          const rows = pixels % tile === 0 ? tile : k.let('rows', min(tile, sub(pixels, first)));
          k.for('g', 0, groups, (group) => {
            const from = k.let('xg', add(source, mul(group, input.channels / groups)));
            if (gathered) gatherTile(k, spec, { arena, scratch: gathered, from, first, rows });
            const offset = k.let('og', mul(group, columns));
            matrixProduct(k, {
              depth,
              columns,
              a: gathered ?? arena,
              aBase: gathered ? add(0, 0) : add(from, mul(first, input.pixelStride)),
              rowStride: gathered ? depth : input.pixelStride,
              weights,
              wBase: add(w, mul(group, depth * columns)),
              ...(bias ? { bias: add(bias, offset) } : {}),
              rows,
              store: (value, row, column) => {
                const pixel = k.let('q', add(first, row));
                const channel = k.let('c', add(offset, column));
                const result = epilogue(value, { image: n, pixel, channel });
                k.store(arena, sum(target, mul(pixel, output.pixelStride), channel), result);
              },
            });
          });
        },
        { step: tile, parallel: true },
      );
    });
  });
}

interface GatherContext {
  readonly arena: Memory;
  readonly scratch: Memory;
  /** Index of the image's first element, at the group's first channel. */
  readonly from: Expression;
  readonly first: Expression;
  readonly rows: number | Expression;
}

/** Runs of at most this many elements are copied without a loop. */
const unrolledRun = 16;

/** Writes the windows of pixels first … first + rows − 1 as rows of (kh, kw, c) elements. */
function gatherTile(k: BlockBuilder, spec: ConvSpec, context: GatherContext): void {
  const { input, output, dilation, inputDilation } = spec;
  const [kh, kw] = spec.kernel;
  const channels = input.channels / spec.groups;
  const { arena, scratch, from } = context;
  const each = (count: number, copyOne: (c: Expression) => void): void => {
    if (count > unrolledRun) k.for('c', 0, count, copyOne);
    else for (let c = 0; c < count; c += 1) copyOne(i32(c));
  };
  const copy = (to: Expression, source: Expression, count: number): void =>
    each(count, (c) => k.store(scratch, add(to, c), k.load(arena, add(source, c))));
  const clear = (to: Expression, count: number): void => each(count, (c) => k.store(scratch, add(to, c), f64(0)));
  const indexOf = (h: Expression, w: Expression): Expression =>
    k.let('from', add(from, mul(add(mul(h, input.width), w), input.pixelStride)));

  k.for('r', 0, context.rows, (row) => {
    const pixel = k.let('q', add(context.first, row));
    const top = k.let('top', sub(mul(div(pixel, output.width), spec.stride[0]), spec.padding[0]));
    const left = k.let('left', sub(mul(rem(pixel, output.width), spec.stride[1]), spec.padding[1]));
    const base = k.let('to', mul(row, channels * kh * kw));
    const clipped = (): void =>
      k.for('kh', 0, kh, (i) => {
        const h = k.let('h', add(top, mul(i, dilation[0])));
        k.for('kw', 0, kw, (j) => {
          const w = k.let('w', add(left, mul(j, dilation[1])));
          const to = k.let('to', add(base, mul(add(mul(i, kw), j), channels)));
          k.if(
            and(onGrid(h, input.height, inputDilation[0]), onGrid(w, input.width, inputDilation[1])),
            () => copy(to, indexOf(div(h, inputDilation[0]), div(w, inputDilation[1])), channels),
            () => clear(to, channels),
          );
        });
      });
    /** The whole window lies in the map: its rows are copied as runs where they are contiguous. */
    const inside = (): void => {
      const runs = dilation[1] === 1 && input.pixelStride === channels;
      k.for('kh', 0, kh, (i) => {
        const start = indexOf(add(top, mul(i, dilation[0])), left);
        const to = k.let('to', add(base, mul(i, kw * channels)));
        if (runs) return copy(to, start, kw * channels);
        k.for('kw', 0, kw, (j) => {
          const place = k.let('to', add(to, mul(j, channels)));
          copy(place, k.let('from', add(start, mul(j, dilation[1] * input.pixelStride))), channels);
        });
      });
    };
    if (inputDilation.some((spacing) => spacing !== 1)) return clipped();
    const last = [input.height - 1 - (kh - 1) * dilation[0], input.width - 1 - (kw - 1) * dilation[1]] as const;
    const rows = and(le(0, top), le(top, last[0]));
    k.if(and(rows, and(le(0, left), le(left, last[1]))), inside, clipped);
  });
}

/** 0 ≤ at < (extent − 1) · spacing + 1, and on a multiple of the spacing. */
function onGrid(at: Expression, extent: number, spacing: number) {
  const inside = and(le(0, at), lt(at, (extent - 1) * spacing + 1));
  return spacing === 1 ? inside : and(inside, eq(rem(at, spacing), 0));
}
