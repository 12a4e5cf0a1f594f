// Kernel calls that copy from one box of a map to another.

import type { CallArgument, SliceRef } from '../program/program.ts';
import type { ElementwiseOperand, ElementwiseSpec } from '../templates/elementwise.ts';
import { elementwise } from '../templates/elementwise.ts';
import type { BareCall } from './bare-call.ts';
import { bindMemories } from './bare-call.ts';
import type { Region } from './region.ts';
import { regionRef } from './region.ts';
import type { ScheduleContext } from './site.ts';

/** A copy from one region to another of the same extents. */
export function copyRegion(site: Pick<ScheduleContext, 'kernels' | 'target'>, from: Region, to: Region): BareCall {
  const { buffer, within } = from;
  const operand = operandOf(from);
  return fillRegion(site, { operand, argument: { kind: 'slice', buffer, within } }, to, [regionRef(from)]);
}

/** A copy to a region from weights, or from `reads`. */
export function fillRegion(
  { kernels, target }: Pick<ScheduleContext, 'kernels' | 'target'>,
  { operand, argument }: { readonly operand: ElementwiseOperand; readonly argument: CallArgument },
  to: Region,
  reads: readonly SliceRef[] = [],
): BareCall {
  const { channels, height, width, buffer, within } = to;
  const spec: ElementwiseSpec = {
    extents: [height, width, channels],
    operands: [operand],
    result: operandOf(to),
    combination: { kind: 'copy' },
    then: [],
    batched: true,
  };
  const kernel = kernels.use(`copy_${channels}x${height}x${width}`, spec, elementwise, target);
  return {
    kernel,
    memories: bindMemories(kernels.get(kernel)),
    arguments: [argument, { kind: 'slice', buffer, within }, { kind: 'images' }],
    reads,
    writes: [regionRef(to)],
    scratch: 0,
    shared: 0,
  };
}

function operandOf({ rowStride, pixelStride, channelStride, imageStride }: Region): ElementwiseOperand {
  return { memory: 'arena', type: 'f32', strides: [rowStride, pixelStride, channelStride], imageStride };
}
