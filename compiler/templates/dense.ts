// A dense layer: a matrix product whose rows are the images of the batch.

import { add, i32, mul, sum } from '../kernel/builder.ts';
import type { Expression, Kernel, LaneCount } from '../kernel/ir.ts';
import { eachChannelBlock } from './channel-blocks.ts';
import type { Epilogue } from './epilogue.ts';
import { applyInPlace, isHeavy } from './epilogue.ts';
import type { Slice } from './geometry.ts';
import { layerKernel } from './map-kernel.ts';
import { manyWeights, matrixProduct } from './matmul.ts';
import type { Target } from './target.ts';

export interface DenseSpec {
  /** One pixel. */
  readonly input: Slice;
  readonly output: Slice;
  readonly bias: boolean;
  readonly epilogue: Epilogue;
  /** What the weights are kept in; bf16 on vectors only. */
  readonly weights: 'f32' | 'bf16';
}

/** Parameters: input base, packed weights, [bias], output base, epilogue's, images. x [N, K] · w [O panels][K][panel] → y [N, O]. */
export function dense(name: string, spec: DenseSpec, target: Target): Kernel {
  const { input, output } = spec;
  return layerKernel(
    name,
    `dense ${input.channels} -> ${output.channels}`,
    { ...spec, packed: ['w'], epilogues: [spec.epilogue] },
    target,
    ({ k, v, arena, weights, x, packed: [w], bias, y, epilogues: [epilogue], images }) => {
      const halves = spec.weights === 'bf16' ? k.memory('halves', 'bf16') : weights;
      const heavy = isHeavy(spec.epilogue);
      const placeOf = (image: Expression, channel: Expression): Expression =>
        sum(y, mul(image, output.imageStride), channel);
      const apply = (value: Expression, image: Expression, channel: Expression, count: LaneCount): Expression =>
        epilogue(value, { image, pixel: i32(0), channel, count });
      const applyAfterwards = (column: Expression, columns: number): void =>
        k.for('n', 0, images, (image) => {
          eachChannelBlock(k, v, columns, (block) => {
            const parts = block.map(({ channel: o, count }) => {
              const channel = k.let('c', add(column, o));
              const place = k.let('at', placeOf(image, channel));
              return { place, count, apply: (value: Expression) => apply(value, image, channel, count) };
            });
            applyInPlace(k, v, arena, parts);
          });
        });
      matrixProduct(k, v, {
        depth: input.channels,
        columns: output.channels,
        fewRows: true,
        a: arena,
        aBase: x,
        rowStride: input.imageStride,
        weights: halves,
        wBase: w,
        ...(bias ? { bias, biases: weights } : {}),
        rows: images,
        readsOnce: v.lanes > 1 && input.channels * output.channels >= manyWeights,
        parallel: target.threads,
        result: arena,
        placeOf,
        ...(heavy ? { finish: applyAfterwards } : { apply }),
      });
    },
  );
}
