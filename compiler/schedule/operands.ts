// Operands of elementwise kernels and copies.

import type { ValueId } from '../ir/graph.ts';
import { typeOf } from '../ir/signature.ts';
import { sameShape } from '../ir/tensor-type.ts';
import type { CallArgument } from '../program/program.ts';
import type { ElementwiseOperand } from '../templates/elementwise.ts';
import { argumentOf, constant } from './bare-call.ts';
import { arenaOperand } from './choose-copy.ts';
import { extentsOf } from './extents.ts';
import type { Site } from './site.ts';

/** An operand of an elementwise kernel: a map (repeated where its extent is 1), or packed parameters. */
export function elementwiseOperand(
  site: Site,
  value: ValueId,
): { readonly operand: ElementwiseOperand; readonly argument: CallArgument } {
  const { graph, group, packer, stages } = site;
  const type = typeOf(graph, value);
  if (stages.get(value) === 'run') {
    const place = site.placeOf(value);
    const { channels, height, width, pixelStride } = place.slice;
    const strides = [height === 1 ? 0 : width * pixelStride, width === 1 ? 0 : pixelStride, channels === 1 ? 0 : 1];
    return { operand: arenaOperand(place.slice, strides), argument: argumentOf(place) };
  }
  const perChannel = type.shape.length === 1 && !sameShape(type.shape, typeOf(graph, group.results[0]!).shape);
  const { channels, height, width } = perChannel
    ? { channels: type.shape[0]!, height: 1, width: 1 }
    : extentsOf(type.shape);
  const offset = packer.strided(value, [
    { count: height, stride: width },
    { count: width, stride: 1 },
    { count: channels, stride: height * width },
  ]);
  const strides = [height === 1 ? 0 : width * channels, width === 1 ? 0 : channels, channels === 1 ? 0 : 1];
  return { operand: { memory: 'weights', type: 'f32', strides, imageStride: 0 }, argument: constant(offset) };
}
