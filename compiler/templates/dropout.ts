// Inverted dropout (Srivastava et al., 2014) whose mask is computed again wherever it is needed: from the seed, the step, the node
// and the element's number, as compiler/ops/dropout-mask.ts says. So the bits depend on neither layout nor target nor threads nor
// the chunk of a batch. Its gradient is the same kernel on the gradient of the result.

import type { BlockBuilder } from '../kernel/builder.ts';
import {
  add,
  buildKernel,
  fdiv,
  i32,
  laneNumbers,
  le,
  mul,
  promote,
  select,
  shl,
  shr,
  u32,
  u32Lanes,
  uadd,
  umul,
  unary,
  uxor,
} from '../kernel/builder.ts';
import type { Expression, Kernel, LaneCount, Memory } from '../kernel/ir.ts';
import { threefry, threefryKey } from '../kernel/random.ts';
import type { Maps } from './map-kernel.ts';
import { sliceName } from './geometry.ts';
import { numbers } from './numbers.ts';
import type { Target } from './target.ts';
import { buildOptions } from './target.ts';

/** Input and output are of the same channels, height and width. */
export interface DropoutSpec extends Maps {
  /** The probability of being dropped, from 0 to 1. */
  readonly rate: number;
  /** Tells the dropout steps of a network apart. */
  readonly node: number;
  /** How many numbers the seed and the step are, in the arena: below 2^16, the upper half of a u32 first. */
  readonly seedLength: 1 | 2;
  readonly stepLength: 1 | 2;
  /** Whether the number of the first image is in the arena, in two such halves. */
  readonly readsFirst?: boolean;
}

/** Parameters: input base, output base, bases of seed and step, number of the first image (or its base), images. */
export function dropout(name: string, spec: DropoutSpec, target: Target): Kernel {
  const { input, output, rate, node } = spec;
  const pixels = input.height * input.width;
  const write = (k: BlockBuilder): void => {
    const v = numbers(k, target);
    const arena = k.memory('arena', 'f32');
    const [x, y, seed, step, first, images] = ['x', 'y', 'seed', 'step', 'first', 'images'].map((hint) =>
      k.parameter(hint),
    ) as [Expression, Expression, Expression, Expression, Expression, Expression];
    const isVector = v.lanes === 4;
    const constant = isVector ? u32Lanes : u32;
    const everywhere = (word: Expression): Expression => (isVector ? unary('splat_u32', word) : word);
    const stepWord = uxor(wordAt(k, arena, step, spec.stepLength), u32(Math.imul(node, 0x9e3779b9) >>> 0));
    const key = threefryKey(k, everywhere(wordAt(k, arena, seed, spec.seedLength)), everywhere(stepWord));
    /** From one channel of a pixel to the next. */
    const channelNumbers = isVector ? k.let('s', umul(laneNumbers, u32Lanes(pixels))) : undefined;
    const threshold = constant(Math.ceil(rate * 2 ** 24));
    const share = v.constant(Math.fround(1 - rate));
    const before = spec.readsFirst ? k.let('before', wordAt(k, arena, first, 2)) : unary('i32_to_u32', first);

    k.for('n', 0, images, (n) => {
      const image = k.let('image', everywhere(uadd(unary('i32_to_u32', n), before)));
      const source = add(x, mul(n, input.imageStride));
      const result = add(y, mul(n, output.imageStride));
      const channels = (pixel: Expression, parallel: boolean): void => {
        const from = k.let('from', add(source, mul(pixel, input.pixelStride)));
        const to = k.let('to', add(result, mul(pixel, output.pixelStride)));
        const compute = (c: Expression, count: LaneCount): void => {
          const number = everywhere(unary('i32_to_u32', add(mul(c, pixels), pixel)));
          const counter = k.let('i', channelNumbers ? uadd(number, channelNumbers) : number);
          const [word] = threefry(k, key, image, counter);
          const value = fdiv(v.load(arena, add(from, c), count), share);
          v.store(arena, add(to, c), select(le(threshold, shr(word, 8)), value, v.constant(0)), count);
        };
        v.each('c', input.channels, compute, parallel);
      };
      if (pixels === 1) channels(i32(0), true);
      else k.for('p', 0, pixels, (pixel) => channels(pixel, false), { parallel: true });
    });
  };
  return buildKernel(name, `dropout ${rate} ${sliceName(input)}`, write, buildOptions(target));
}

/** A u32 of one or two numbers. */
function wordAt(k: BlockBuilder, arena: Memory, at: Expression, length: 1 | 2): Expression {
  const [upper, lower] = [0, length - 1].map((index) =>
    unary('f64_to_u32', promote(k.load(arena, add(at, index)))),
  ) as [Expression, Expression];
  return length === 1 ? upper : uadd(shl(upper, 16), lower);
}
