// Convolution as a matrix product: the windows of a tile of output pixels are gathered as rows of a scratch matrix and
// multiplied with the packed filters. A 1×1 convolution of stride 1 multiplies the map itself.

import type { BlockBuilder, Operand } from '../kernel/builder.ts';
import { add, buildKernel, i32, min, mul, sub, sum } from '../kernel/builder.ts';
import type { Expression, Kernel, LaneCount, Memory } from '../kernel/ir.ts';
import type { Epilogue } from './epilogue.ts';
import { declareEpilogue, isHeavy } from './epilogue.ts';
import { gatherTile } from './gather.ts';
import type { Slice } from './geometry.ts';
import type { Target } from './target.ts';
import { sliceName } from './geometry.ts';
import { buildOptions } from './target.ts';
import { matrixProduct, packedLength, registerBlock } from './matmul.ts';
import type { Numbers } from './numbers.ts';
import { numbers } from './numbers.ts';

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
  /** What the filters are kept in; bf16 on vectors only. */
  readonly weights: 'f32' | 'bf16';
}

export interface ConvSpec extends ConvGeometry {
  readonly output: Slice;
  readonly epilogue: Epilogue;
}

const depthOf = (spec: ConvGeometry): number => (spec.input.channels / spec.groups) * spec.kernel[0] * spec.kernel[1];

/** True where every window is one pixel of the map, in order, so that nothing needs gathering. */
function isPointwise({ kernel, stride, inputDilation, padding, input, output }: ConvGeometry): boolean {
  const ones = [...kernel, ...stride, ...inputDilation].every((value) => value === 1);
  return (
    ones && padding.every((value) => value === 0) && output.height === input.height && output.width === input.width
  );
}

/** How large a tile of gathered windows may be: near `elements`, so that it stays in cache, but `least` rows at least. */
const tileLimits = {
  1: { elements: 8_192, least: 12, most: 96 },
  4: { elements: 32_768, least: 24, most: 60 },
} as const;

/** Output pixels per tile, of `pixels` in a run. In vectors a divisor of the run where there is one, else as in f64. */
function tilePixels(spec: ConvGeometry, pixels: number, target: Target): number {
  const { lanes } = target;
  const { elements, least, most } = tileLimits[lanes];
  const { rows } = registerBlock(target);
  const fit = Math.floor(elements / depthOf(spec) / rows) * rows;
  const limit = Math.min(Math.max(fit, least), most, pixels);
  if (lanes === 1) return limit;
  for (let tile = limit; tile * 2 > limit; tile -= 1) if (pixels % tile === 0) return tile;
  return limit;
}

/** Elements of scratch memory for runs of `pixels` output pixels. */
export function gatherScratch(
  spec: ConvGeometry,
  target: Target,
  pixels = spec.output.height * spec.output.width,
): number {
  return isPointwise(spec) ? 0 : tilePixels(spec, pixels, target) * depthOf(spec);
}

/** Whether threads share the columns of a tile rather than the tiles: where there are few tiles. */
export function sharesColumns(spec: ConvGeometry, target: Target): boolean {
  const pixels = spec.output.height * spec.output.width;
  return target.threads && spec.groups === 1 && pixels / tilePixels(spec, pixels, target) < leastTiles;
}

const leastTiles = 6;

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
  /** Index of a result's place in `result`; `pixel` counts from the run's start. */
  readonly placeOf: (pixel: Expression, channel: Expression) => Expression;
  readonly result: Memory;
  readonly epilogue: Epilogue;
  readonly apply: (value: Expression, pixel: Expression, channel: Expression, count: LaneCount) => Expression;
}

/** Emits the convolution of a run of output pixels. Scratch memory is used from its start, `gatherScratch` elements. */
export function convolveRun(k: BlockBuilder, v: Numbers, spec: ConvGeometry, target: Target, run: ConvRun): void {
  const { input, groups } = spec;
  const { arena, weights, source, pixels } = run;
  const shares = sharesColumns(spec, target);
  const scratch = isPointwise(spec) ? undefined : k.memory(shares ? 'shared' : 'scratch', 'f32');
  const depth = depthOf(spec);
  const columns = spec.output.channels / groups;
  const packed = packedLength(depth, columns, v.block.columns, v.lanes);
  const tile = tilePixels(spec, pixels, target);
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
        if (scratch) {
          gatherTile(k, v, spec, { arena, scratch, from, first, rows, parallel: shares });
          if (shares) k.barrier();
        }
        const channels = k.let('og', mul(group, columns));
        matrixProduct(k, v, {
          depth,
          columns,
          a: scratch ?? arena,
          aBase: scratch ? i32(0) : add(from, mul(first, input.pixelStride)),
          rowStride: scratch ? depth : input.pixelStride,
          weights: spec.weights === 'bf16' ? k.memory('halves', 'bf16') : weights,
          wBase: add(run.filters, mul(group, packed)),
          ...(run.bias ? { bias: add(run.bias, channels), biases: weights } : {}),
          rows,
          parallel: shares,
          result: run.result,
          placeOf: (row, column) => run.placeOf(add(offset, row), add(channels, column)),
          ...(heavy
            ? { finish: (column: Expression, count: number) => applyAfterwards(rows, column, count) }
            : {
                apply: (value, row, column, count) => run.apply(value, add(offset, row), add(channels, column), count),
              }),
        });
        if (scratch && shares) k.barrier();

        function applyAfterwards(count: Operand, column: Expression, width: number): void {
          k.for('r', 0, count, (row) => {
            const pixel = k.let('q', add(offset, row));
            v.each('o', width, (o, size) => {
              const channel = k.let('c', add(channels, add(column, o)));
              const place = k.let('at', run.placeOf(pixel, channel));
              v.store(run.result, place, run.apply(v.load(run.result, place, size), pixel, channel, size), size);
            });
          });
        }
      });
    },
    { step: tile, parallel: !shares },
  );
}

/**
 * Parameters: input base, packed filters, [bias], output base, epilogue's, images.
 * x [H·W, C] · w [groups][O/g panels][K][panel] → y [OH·OW, O]; K runs over (kh, kw, c).
 */
export function conv(name: string, spec: ConvSpec, target: Target): Kernel {
  const { input, output } = spec;
  const summary = `conv ${spec.kernel.join('x')} /${spec.stride.join('x')} ${sliceName(input)} -> ${sliceName(output)}`;
  const write = (k: BlockBuilder): void => {
    const v = numbers(k, target);
    const arena = k.memory('arena', 'f32');
    const weights = k.memory('weights', 'f32');
    const x = k.parameter('x');
    const filters = k.parameter('w');
    const bias = spec.bias ? k.parameter('b') : undefined;
    const y = k.parameter('y');
    const epilogue = declareEpilogue(k, v, spec.epilogue, arena, weights);
    const images = k.parameter('images');
    k.for('n', 0, images, (n) => {
      const source = k.let('xn', add(x, mul(n, input.imageStride)));
      const result = k.let('yn', add(y, mul(n, output.imageStride)));
      convolveRun(k, v, spec, target, {
        arena,
        weights,
        source,
        filters,
        ...(bias ? { bias } : {}),
        start: 0,
        pixels: output.height * output.width,
        result: arena,
        placeOf: (pixel, channel) => sum(result, mul(pixel, output.pixelStride), channel),
        epilogue: spec.epilogue,
        apply: (value, pixel, channel, count) => epilogue(value, { image: n, pixel, channel, count }),
      });
    });
  };
  return buildKernel(name, summary, write, buildOptions(target));
}
