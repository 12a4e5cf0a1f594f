// A dense layer: a matrix product whose rows are the images of the batch.

import { add, buildKernel, i32, mul, sum } from '../kernel/builder.ts';
import type { Kernel } from '../kernel/ir.ts';
import type { Epilogue } from './epilogue.ts';
import { declareEpilogue } from './epilogue.ts';
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
      store: (value, image, channel) => {
        const result = epilogue(value, { image, pixel: i32(0), channel });
        k.store(arena, sum(y, mul(image, output.imageStride), add(channel, 0)), result);
      },
    });
  });
}
