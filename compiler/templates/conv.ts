// Convolution as a matrix product: the windows of a tile of output pixels are gathered as rows of a scratch matrix and
// multiplied with the packed filters. A 1×1 convolution of stride 1 multiplies the map itself.

import type { BlockBuilder, Operand } from '../kernel/builder.ts';
import { add, buildKernel, i32, min, mul, promote, sub, sum } from '../kernel/builder.ts';
import type { Expression, Kernel, Memory } from '../kernel/ir.ts';
import type { Epilogue } from './epilogue.ts';
import { declareEpilogue, isHeavy } from './epilogue.ts';
import { gatherTile } from './gather.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import { matrixProduct, rowBlock } from './matmul.ts';

export interface ConvGeometry {
  readonly input: Slice;
  /** Channels, height and width of the result; where it goes is the kernel's business. */
  readonly output: Pick<Slice, 'channels' | 'height' | 'width'>;
  readonly groups: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  /** Top and left; what lies beyond the input at the bottom and right reads as zero. */
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** Distance of the input's pixels on a grid of zeros: the stride of a transposed convolution, else 1. */
  readonly inputDilation: readonly [number, number];
  readonly bias: boolean;
}

export interface ConvSpec extends ConvGeometry {
  readonly output: Slice;
  readonly epilogue: Epilogue;
}

/** Scratch matrices hold about this many elements (32 KiB), so that they stay in cache, but no fewer rows than `minimumRows`. */
const scratchElements = 8_192;
const minimumRows = 12;

const depthOf = (spec: ConvGeometry): number => (spec.input.channels / spec.groups) * spec.kernel[0] * spec.kernel[1];

/** True where every window is one pixel of the map, in order, so that nothing needs gathering. */
function isPointwise({ kernel, stride, inputDilation, padding, input, output }: ConvGeometry): boolean {
  const ones = [...kernel, ...stride, ...inputDilation].every((value) => value === 1);
  return (
    ones && padding.every((value) => value === 0) && output.height === input.height && output.width === input.width
  );
}

/** Output pixels per tile, of `pixels` in a run: a multiple of the row block, bounded by the scratch matrix. */
function tilePixels(spec: ConvGeometry, pixels: number): number {
  const fit = Math.floor(scratchElements / depthOf(spec) / rowBlock) * rowBlock;
  return Math.min(Math.max(fit, minimumRows), 96, pixels);
}

/** Elements of scratch memory for runs of `pixels` output pixels. */
export function gatherScratch(spec: ConvGeometry, pixels = spec.output.height * spec.output.width): number {
  return isPointwise(spec) ? 0 : tilePixels(spec, pixels) * depthOf(spec);
}

export interface ConvRun {
  readonly arena: Memory;
  readonly weights: Memory;
  /** Index of the image's first element. */
  readonly source: Expression;
  readonly filters: Expression;
  readonly bias?: Expression;
  /** The first output pixel (row-major) and how many follow it. */
  readonly start: Operand;
  readonly pixels: number;
  /** Index of a result's place in `target`; `pixel` counts from the run's start. */
  readonly placeOf: (pixel: Expression, channel: Expression) => Expression;
  readonly target: Memory;
  readonly epilogue: Epilogue;
  readonly apply: (value: Expression, pixel: Expression, channel: Expression) => Expression;
}

/** Emits the convolution of a run of output pixels. Scratch memory is used from its start, `gatherScratch` elements. */
export function convolveRun(k: BlockBuilder, spec: ConvGeometry, run: ConvRun): void {
  const { input, groups } = spec;
  const { arena, weights, source, pixels } = run;
  const scratch = isPointwise(spec) ? undefined : k.memory('scratch', 'f32');
  const depth = depthOf(spec);
  const columns = spec.output.channels / groups;
  const tile = tilePixels(spec, pixels);
  const heavy = isHeavy(run.epilogue);
  k.for(
    'p',
    0,
    pixels,
    (offset) => {
      const first = k.let('first', add(run.start, offset));
      const rows = pixels % tile === 0 ? tile : k.let('rows', min(tile, sub(pixels, offset)));
      k.for('g', 0, groups, (group) => {
        const from = k.let('xg', add(source, mul(group, input.channels / groups)));
        if (scratch) gatherTile(k, spec, { arena, scratch, from, first, rows });
        const channels = k.let('og', mul(group, columns));
        matrixProduct(k, {
          depth,
          columns,
          a: scratch ?? arena,
          aBase: scratch ? i32(0) : add(from, mul(first, input.pixelStride)),
          rowStride: scratch ? depth : input.pixelStride,
          weights,
          wBase: add(run.filters, mul(group, depth * columns)),
          ...(run.bias ? { bias: add(run.bias, channels) } : {}),
          rows,
          store: (value, row, column) => {
            const pixel = k.let('q', add(offset, row));
            const channel = k.let('c', add(channels, column));
            k.store(run.target, run.placeOf(pixel, channel), heavy ? value : run.apply(value, pixel, channel));
          },
        });
        if (!heavy) return;
        k.for('r', 0, rows, (row) => {
          const pixel = k.let('q', add(offset, row));
          k.for('o', 0, columns, (column) => {
            const channel = k.let('c', add(channels, column));
            const place = k.let('at', run.placeOf(pixel, channel));
            k.store(run.target, place, run.apply(promote(k.load(run.target, place)), pixel, channel));
          });
        });
      });
    },
    { step: tile, parallel: true },
  );
}

/**
 * Parameters: input base, packed filters, [bias], output base, epilogue's, images.
 * x [H·W, C] · w [groups][O/g blocks][K][block] → y [OH·OW, O]; K runs over (kh, kw, c).
 */
export function conv(name: string, spec: ConvSpec): Kernel {
  const { input, output } = spec;
  const summary = `conv ${spec.kernel.join('x')} /${spec.stride.join('x')} ${sliceName(input)} -> ${sliceName(output)}`;
  return buildKernel(name, summary, (k) => {
    const arena = k.memory('arena', 'f32');
    const weights = k.memory('weights', 'f32');
    const x = k.parameter('x');
    const filters = k.parameter('w');
    const bias = spec.bias ? k.parameter('b') : undefined;
    const y = k.parameter('y');
    const epilogue = declareEpilogue(k, spec.epilogue, arena, weights);
    const images = k.parameter('images');
    k.for('n', 0, images, (n) => {
      const source = k.let('xn', add(x, mul(n, input.imageStride)));
      const target = k.let('yn', add(y, mul(n, output.imageStride)));
      convolveRun(k, spec, {
        arena,
        weights,
        source,
        filters,
        ...(bias ? { bias } : {}),
        start: 0,
        pixels: output.height * output.width,
        target: arena,
        placeOf: (pixel, channel) => sum(target, mul(pixel, output.pixelStride), channel),
        epilogue: spec.epilogue,
        apply: (value, pixel, channel) => epilogue(value, { image: n, pixel, channel }),
      });
    });
  });
}
