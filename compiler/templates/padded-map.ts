// A map between zeros, as far as windows reach, so that convolutions can read whole windows from it.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, and, f64, lanes, le, lt, mul, sum } from '../kernel/builder.ts';
import type { Expression, Memory } from '../kernel/ir.ts';
import type { Slice } from './geometry.ts';
import type { Mover } from './numbers.ts';

export interface WindowedMap {
  readonly input: Slice;
  readonly output: Pick<Slice, 'height' | 'width'>;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  /** Top and left. */
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
}

/** Height and width of the map between zeros, and whether it is another one than the input. */
export function paddedMap({ input, output, kernel, stride, padding, dilation }: WindowedMap) {
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

/** Elements of the padded map; 0 where the input is read itself. */
export function paddedLength(spec: WindowedMap): number {
  const { isCopied, height, width } = paddedMap(spec);
  return isCopied ? height * width * spec.input.channels : 0;
}

export interface PaddedCopy {
  readonly arena: Memory;
  /** Index of the image's first element. */
  readonly source: Expression;
  /** Memory of the padded map, which begins at 0. */
  readonly padded: Memory;
  /** What lies around the map, in every lane. Default: 0. */
  readonly zero?: Expression;
}

/** Writes row `h` of the padded map: zeros, and between them a row of the map where there is one. */
export function copyPaddedRow(
  k: BlockBuilder,
  v: Mover,
  spec: WindowedMap,
  { arena, source, padded, zero = v.lanes === 1 ? f64(0) : lanes(0) }: PaddedCopy,
  h: Expression,
): void {
  const { input, padding } = spec;
  const { channels } = input;
  const map = paddedMap(spec);
  const to = k.let('to', mul(h, map.width * channels));
  const clear = (from: number, count: number): void =>
    v.each('z', count * channels, (z, size) => v.store(padded, sum(to, z, from * channels), zero, size));
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
          v.store(padded, add(place, c), v.load(arena, add(from, c), size), size),
        );
      } else {
        k.for('w', 0, kept, (w) => {
          const [pixel, there] = [
            k.let('f', add(from, mul(w, input.pixelStride))),
            k.let('t', add(place, mul(w, channels))),
          ];
          v.each('c', channels, (c, size) => v.store(padded, add(there, c), v.load(arena, add(pixel, c), size), size));
        });
      }
      clear(left + kept, map.width - left - kept);
    },
    () => clear(0, map.width),
  );
}
