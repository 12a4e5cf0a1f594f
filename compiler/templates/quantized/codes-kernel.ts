// What kernels on codes have in common: their parameters, the loop over the images of a batch, and loops over codes, one by one or
// sixteen at once.

import type { BlockBuilder, Operand } from '../../kernel/builder.ts';
import { add, buildKernel, i32, mul, unary } from '../../kernel/builder.ts';
import type { Expression, Kernel } from '../../kernel/ir.ts';
import type { Slice } from '../geometry.ts';
import type { Mover } from '../numbers.ts';
import type { Image, Maps } from '../map-kernel.ts';
import type { Target } from '../target.ts';
import { buildOptions } from '../target.ts';

export interface CodesKernel<Packed extends readonly string[]> {
  readonly k: BlockBuilder;
  readonly x: Expression;
  readonly y: Expression;
  /** Index of each packed tensor in its memory. */
  readonly packed: { readonly [At in keyof Packed]: Expression };
  readonly images: Expression;
  eachImage(body: (image: Image & { readonly others: readonly Expression[] }) => void): void;
}

/** The maps of a kernel on codes. */
export interface CodesMaps extends Maps {
  /** Of the operands after the first. */
  readonly others?: readonly Slice[];
}

/** Parameters: input base, packed tensors, output base, bases of the other operands, images. */
export function codesKernel<const Packed extends readonly string[]>(
  name: string,
  summary: string,
  { input, output, others = [] }: CodesMaps,
  hints: Packed,
  target: Target,
  body: (kernel: CodesKernel<Packed>) => void,
): Kernel {
  const write = (k: BlockBuilder): void => {
    const x = k.parameter('x');
    const packed = hints.map((hint) => k.parameter(hint)) as CodesKernel<Packed>['packed'];
    const y = k.parameter('y');
    const bases = others.map(() => k.parameter('z'));
    const images = k.parameter('images');
    const eachImage: CodesKernel<Packed>['eachImage'] = (visit) =>
      k.for('n', 0, images, (n) =>
        visit({
          n,
          source: k.let('xn', add(x, mul(n, input.imageStride))),
          result: k.let('yn', add(y, mul(n, output.imageStride))),
          others: others.map(({ imageStride }, at) => k.let('zn', add(bases[at]!, mul(n, imageStride)))),
        }),
      );
    body({ k, x, y, packed, images, eachImage });
  };
  return buildKernel(name, summary, write, buildOptions(target));
}

/** Moves codes as they are. */
export function codeMover(k: BlockBuilder, { lanes: floats }: Target): Mover {
  const lanes = floats === 4 ? 16 : 1;
  return {
    lanes,
    load: (memory, index) => (lanes === 1 ? k.load(memory, index) : k.loadBytes(memory, index)),
    broadcast(memory, index) {
      const code = k.load(memory, index);
      return lanes === 1 ? code : unary('splat_u8', code);
    },
    store(memory, index, value, count) {
      if (lanes === 1) k.store(memory, index, value);
      else k.storeBytes(memory, index, value, count);
    },
    each(hint, extent, body, parallel = false) {
      const rest = extent % lanes;
      const full = extent - rest;
      k.for(hint, 0, full, (channel) => body(channel, lanes), { step: lanes, parallel });
      if (rest === 0) return;
      if (parallel) k.for(hint, full, extent, (channel) => body(channel, rest), { step: rest, parallel });
      else body(i32(full), rest);
    },
  };
}

/** Where a code lies in each of several maps of the same extents. */
type CodeBody = (places: readonly Expression[], count: number, channel: Expression) => void;

/** Calls `body` for all elements of an image in a parallel loop: pixel by pixel where they lie apart or `perChannel` asks for it. */
export function eachCode(
  k: BlockBuilder,
  mover: Mover,
  maps: readonly { readonly slice: Slice; readonly base: Expression }[],
  body: CodeBody,
  perChannel = false,
): void {
  const [{ slice: first }] = maps as readonly [(typeof maps)[0]];
  const { channels, height, width } = first;
  const run = !perChannel && maps.every(({ slice }) => slice.pixelStride === channels);
  const at = (from: readonly Operand[], c: Expression): readonly Expression[] =>
    maps.map((_, i) => k.let('at', add(from[i]!, c)));
  if (run) {
    const bases = maps.map(({ base }) => base);
    return mover.each('i', height * width * channels, (i, count) => body(at(bases, i), count, i), true);
  }
  k.for(
    'p',
    0,
    height * width,
    (pixel) => {
      const from = maps.map(({ slice, base }) => k.let('from', add(base, mul(pixel, slice.pixelStride))));
      mover.each('c', channels, (c, count) => body(at(from, c), count, c));
    },
    { parallel: true },
  );
}
