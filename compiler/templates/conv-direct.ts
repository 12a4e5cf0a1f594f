// Convolution as a matrix product that reads the map itself: a row of windows is a matrix whose rows overlap, each in as many
// runs as the window is high. Nothing is gathered; where there is padding, the map is first copied between zeros. For layers
// with few channels, where gathering would take a good part of the time.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, i32, mul, sum } from '../kernel/builder.ts';
import type { Expression, Kernel, Memory } from '../kernel/ir.ts';
import type { ConvSpec } from './conv.ts';
import { convolvePixels, lanesArePixels } from './conv-pixels.ts';
import type { ChannelPart } from './channel-blocks.ts';
import { eachChannelBlock } from './channel-blocks.ts';
import type { ApplyEpilogue } from './epilogue.ts';
import { applyInPlace, isHeavy, isUniform } from './epilogue.ts';
import { sliceName } from './geometry.ts';
import type { Image } from './map-kernel.ts';
import { layerKernel } from './map-kernel.ts';
import type { MatrixProduct } from './matmul.ts';
import { matrixProduct } from './matmul.ts';
import type { Numbers } from './numbers.ts';
import { copyPaddedRow, paddedLength, paddedMap } from './padded-map.ts';
import type { Target } from './target.ts';

/** Elements of the padded map that the kernel copies its input into; 0 where it reads the input itself. */
export const directWorkspace = (spec: ConvSpec): number => paddedLength(spec);

/** The same, as the memory of a call: threads share it, unless each has images of its own. */
export function directMemory(spec: ConvSpec, target: Target): { readonly shared?: number; readonly scratch?: number } {
  const length = directWorkspace(spec);
  return target.parallel === 'images' ? { scratch: length } : { shared: length };
}

/** Parameters as those of `conv`. x [H·W, C] · w [O panels][KH·KW·C][panel], or [O, KH, KW] where lanes are pixels → y [OH·OW, O]. */
export function convDirect(name: string, spec: ConvSpec, target: Target): Kernel {
  const { input, output, kernel, stride } = spec;
  const map = paddedMap(spec);
  const summary = `direct conv ${kernel.join('x')} /${stride.join('x')} ${sliceName(input)} -> ${sliceName(output)}`;
  return layerKernel(
    name,
    summary,
    { ...spec, packed: ['w'], epilogues: [spec.epilogue] },
    target,
    ({ k, v, arena, weights, packed: [filters], bias, epilogues: [epilogue], eachImage }) => {
      const padded = map.isCopied ? k.memory(target.parallel === 'images' ? 'scratch' : 'shared', 'f32') : undefined;
      const run = { k, v, spec, target, map, arena, weights, filters, bias, epilogue };
      eachImage((image) => {
        if (padded) {
          const copy = { arena, source: image.source, padded };
          k.for('h', 0, map.height, (h) => copyPaddedRow(k, v, spec, copy, h), { parallel: true });
          k.barrier();
        }
        k.for('oh', 0, output.height, (oh) => computeRow(run, padded, image, oh), { parallel: true });
        if (padded) k.barrier();
      });
    },
  );
}

interface DirectRun {
  readonly k: BlockBuilder;
  readonly v: Numbers;
  readonly spec: ConvSpec;
  readonly target: Target;
  readonly map: ReturnType<typeof paddedMap>;
  readonly arena: Memory;
  readonly weights: Memory;
  readonly filters: Expression;
  readonly bias: Expression | undefined;
  readonly epilogue: ApplyEpilogue;
}

function computeRow(run: DirectRun, padded: Memory | undefined, { n, source, result }: Image, oh: Expression): void {
  const { k, v, spec, target, map, arena, weights, filters, bias, epilogue } = run;
  const { input, output, kernel, stride, dilation } = spec;
  const { channels } = input;
  const heavy = isHeavy(spec.epilogue);
  const top = mul(oh, stride[0] * map.width * channels);
  const first = k.let('first', mul(oh, output.width));
  const to = k.let('to', add(result, mul(first, output.pixelStride)));
  const apply: Apply = (value, pixel, channel, count) =>
    epilogue(value, { image: n, pixel: add(first, pixel), channel, count });
  const from = k.let('from', padded ? top : add(source, top));
  if (lanesArePixels(spec, input, output, target)) {
    const reads = { weights, filters, bias, map: padded ?? arena, from, rowStride: map.width };
    convolvePixels(k, v, { spec, ...reads, result: arena, to, ...(heavy ? {} : { apply }) });
  } else
    matrixProduct(k, v, {
      depth: kernel[0] * kernel[1] * channels,
      columns: output.channels,
      a: padded ?? arena,
      aBase: from,
      rowStride: stride[1] * channels,
      runs: { count: kernel[0], stride: dilation[0] * map.width * channels },
      weights,
      wBase: filters,
      ...(bias ? { bias } : {}),
      rows: output.width,
      result: arena,
      placeOf: (pixel, channel) => sum(to, mul(pixel, output.pixelStride), channel),
      ...(heavy ? {} : { apply }),
    });
  if (heavy) applyToRow(run, to, apply);
}

type Apply = NonNullable<MatrixProduct['apply']>;

/** Applies a heavy epilogue to a stored row of results, which begins at `to`. */
function applyToRow({ k, v, spec, arena }: DirectRun, to: Expression, apply: Apply): void {
  const { output } = spec;
  const update = (pixel: Expression, parts: readonly ChannelPart[], placeOf: (part: Expression) => Expression): void =>
    applyInPlace(
      k,
      v,
      arena,
      parts.map(({ channel, count }) => ({
        ...{ place: k.let('at', placeOf(channel)), count },
        apply: (value: Expression) => apply(value, pixel, channel, count),
      })),
    );
  if (isUniform(spec.epilogue) && output.pixelStride === output.channels) {
    eachChannelBlock(k, v, output.width * output.channels, (parts) => update(i32(0), parts, (e) => add(to, e)));
    return;
  }
  k.for('r', 0, output.width, (pixel) =>
    eachChannelBlock(k, v, output.channels, (parts) =>
      update(pixel, parts, (channel) => sum(to, mul(pixel, output.pixelStride), channel)),
    ),
  );
}
