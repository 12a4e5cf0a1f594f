// A dense layer of codes: a product whose rows are the images of the batch.

import { mul, sum } from '../../kernel/builder.ts';
import type { Kernel } from '../../kernel/ir.ts';
import type { Maps } from '../map-kernel.ts';
import type { Target } from '../target.ts';
import { codeMover, codesKernel } from './codes-kernel.ts';
import { bytesPanel, codesProduct } from './product.ts';
import { requantizer } from './requantize.ts';

export interface CodesDenseSpec extends Maps {
  readonly result: 'u8' | 'f32';
}

/**
 * Parameters: input base, packed matrix, biases, multipliers, [range of the result], output base, images.
 * x [N, K] · w [O panels][K/4][panel][4] → y [N, O].
 */
export function codesDense(name: string, { input, output, result }: CodesDenseSpec, target: Target): Kernel {
  const hints = ['w', 'b', 'm', ...(result === 'u8' ? ['r'] : [])];
  const summary = `dense of codes ${input.channels} -> ${output.channels}`;
  return codesKernel(name, summary, { input, output }, hints, target, ({ k, x, y, packed, images }) => {
    const [matrix, bias, multipliers, range] = packed;
    const a = k.memory('codes', 'u8');
    codesProduct(k, target, {
      ...{ depth: input.channels, columns: output.channels, panel: bytesPanel(target, true) },
      ...{ a, aBase: x, rowStride: input.imageStride, rows: images, parallel: target.threads },
      ...{ matrix: matrix!, bias: bias!, multipliers: multipliers! },
      finish: range && requantizer(k, k.memory('integers', 'i32'), range, target),
      mover: codeMover(k, target),
      placeOf: (image, channel) => sum(y, mul(image, output.imageStride), channel),
    });
  });
}
