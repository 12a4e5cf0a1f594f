// Convolution as a matrix product that reads the map itself: a row of windows is a matrix whose rows overlap, each in as many
// runs as the window is high. Nothing is gathered; where there is padding, the map is first copied between zeros. For layers
// with few channels, where gathering would take a good part of the time.

import { add, and, i32, le, lt, mul, sum } from '../kernel/builder.ts';
import type { Expression, Kernel } from '../kernel/ir.ts';
import type { ConvSpec } from './conv.ts';
import { isHeavy, isUniform } from './epilogue.ts';
import { sliceName } from './geometry.ts';
import { layerKernel } from './map-kernel.ts';
import { matrixProduct } from './matmul.ts';
import type { Target } from './target.ts';

/** The map between zeros: as far as windows reach. */
function paddedMap({ input, output, kernel, stride, padding, dilation }: ConvSpec) {
  const reach = (axis: 0 | 1, extent: number): number =>
    (extent - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1;
  const [rows, columns] = [reach(0, output.height), reach(1, output.width)];
  const isCopied =
    padding.some((count) => count > 0) ||
    rows > input.height ||
    columns > input.width ||
    input.pixelStride !== input.channels;
  return { isCopied, height: rows, width: isCopied ? columns : input.width };
}

/** Elements of memory for the padded map, which threads share. */

/** Elements of the padded map that the kernel copies its input into; 0 where it reads the input itself. */
export function directWorkspace(spec: ConvSpec): number {
  const { isCopied, height, width } = paddedMap(spec);
  return isCopied ? height * width * spec.input.channels : 0;
}

/** Parameters as those of `conv`. x [H·W, C] · w [O panels][KH·KW·C][panel] → y [OH·OW, O]. */
export function convDirect(name: string, spec: ConvSpec, target: Target): Kernel {
  const { input, output, kernel, stride, padding, dilation } = spec;
  const { channels } = input;
  const map = paddedMap(spec);
  const summary = `direct conv ${kernel.join('x')} /${stride.join('x')} ${sliceName(input)} -> ${sliceName(output)}`;
  return layerKernel(
    name,
    summary,
    { ...spec, packed: ['w'], epilogues: [spec.epilogue] },
    target,
    ({ k, v, arena, weights, packed: [filters], bias, epilogues: [epilogue], eachImage }) => {
      const padded = map.isCopied ? k.memory('shared', 'f32') : undefined;
      const heavy = isHeavy(spec.epilogue);
      const runs = isUniform(spec.epilogue) && output.pixelStride === output.channels;
      eachImage(({ n, source, result }) => {
        if (padded) {
          k.for('h', 0, map.height, (h) => copyRow(source, h), { parallel: true });
          k.barrier();
        }
        k.for('oh', 0, output.height, (oh) => computeRow(oh, source, result, n), { parallel: true });
        if (padded) k.barrier();
      });

      /** A row of the padded map: zeros, and between them a row of the map where there is one. */
      function copyRow(source: Expression, h: Expression): void {
        const to = k.let('to', mul(h, map.width * channels));
        const clear = (from: number, count: number): void =>
          v.each('z', count * channels, (z, size) =>
            v.store(padded!, sum(to, z, from * channels), v.constant(0), size),
          );
        const left = Math.min(padding[1], map.width);
        const kept = Math.min(input.width, map.width - left);
        const row = k.let('row', add(h, -padding[0]));
        k.if(
          and(le(0, row), lt(row, input.height)),
          () => {
            clear(0, left);
            const from = k.let('from', add(source, mul(row, input.width * input.pixelStride)));
            const place = k.let('p', add(to, left * channels));
            if (input.pixelStride === channels) {
              v.each('c', kept * channels, (c, size) =>
                v.store(padded!, add(place, c), v.load(arena, add(from, c), size), size),
              );
            } else {
              k.for('w', 0, kept, (w) => {
                const [pixel, there] = [
                  k.let('f', add(from, mul(w, input.pixelStride))),
                  k.let('t', add(place, mul(w, channels))),
                ];
                v.each('c', channels, (c, size) =>
                  v.store(padded!, add(there, c), v.load(arena, add(pixel, c), size), size),
                );
              });
            }
            clear(left + kept, map.width - left - kept);
          },
          () => clear(0, map.width),
        );
      }

      function computeRow(oh: Expression, source: Expression, result: Expression, n: Expression): void {
        const top = mul(oh, stride[0] * map.width * channels);
        const first = k.let('first', mul(oh, output.width));
        const to = k.let('to', add(result, mul(first, output.pixelStride)));
        const placeOf = (pixel: Expression, channel: Expression): Expression =>
          sum(to, mul(pixel, output.pixelStride), channel);
        matrixProduct(k, v, {
          depth: kernel[0] * kernel[1] * channels,
          columns: output.channels,
          a: padded ?? arena,
          aBase: k.let('from', padded ? top : add(source, top)),
          rowStride: stride[1] * channels,
          runs: { count: kernel[0], stride: dilation[0] * map.width * channels },
          weights,
          wBase: filters,
          ...(bias ? { bias } : {}),
          rows: output.width,
          result: arena,
          placeOf,
          ...(heavy
            ? {}
            : {
                apply: (value, pixel, channel, count) =>
                  epilogue(value, { image: n, pixel: add(first, pixel), channel, count }),
              }),
        });
        if (!heavy) return;
        const apply = (pixel: Expression, channel: Expression, place: Expression, count: 1 | 2 | 3 | 4): void => {
          const at = { image: n, pixel: add(first, pixel), channel, count };
          v.store(arena, place, epilogue(v.load(arena, place, count), at), count);
        };
        if (runs) {
          v.each('e', output.width * output.channels, (e, count) =>
            apply(i32(0), i32(0), k.let('at', add(to, e)), count),
          );
          return;
        }
        k.for('r', 0, output.width, (pixel) =>
          v.each('o', output.channels, (o, count) => apply(pixel, o, k.let('at', placeOf(pixel, o)), count)),
        );
      }
    },
  );
}
