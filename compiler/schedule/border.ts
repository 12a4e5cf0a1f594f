// Copies at the border of a module: between the caller's arrays and the arena.

import { areTokens } from '../ir/tensor-type.ts';
import type { TensorType } from '../ir/tensor-type.ts';
import type { ElementwiseOperand } from '../templates/elementwise.ts';
import { elementwise } from '../templates/elementwise.ts';
import { arenaOperand } from './choose-copy.ts';
import type { Place } from './place.ts';
import type { BareCall } from './bare-call.ts';
import type { ScheduleContext } from './site.ts';
import { argumentOf, sliceRef } from './bare-call.ts';

/** Copies between the caller's array (row-major: NCHW, or tokens) and the arena (channels last). */
export function borderCopy(
  kind: 'input' | 'output',
  index: number,
  place: Place,
  type: TensorType,
  { kernels, target }: Pick<ScheduleContext, 'kernels' | 'target'>,
): BareCall {
  const { slice } = place;
  const { channels, height, width } = slice;
  const area = height * width;
  const size = channels * area;
  const outer: ElementwiseOperand = {
    memory: kind,
    type: 'f32',
    strides: areTokens(type) ? [channels, 1] : [1, area],
    imageStride: slice.imageStride === 0 ? 0 : size,
  };
  const inner = arenaOperand(slice, [slice.pixelStride, 1]);
  const spec = {
    extents: [area, channels],
    operands: [kind === 'input' ? outer : inner],
    result: kind === 'input' ? inner : outer,
    combination: { kind: 'copy' },
    then: [],
    batched: true,
  } as const;
  const chunk = { kind: 'chunk', size } as const;
  const touched = [sliceRef(place)];
  return {
    kernel: kernels.use(`${kind}_${channels}x${height}x${width}`, spec, elementwise, target),
    memories: new Map([
      [kind, { kind, index }],
      ['arena', { kind: 'section', name: 'arena' }],
    ]),
    arguments: [...(kind === 'input' ? [chunk, argumentOf(place)] : [argumentOf(place), chunk]), { kind: 'images' }],
    reads: kind === 'input' ? [] : touched,
    writes: kind === 'input' ? touched : [],
    scratch: 0,
    shared: 0,
  };
}
