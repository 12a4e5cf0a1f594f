// Convolution and pooling in one kernel: the rows of the convolved map live in a ring of as many rows as the pooling
// window is high, so that the map itself is never stored. Overlapping windows compute no row twice.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, buildKernel, fadd, fdiv, fmax, max, mul, rem, sum } from '../kernel/builder.ts';
import type { Expression, Kernel, LaneCount } from '../kernel/ir.ts';
import type { ConvGeometry } from './conv-geometry.ts';
import { convolveRun } from './conv.ts';
import { gatherScratch } from './conv-geometry.ts';
import type { Epilogue } from './epilogue.ts';
import { declareEpilogue } from './epilogue.ts';
import type { Slice } from './geometry.ts';
import type { Target } from './target.ts';
import { sliceName } from './geometry.ts';
import { buildOptions } from './target.ts';
import { numbers } from './numbers.ts';
import type { PoolGeometry, Windows } from './pool.ts';
import { axisWindow, divisor } from './pool.ts';

export interface ConvPoolSpec {
  /** Its output is the map that is pooled. */
  readonly conv: ConvGeometry;
  /** Between convolution and pooling; it has no combined values. */
  readonly epilogue: Epilogue;
  readonly operation: 'max' | 'avg';
  readonly windows: Extract<Windows, { kind: 'sliding' }>;
  readonly output: Slice;
  /** After pooling. */
  readonly then: Epilogue;
}

/** Elements of scratch memory: the gathered tile, then the ring. */
export function convPoolScratch(spec: ConvPoolSpec, target: Target): number {
  const { channels, width } = spec.conv.output;
  return gatherScratch(spec.conv, target, width) + spec.windows.kernel[0] * width * channels;
}

/** Parameters: input base, packed filters, [bias], output base, both epilogues', images. x [H·W, C] → y [PH·PW, O]. */
export function convPool(name: string, spec: ConvPoolSpec, target: Target): Kernel {
  const { conv, output, operation, windows } = spec;
  const { channels, width } = conv.output;
  const pooling: PoolGeometry = { operation, input: conv.output, output, windows };
  const summary = `conv ${conv.kernel.join('x')} /${conv.stride.join('x')} and ${operation} pool ${windows.kernel.join('x')} ${sliceName(conv.input)} -> ${sliceName(output)}`;
  const write = (k: BlockBuilder): void => {
    const v = numbers(k, target);
    const arena = k.memory('arena', 'f32');
    const weights = k.memory('weights', 'f32');
    const scratch = k.memory('scratch', 'f32');
    const x = k.parameter('x');
    const filters = k.parameter('w');
    const bias = conv.bias ? k.parameter('b') : undefined;
    const y = k.parameter('y');
    const epilogue = declareEpilogue(k, v, spec.epilogue, arena, weights);
    const then = declareEpilogue(k, v, spec.then, arena, weights);
    const images = k.parameter('images');
    const ring = gatherScratch(conv, target, width);
    /** Index of a convolved row's first element. */
    const rowIndex = (row: Expression): Expression => add(mul(rem(row, windows.kernel[0]), width * channels), ring);

    k.for('n', 0, images, (n) => {
      const source = k.let('xn', add(x, mul(n, conv.input.imageStride)));
      const result = k.let('yn', add(y, mul(n, output.imageStride)));
      const next = k.cell('next', 0);
      k.for('ph', 0, output.height, (ph) => {
        const rows = axisWindow(k, pooling, 0, ph);
        const end = k.let('end', rows.to);
        k.for('row', max(next.value, rows.from), end, (row) => {
          const to = k.let('to', rowIndex(row));
          convolveRun(k, v, conv, target, {
            arena,
            weights,
            source,
            filters,
            ...(bias ? { bias } : {}),
            start: k.let('start', mul(row, width)),
            pixels: width,
            result: scratch,
            placeOf: (pixel, channel) => sum(to, mul(pixel, channels), channel),
            epilogue: spec.epilogue,
            apply: (value, pixel, channel, count) =>
              epilogue(value, { image: n, pixel: add(mul(row, width), pixel), channel, count }),
          });
        });
        k.set(next, end);
        const rowTaps = rows.taps?.map((row) => k.let('row', rowIndex(row)));
        k.for('pw', 0, output.width, (pw) => {
          const columns = axisWindow(k, pooling, 1, pw);
          const pixel = k.let('q', add(mul(ph, output.width), pw));
          const place = k.let('to', add(result, mul(pixel, output.pixelStride)));
          const scale = operation === 'avg' ? k.let('d', divisor(v, rows, columns)) : undefined;
          const reduce = scale ? fadd : fmax;
          const finish = (value: Expression, channel: Expression, count: LaneCount): void => {
            const reduced = scale ? fdiv(value, scale) : value;
            v.store(arena, add(place, channel), then(reduced, { image: n, pixel, channel, count }), count);
          };
          const { taps } = columns;
          if (rowTaps && taps) {
            const places = rowTaps.flatMap((row) => taps.map((column) => k.let('t', add(row, mul(column, channels)))));
            v.each('c', channels, (c, count) => {
              finish(places.map((tap) => v.load(scratch, add(tap, c), count)).reduce(reduce), c, count);
            });
            return;
          }
          v.each('c', channels, (c, count) => {
            const value = k.cell('s', v.constant(scale ? 0 : -Infinity));
            k.for('h', rows.from, end, (h) => {
              k.for('w', columns.from, columns.to, (w) => {
                const element = v.load(scratch, sum(rowIndex(h), mul(w, channels), c), count);
                k.set(value, reduce(value.value, element));
              });
            });
            finish(value.value, c, count);
          });
        });
      });
    });
  };
  return buildKernel(name, summary, write, buildOptions(target));
}
