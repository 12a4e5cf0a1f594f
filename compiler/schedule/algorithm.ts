// Which algorithm computes a convolution: chosen from its geometry alone, so that results are the same everywhere.

import type { Graph, Node } from '../ir/graph.ts';
import type { OperatorTable } from '../ir/operator.ts';
import { dataTypes, operatorOf, typeOf } from '../ir/signature.ts';
import { winogradCost } from '../templates/winograd.ts';
import { extentsOf } from './place.ts';

/** Winograd's algorithm is used where it saves at least this much by count; it moves more memory than the direct one. */
const mostCost = 0.75;

/** Channels below which the transforms, which are not blocked, take longer than what they save. */
const leastChannels = 16;

/** True for 3×3 convolutions of stride 1 with enough channels and pixels. */
export function suitsWinograd(graph: Graph, node: Node, operators: OperatorTable): boolean {
  if (node.op !== 'conv' || node.attributes['groups'] !== 1) return false;
  const operator = operatorOf(operators, node.op);
  const types = dataTypes(graph, node, operator);
  const { kernel, stride, dilation } = operator.window!(node.attributes, types);
  const square = kernel.every((extent) => extent === 3);
  if (!square || [...stride, ...dilation].some((value) => value !== 1)) return false;
  const flat = (shape: readonly number[]) => {
    const { channels, height, width } = extentsOf(shape);
    return { channels, height, width, pixelStride: channels, imageStride: channels * height * width };
  };
  const [input, map] = [flat(types[0]!.shape), flat(typeOf(graph, node.results[0]!).shape)];
  return Math.min(input.channels, map.channels) >= leastChannels && winogradCost({ input, map }) <= mostCost;
}
