// The gradient of a convolution of stride 1 by its input, from ∂loss/∂y: each pixel of ∂loss/∂y is multiplied with the filters' taps, and
// each pixel of the result adds the products that meet there ("col2im"). As many products as the convolution itself has, while a
// convolution with the turned filters also multiplies the zeros around a map that is smaller than its result.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, i32, max, min, mul, sub, sum } from '../kernel/builder.ts';
import type { Expression, Kernel, LaneCount, Memory } from '../kernel/ir.ts';
import type { Epilogue } from './epilogue.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import { layerKernel } from './map-kernel.ts';
import { matrixProduct } from './matmul.ts';
import type { Numbers } from './numbers.ts';
import { packedLength } from './register-block.ts';
import type { Target } from './target.ts';

export interface ConvInputGradientSpec {
  /** ∂loss/∂y. */
  readonly input: Slice;
  /** ∂loss/∂x. */
  readonly output: Slice;
  readonly kernel: readonly [number, number];
  /** The convolution's, top and left. */
  readonly padding: readonly [number, number];
  readonly epilogue: Epilogue;
}

/** Channels whose sums are kept in registers together: four vectors. */
const channelBlock = 16;

/** Elements of a tap's products of one pixel, filled up to whole vectors. */
const tapLength = ({ channels }: Pick<Slice, 'channels'>): number => Math.ceil(channels / 4) * 4;

/** Elements of a thread's own memory: the products of all pixels and taps. */
export function convInputGradientScratch({ input, output, kernel }: Omit<ConvInputGradientSpec, 'epilogue'>): number {
  return input.height * input.width * kernel[0] * kernel[1] * tapLength(output);
}

/**
 * Parameters: base of ∂loss/∂y, packed filters, base of ∂loss/∂x, epilogue's, images.
 * dy [OH·OW, O] · w [KH·KW][C panels][O][panel] → dx [H·W, C], where x at h + kh − padding is what y at h sees by tap kh. On vectors.
 */
export function convInputGradient(name: string, spec: ConvInputGradientSpec, target: Target): Kernel {
  const { input, output, kernel } = spec;
  const taps = kernel[0] * kernel[1];
  const line = taps * tapLength(output);
  const summary = `input gradient of conv ${kernel.join('x')} ${sliceName(input)} -> ${sliceName(output)}`;
  const layer = { ...spec, bias: false, packed: ['w'], epilogues: [spec.epilogue] } as const;
  return layerKernel(name, summary, layer, target, (made) => {
    const { k, v, arena, weights } = made;
    const products = k.memory('scratch', 'f32');
    const packed = packedLength(input.channels, output.channels, v.block.panel, v.lanes);
    made.eachImage(({ n, source, result }) => {
      k.for('t', 0, taps, (tap) =>
        matrixProduct(k, v, {
          depth: input.channels,
          columns: output.channels,
          a: arena,
          aBase: source,
          rowStride: input.pixelStride,
          weights,
          wBase: k.let('w', add(made.packed[0], mul(tap, packed))),
          rows: input.height * input.width,
          result: products,
          placeOf: (pixel, channel) => sum(mul(pixel, line), mul(tap, tapLength(output)), channel),
        }),
      );
      const finish = (value: Expression, pixel: Expression, channel: Expression, count: LaneCount): void => {
        const place = k.let('at', sum(result, mul(pixel, output.pixelStride), channel));
        v.store(arena, place, made.epilogues[0](value, { image: n, pixel, channel, count }), count);
      };
      k.for('h', 0, output.height, (h) =>
        k.for('w', 0, output.width, (w) => sumPixel(k, v, spec, { products, h, w, finish })),
      );
    });
  });
}

interface PixelRun {
  readonly products: Memory;
  readonly h: Expression;
  readonly w: Expression;
  readonly finish: (value: Expression, pixel: Expression, channel: Expression, count: LaneCount) => void;
}

/** Adds the products of all taps by which pixels of y see the pixel of x at (h, w). */
function sumPixel(
  k: BlockBuilder,
  v: Numbers,
  spec: ConvInputGradientSpec,
  { products, h, w, finish }: PixelRun,
): void {
  const { input, output, kernel, padding } = spec;
  const length = tapLength(output);
  const line = kernel[0] * kernel[1] * length;
  const pixel = k.let('p', add(mul(h, output.width), w));
  // Tap t sees the pixel from at − t, which has to lie in y.
  const range = (at: Expression, extent: number, size: number): readonly [Expression, Expression] => [
    k.let('from', max(0, sub(at, extent - 1))),
    k.let('to', min(size, add(at, 1))),
  ];
  const [bottom, right] = [k.let('b', add(h, padding[0])), k.let('r', add(w, padding[1]))];
  const [firstRow, lastRow] = range(bottom, input.height, kernel[0]);
  const [firstColumn, lastColumn] = range(right, input.width, kernel[1]);
  const origin = k.let('o', mul(add(mul(bottom, input.width), right), line));
  const block = (channel: Expression, channels: number): void => {
    const parts = v.parts(channels).map((part) => ({ ...part, total: k.cell('s', v.constant(0)) }));
    k.for('i', firstRow, lastRow, (i) => {
      const row = k.let('row', sum(origin, channel, mul(i, kernel[1] * length - input.width * line)));
      k.for('j', firstColumn, lastColumn, (j) => {
        const from = k.let('from', add(row, mul(j, length - line)));
        for (const { at, total } of parts) k.accumulate(total, v.load(products, add(from, at), v.lanes));
      });
    });
    for (const { at, count, total } of parts) finish(total.value, pixel, add(channel, at), count);
  };
  const rest = output.channels % channelBlock;
  k.for('c', 0, output.channels - rest, (channel) => block(channel, channelBlock), { step: channelBlock });
  if (rest > 0) block(i32(output.channels - rest), rest);
}
