// Convolution as a matrix product: the windows of a tile of output pixels are gathered as rows of a scratch matrix and
// multiplied with the packed filters. A 1×1 convolution of stride 1 multiplies the map itself.

import type { BlockBuilder, Operand } from '../kernel/builder.ts';
import { add, i32, min, mul, sub, sum } from '../kernel/builder.ts';
import type { Expression, Kernel, LaneCount, Memory } from '../kernel/ir.ts';
import { vectorsTogether } from '../kernel/lockstep.ts';
import type { ConvGeometry } from './conv-geometry.ts';
import { depthOf, isPointwise, prefetches, sharesColumns, tilePixels } from './conv-geometry.ts';
import type { Epilogue } from './epilogue.ts';
import { applyInPlace, isHeavy } from './epilogue.ts';
import { gatherTile } from './gather.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import { layerKernel } from './map-kernel.ts';
import { matrixProduct } from './matmul.ts';
import type { Numbers } from './numbers.ts';
import { packedLength } from './register-block.ts';
import { eachRowBlock } from './row-loops.ts';
import type { Target } from './target.ts';

export interface ConvSpec extends ConvGeometry {
  readonly output: Slice;
  readonly epilogue: Epilogue;
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
  const packed = packedLength(depth, columns, v.block.panel, v.lanes);
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
          ...(prefetches(spec, target) && { prefetchRows: tile }),
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
          const together = v.lanes === 1 ? 1 : Math.max(1, Math.floor(vectorsTogether / Math.ceil(width / v.lanes)));
          eachRowBlock(k, count, together === 1 ? [1] : [together, 1], v.lanes, (row, height) => {
            const parts = Array.from({ length: height }, (_, i) => add(offset, add(row, i))).flatMap((pixel) =>
              v.parts(width).map(({ at: from, count: size }) => {
                const channel = k.let('c', add(channels, add(column, from)));
                const place = k.let('at', run.placeOf(pixel, channel));
                return { place, count: size, apply: (value: Expression) => run.apply(value, pixel, channel, size) };
              }),
            );
            applyInPlace(k, v, run.result, parts);
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
  return layerKernel(
    name,
    summary,
    { ...spec, packed: ['w'], epilogues: [spec.epilogue] },
    target,
    ({ k, v, arena, weights, packed: [filters], bias, epilogues: [epilogue], eachImage }) => {
      eachImage(({ n, source, result }) => {
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
    },
  );
}
