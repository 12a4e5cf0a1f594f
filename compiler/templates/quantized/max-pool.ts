// Largest codes of windows: those of one scale are ordered as the numbers they stand for.

import { add, fmax, mul, pmax, promote, u32, unary } from '../../kernel/builder.ts';
import type { Expression, Kernel } from '../../kernel/ir.ts';
import { sliceName } from '../geometry.ts';
import type { Maps } from '../map-kernel.ts';
import type { Windows } from '../pool.ts';
import { axisWindow, eachTap } from '../pool.ts';
import type { Target } from '../target.ts';
import { codeMover, codesKernel } from './codes-kernel.ts';

export interface CodesMaxPoolSpec extends Maps {
  readonly windows: Windows;
}

/** Parameters: input base, output base, images. x [H·W, C] → y [OH·OW, C]. */
export function codesMaxPool(name: string, { input, output, windows }: CodesMaxPoolSpec, target: Target): Kernel {
  const summary = `max pool of codes ${sliceName(input)} -> ${sliceName(output)}`;
  const geometry = { operation: 'max', input, output, windows } as const;
  return codesKernel(name, summary, { input, output }, [], target, ({ k, eachImage }) => {
    const codes = k.memory('codes', 'u8');
    const mover = codeMover(k, target);
    const onVectors = mover.lanes > 1;
    const least = onVectors ? unary('splat_u8', u32(0)) : promote(u32(0));
    const store = (to: Expression, value: Expression, count: number): void =>
      mover.store(codes, to, onVectors ? value : unary('f64_to_u32', value), count);
    const larger = onVectors ? pmax : fmax;
    eachImage(({ source, result }) =>
      k.for(
        'oh',
        0,
        output.height,
        (oh) => {
          const rows = axisWindow(k, geometry, 0, oh);
          k.for('ow', 0, output.width, (ow) => {
            const columns = axisWindow(k, geometry, 1, ow);
            const to = k.let('to', add(result, mul(add(mul(oh, output.width), ow), output.pixelStride)));
            const indexOf = (h: Expression, w: Expression): Expression =>
              k.let('from', add(source, mul(add(mul(h, input.width), w), input.pixelStride)));
            const read = (from: Expression, c: Expression, count: number): Expression => {
              const value = mover.load(codes, add(from, c), count);
              return onVectors ? value : promote(value);
            };
            if (rows.taps && columns.taps) {
              const places = rows.taps.flatMap((h) => columns.taps!.map((w) => indexOf(h, w)));
              return mover.each('c', input.channels, (c, count) =>
                store(add(to, c), places.map((from) => read(from, c, count)).reduce(larger), count),
              );
            }
            mover.each('c', input.channels, (c, count) => {
              const value = k.cell('s', least);
              eachTap(k, rows, columns, (h, w) => k.set(value, larger(value.value, read(indexOf(h, w), c, count))));
              store(add(to, c), value.value, count);
            });
          });
        },
        { parallel: true },
      ),
    );
  });
}
