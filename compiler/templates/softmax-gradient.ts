// The gradient of softmax and log-softmax over the channels of every pixel, from ∂loss/∂y and the result y: y · (dy − Σ dy · y), and
// dy − exp(y) · Σ dy.

import { add, fadd, fmul, fsub, mul, unary } from '../kernel/builder.ts';
import type { Expression, Kernel } from '../kernel/ir.ts';
import { exp } from './functions.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import { eachImageKernel } from './map-kernel.ts';
import { blockedSum } from './sums.ts';
import type { Target } from './target.ts';

export interface SoftmaxGradientSpec {
  /** ∂loss/∂y. */
  readonly upstream: Slice;
  /** y. */
  readonly result: Slice;
  /** ∂loss/∂x. */
  readonly output: Slice;
  readonly logarithm: boolean;
}

/** Parameters: upstream base, result base, output base, images. dy, y [H·W, C] → dx [H·W, C]. */
export function softmaxGradient(name: string, spec: SoftmaxGradientSpec, target: Target): Kernel {
  const { upstream, result: y, output, logarithm } = spec;
  const { channels } = output;
  const summary = `gradient of ${logarithm ? 'log ' : ''}softmax ${sliceName(output)}`;
  const maps = { operands: [upstream, y], output };
  return eachImageKernel(name, summary, maps, target, ({ k, v, arena, operands, result }) => {
    k.for('p', 0, output.height * output.width, (pixel) => {
      const from = k.let('from', add(operands[0]!, mul(pixel, upstream.pixelStride)));
      const at = k.let('at', add(operands[1]!, mul(pixel, y.pixelStride)));
      const to = k.let('to', add(result, mul(pixel, output.pixelStride)));
      const term = (read: (place: Expression) => Expression, c: Expression): Expression =>
        logarithm ? read(add(from, c)) : fmul(read(add(from, c)), read(add(at, c)));
      const vectors = Math.floor(channels / v.lanes);
      const sums = blockedSum(k, v, { from: 0, to: vectors, most: vectors }, (i) =>
        term((place) => v.load(arena, place, v.lanes), k.let('c', mul(i, v.lanes))),
      );
      const total = k.cell('t', v.lanes > 1 ? unary('splat', unary('sum_lanes', sums)) : sums);
      // Channels that fill no vector, each in all lanes.
      k.for('c', vectors * v.lanes, channels, (c) =>
        k.set(
          total,
          fadd(
            total.value,
            term((place) => v.broadcast(arena, place), c),
          ),
        ),
      );
      v.each('c', channels, (c, count) => {
        const dy = v.load(arena, add(from, c), count);
        const value = v.load(arena, add(at, c), count);
        const dx = logarithm ? fsub(dy, fmul(exp(value), total.value)) : fmul(value, fsub(dy, total.value));
        v.store(arena, add(to, c), dx, count);
      });
    });
  });
}
