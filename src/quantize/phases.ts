// Filters of a transposed convolution as those of its phases: see compiler/quantize/phases.ts.

import type { Phases } from '../../compiler/quantize/phases.ts';
import type { LayerWeights } from './layer.ts';

/** [C, O, KH, KW] → [SH·SW·O, C, DH, DW], phase by phase; 0 where a phase has no tap. */
export function filtersOfPhases({ shape, data }: LayerWeights, phases: Phases): LayerWeights {
  const [inputs, outputs, height, width] = shape as readonly [number, number, number, number];
  const { stride, padding, first, kernel } = phases;
  const filters = new Float64Array(stride[0] * stride[1] * outputs * inputs * kernel[0] * kernel[1]);
  let at = 0;
  for (let phase = 0; phase < stride[0] * stride[1]; phase += 1) {
    const top = Math.floor(phase / stride[1]) + padding[0];
    const left = (phase % stride[1]) + padding[1];
    for (let o = 0; o < outputs; o += 1) {
      for (let c = 0; c < inputs; c += 1) {
        for (let i = 0; i < kernel[0]; i += 1) {
          for (let j = 0; j < kernel[1]; j += 1) {
            const [ky, kx] = [top - stride[0] * (first[0] + i), left - stride[1] * (first[1] + j)];
            const isTap = ky >= 0 && ky < height && kx >= 0 && kx < width;
            filters[at] = isTap ? data[((c * outputs + o) * height + ky) * width + kx]! : 0;
            at += 1;
          }
        }
      }
    }
  }
  return { shape: [stride[0] * stride[1] * outputs, inputs, ...kernel], data: filters };
}

/** The same biases for each phase. */
export function biasesOfPhases({ data }: LayerWeights, { stride }: Phases): LayerWeights {
  const count = stride[0] * stride[1];
  const repeated = Float64Array.from({ length: count * data.length }, (_, at) => data[at % data.length]!);
  return { shape: [repeated.length], data: repeated };
}
