// Local response normalisation across channels (Krizhevsky et al., 2012), with alpha divided by the size as PyTorch,
// Caffe and ONNX do: y = x / (k + alpha/size · Σ x²)^beta over a window of `size` channels.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, f64, fadd, fdiv, fmul, max, min, promote, sub, unary } from '../kernel/builder.ts';
import type { Expression, Kernel } from '../kernel/ir.ts';
import { exp, log } from './functions.ts';
import type { Slice } from './geometry.ts';
import { sliceName } from './geometry.ts';
import { eachPixel, mapKernel } from './map-kernel.ts';
import { blockedSum } from './sums.ts';
import type { Target } from './target.ts';

export interface LocalResponseNormSpec {
  readonly input: Slice;
  readonly output: Slice;
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;
}

/** Elements of scratch memory: on vectors, a pixel's squares between zeros. */
export function localResponseNormScratch(spec: LocalResponseNormSpec, { lanes }: Target): number {
  const [before, after] = neighboursOf(spec);
  return lanes === 1 ? 0 : before + spec.input.channels + after;
}

/** How many channels before and after its own a sum takes: no more than there are. */
const neighboursOf = ({ input, size }: LocalResponseNormSpec): readonly [number, number] => [
  Math.min(Math.floor(size / 2), input.channels),
  Math.min(Math.floor((size - 1) / 2), input.channels),
];

/** Parameters: input base, output base, images. */
export function localResponseNorm(name: string, spec: LocalResponseNormSpec, target: Target): Kernel {
  const { input, size } = spec;
  const [before, after] = neighboursOf(spec);
  const most = before + 1 + after;
  return mapKernel(name, `local response norm ${size} ${sliceName(input)}`, spec, target, (kernel) => {
    const { k, v, arena } = kernel;
    /** value / (k + alpha/size · squares)^beta */
    const normalised = (value: Expression, squares: Expression): Expression => {
      const base = k.let('b', fadd(v.constant(spec.k), fmul(v.constant(spec.alpha / size), squares)));
      const root = rootPower(k, base, spec.beta);
      return root ? fdiv(value, root) : fmul(value, exp(fmul(v.constant(-spec.beta), log(base))));
    };
    const onNumbers = (from: Expression, to: Expression): void =>
      k.for('c', 0, input.channels, (c) => {
        const squares = k.cell('s', f64(0));
        const first = k.let('c0', max(0, sub(c, before)));
        const end = k.let('c1', min(input.channels, add(c, after + 1)));
        k.for('j', first, end, (j) => {
          const value = k.let('v', promote(k.load(arena, add(from, j))));
          k.set(squares, fadd(squares.value, fmul(value, value)));
        });
        k.store(arena, add(to, c), normalised(promote(k.load(arena, add(from, c))), squares.value));
      });
    const onVectors = (from: Expression, to: Expression): void => {
      const scratch = k.memory('scratch', 'f32');
      const zeros = (at: number, count: number): void =>
        v.each('z', count, (i, lanes) => v.store(scratch, add(i, at), v.constant(0), lanes));
      zeros(0, before);
      zeros(before + input.channels, after);
      v.each('c', input.channels, (c, count) => {
        const value = k.let('v', v.load(arena, add(from, c), count));
        v.store(scratch, add(c, before), fmul(value, value), count);
      });
      v.each('c', input.channels, (c, count) => {
        const squares = blockedSum(k, v, { from: 0, to: most, most }, (j) => v.load(scratch, add(c, j), count));
        v.store(arena, add(to, c), normalised(v.load(arena, add(from, c), count), squares), count);
      });
    };
    eachPixel(kernel, spec, (from, to) => {
      (v.lanes === 1 ? onNumbers : onVectors)(from, to);
    });
  });
}

/** base^beta by square roots, where beta is ¼, ½, ¾ or 1: a sixth of the time of a logarithm and an exponential function. */
function rootPower(k: BlockBuilder, base: Expression, beta: number): Expression | undefined {
  if (beta === 1) return base;
  if (![0.25, 0.5, 0.75].includes(beta)) return undefined;
  const root = k.let('r', unary('sqrt', base));
  if (beta === 0.5) return root;
  const fourth = unary('sqrt', root);
  return beta === 0.25 ? fourth : fmul(root, fourth);
}
