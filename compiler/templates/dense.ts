// A dense layer: a matrix product whose rows are the images of the batch.

import { buildKernel, i32, mul, promote, sum } from '../kernel/builder.ts';
import type { Expression, Kernel } from '../kernel/ir.ts';
import type { Epilogue } from './epilogue.ts';
import { declareEpilogue, isHeavy } from './epilogue.ts';
import type { Slice } from './geometry.ts';
import { matrixProduct } from './matmul.ts';

export interface DenseSpec {
  /** One pixel. */
  readonly input: Slice;
  readonly output: Slice;
  readonly bias: boolean;
  readonly epilogue: Epilogue;
}

/** Parameters: input base, packed weights, [bias], output base, epilogue's, images. x [N, K] · w [O blocks][K][block] → y [N, O]. */
export function dense(name: string, spec: DenseSpec): Kernel {
  const { input, output } = spec;
  return buildKernel(name, `dense ${input.channels} -> ${output.channels}`, (k) => {
    const arena = k.memory('arena', 'f32');
    const weights = k.memory('weights', 'f32');
    const x = k.parameter('x');
    const w = k.parameter('w');
    const bias = spec.bias ? k.parameter('b') : undefined;
    const y = k.parameter('y');
    const epilogue = declareEpilogue(k, spec.epilogue, arena, weights);
    const images = k.parameter('images');
    const heavy = isHeavy(spec.epilogue);
    const placeOf = (image: Expression, channel: Expression): Expression =>
      sum(y, mul(image, output.imageStride), channel);
    const apply = (value: Expression, image: Expression, channel: Expression): Expression =>
      epilogue(value, { image, pixel: i32(0), channel });
    matrixProduct(k, {
      depth: input.channels,
      columns: output.channels,
      a: arena,
      aBase: x,
      rowStride: input.imageStride,
      weights,
      wBase: w,
      ...(bias ? { bias } : {}),
      rows: images,
      store: (value, image, channel) =>
        k.store(arena, placeOf(image, channel), heavy ? value : apply(value, image, channel)),
    });
    if (!heavy) return;
    k.for('n', 0, images, (image) => {
      k.for('o', 0, output.channels, (channel) => {
        const place = k.let('at', placeOf(image, channel));
        k.store(arena, place, apply(promote(k.load(arena, place)), image, channel));
      });
    });
  });
}
