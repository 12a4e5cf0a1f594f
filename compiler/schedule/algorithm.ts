// Which algorithm computes a convolution: chosen from its geometry alone, so that results are the same everywhere.

import type { Graph, Node } from '../ir/graph.ts';
import type { OperatorTable } from '../ir/operator.ts';
import { dataTypes, operatorOf, typeOf } from '../ir/signature.ts';
import type { Target } from '../templates/geometry.ts';
import { registerBlock } from '../templates/matmul.ts';
import type { Filtering } from '../templates/winograd-transforms.ts';
import { tileSide } from '../templates/winograd-transforms.ts';
import type { WinogradGeometry } from '../templates/winograd.ts';
import { tilesOf } from '../templates/winograd.ts';
import { extentsOf } from './place.ts';

/** Forms that are worth trying: in f64 the exact one, on vectors also those with larger tiles. */
const forms: Readonly<Record<1 | 4, readonly Filtering[]>> = {
  1: [{ results: 2, filter: 3 }],
  4: [
    { results: 2, filter: 3 },
    { results: 4, filter: 3 },
    { results: 2, filter: 5 },
  ],
};

/** Winograd's algorithm is used where it needs at most this part of the direct one's time by count. */
const mostCost = 0.75;

/** Channels below which the transforms, which are not blocked, take longer than what they save. */
const leastChannels = 16;

/** The form of Winograd's algorithm for a convolution of stride 1 with enough channels and pixels; undefined for others. */
export function winogradForm(
  graph: Graph,
  node: Node,
  operators: OperatorTable,
  target: Target,
): Filtering | undefined {
  if (node.op !== 'conv' || node.attributes['groups'] !== 1) return undefined;
  const operator = operatorOf(operators, node.op);
  const types = dataTypes(graph, node, operator);
  const { kernel, stride, dilation } = operator.window!(node.attributes, types);
  if (kernel[0] !== kernel[1] || [...stride, ...dilation].some((value) => value !== 1)) return undefined;
  const flat = (shape: readonly number[]) => {
    const { channels, height, width } = extentsOf(shape);
    return { channels, height, width, pixelStride: channels, imageStride: channels * height * width };
  };
  const [input, map] = [flat(types[0]!.shape), flat(typeOf(graph, node.results[0]!).shape)];
  if (Math.min(input.channels, map.channels) < leastChannels) return undefined;
  const cost = (form: Filtering): number =>
    winogradCost({ form, input, map }, target) / directCost({ form, input, map }, target);
  const fitting = forms[target.lanes].filter(({ filter }) => filter === kernel[0]);
  const best = fitting.toSorted((a, b) => cost(a) - cost(b))[0];
  return best && cost(best) <= mostCost ? best : undefined;
}

/**
 * On vectors the weights of a layer stream from memory once per image: what that costs per weight, in multiply–adds, and how
 * much of the smaller of the two, memory and arithmetic, does not overlap.
 */
const weightCost = { 1: 0, 4: 6 } as const;
const overlapLoss = 0.3;

const together = (arithmetic: number, memory: number): number =>
  Math.max(arithmetic, memory) + overlapLoss * Math.min(arithmetic, memory);

/** Multiply–adds of a transform per channel and position of a tile, as its additions, loads and stores take time. */
const transformCost = { 1: { input: 3, output: 2.5 }, 4: { input: 5, output: 3.5 } } as const;

/** In multiply–adds, products plus transforms. What tiles that reach beyond the map waste is counted. */
function winogradCost(geometry: WinogradGeometry, { lanes }: Target): number {
  const { form, input, map } = geometry;
  const positions = tileSide(form) ** 2;
  const tiles = tilesOf(geometry);
  const rows =
    lanes === 1 ? Math.ceil(tiles / registerBlock(lanes).rows) * registerBlock(lanes).rows : Math.max(tiles, 4);
  const { input: before, output: after } = transformCost[lanes];
  const products = rows * positions * input.channels * map.channels;
  const transforms = tiles * positions * (before * input.channels + after * map.channels);
  const weights = weightCost[lanes] * positions * input.channels * map.channels;
  return together(products, weights) + transforms;
}

function directCost({ form, input, map }: WinogradGeometry, { lanes }: Target): number {
  const filters = form.filter ** 2 * input.channels * map.channels;
  return together(map.height * map.width * filters, weightCost[lanes] * filters);
}
