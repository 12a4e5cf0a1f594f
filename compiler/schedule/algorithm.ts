// Which algorithm computes a convolution: from its geometry alone, so that results are the same everywhere, by a model of what
// each costs; or as measured on a machine by `cnnc tune`.

import type { Attributes, Graph, Node } from '../ir/graph.ts';
import type { Operator, OperatorTable } from '../ir/operator.ts';
import { dataTypes, operatorOf, typeOf } from '../ir/signature.ts';
import type { TensorType } from '../ir/tensor-type.ts';
import { lanesArePixels } from '../templates/conv-pixels.ts';
import { registerBlock, rowBlocks } from '../templates/register-block.ts';
import type { Target } from '../templates/target.ts';
import { tilesOf } from '../templates/winograd-geometry.ts';
import type { Filtering, Line, Sides } from '../templates/winograd-transforms.ts';
import { areaOf, mostResults, plainLine, square, tileSides } from '../templates/winograd-transforms.ts';
import type { Extents } from './extents.ts';
import { extentsOf } from './extents.ts';

export type Algorithm =
  /** A matrix product of gathered windows; of a 1×1 convolution, of the map itself. */
  | { readonly name: 'gather' }
  /** A matrix product that reads windows where they lie. */
  | { readonly name: 'direct' }
  | { readonly name: WinogradName; readonly form: Filtering };

/** With the most results of a tile along an axis. */
type WinogradName = 'winograd2' | 'winograd4' | 'winograd5';

export type AlgorithmName = Algorithm['name'];

/** The plain one first, as in the lists of candidates. */
export const algorithmNames = [
  'gather',
  'direct',
  'winograd2',
  'winograd4',
  'winograd5',
] as const satisfies readonly AlgorithmName[];

/** Geometry of a convolution → what `cnnc tune` found fastest. */
export type Choices = ReadonlyMap<string, AlgorithmName>;

export interface AlgorithmOptions {
  readonly target: Target;
  readonly winograd: boolean;
  readonly choices?: Choices;
}

/** What the choice depends on, without the batch. */
interface Geometry {
  readonly input: Extents;
  readonly map: Extents;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly padding: readonly number[];
  readonly groups: number;
}

/** Whether it is a convolution, or the gradient of one that is a convolution by itself. */
export function slidesFilters(operator: Operator, attributes: Attributes, types: readonly TensorType[]): boolean {
  if (operator.lowering?.kind === 'convolution') return true;
  if (operator.lowering?.kind !== 'convolution-input-gradient') return false;
  const { stride, padding } = operator.window!(attributes, types);
  return stride.every((step) => step === 1) && padding.every((count) => count >= 0);
}

function geometryOf(graph: Graph, node: Node, operators: OperatorTable): Geometry | undefined {
  const operator = operatorOf(operators, node.op);
  const types = dataTypes(graph, node, operator);
  if (!slidesFilters(operator, node.attributes, types)) return undefined;
  const { kernel, stride, dilation, padding } = operator.window!(node.attributes, types);
  const groups = operator.groups!(node.attributes, types);
  const [input, map] = [types[0]!.shape, typeOf(graph, node.results[0]!).shape].map(extentsOf) as [Extents, Extents];
  return { input, map, kernel, stride, dilation, padding, groups };
}

/** The name under which a choice is kept: `conv 3x3 /1x1 dilated 1x1 padded 1,1,1,1 64x56x56 to 128`; undefined for other operators. */
export function convolutionName(graph: Graph, node: Node, operators: OperatorTable): string | undefined {
  const geometry = geometryOf(graph, node, operators);
  if (!geometry) return undefined;
  const { input, map, kernel, stride, dilation, padding, groups } = geometry;
  const size = `${input.channels}x${input.height}x${input.width}`;
  const parts = groups === 1 ? '' : ` in ${groups} groups`;
  return `conv ${kernel.join('x')} /${stride.join('x')} dilated ${dilation.join('x')} padded ${padding.join(',')} ${size} to ${map.channels}${parts}`;
}

/** All that could compute a convolution, the plain one first; empty for other operators, and for groups that have one algorithm only. */
export function algorithmsFor(
  graph: Graph,
  node: Node,
  operators: OperatorTable,
  { target, winograd }: AlgorithmOptions,
): readonly Algorithm[] {
  const geometry = geometryOf(graph, node, operators);
  if (!geometry) return [];
  const { kernel, stride, dilation, input, map, groups } = ofOneGroup(geometry);
  const area = kernel[0] * kernel[1];
  const mayTransform = winograd && (stride[0] * stride[1] === 1 || dilation[0] * dilation[1] === 1);
  const forms = mayTransform ? formsFor(kernel, stride, target) : [];
  const channels = Math.min(input.channels * stride[0] ** 2, map.channels);
  const least = groups > 1 ? leastChannelsOfGroup : stride[0] > 1 ? leastPhaseChannels : leastChannels;
  const transformed =
    channels < least
      ? []
      : forms.map((form): Algorithm => ({ name: `winograd${mostResults(form)}` as WinogradName, form }));
  if (groups > 1) return transformed.length > 0 ? [{ name: 'gather' }, ...transformed] : [];
  const isDirect = target.lanes > 1 && area > 1 && dilation[1] === 1;
  return [{ name: 'gather' }, ...(isDirect ? [{ name: 'direct' } as const] : []), ...transformed];
}

/** Each group is a convolution by itself, of its share of the channels. */
function ofOneGroup({ input, map, ...rest }: Geometry): Geometry {
  const share = (extents: Extents): Extents => ({ ...extents, channels: extents.channels / rest.groups });
  return { ...rest, input: share(input), map: share(map) };
}

/** Squares are transformed along both axes, filters of one row or column along that, other rectangles not at all. */
function formsFor(kernel: Sides, stride: Sides, target: Target): readonly Filtering[] {
  const [rows, columns] = kernel;
  const isSquare = rows === columns && stride[0] === stride[1];
  const isLine = Math.min(rows, columns) === 1 && stride.every((step) => step === 1);
  if (!isSquare && !isLine) return [];
  const taps = Math.ceil(Math.max(rows, columns) / stride[0]);
  const lines = (isSquare ? squareLines : singleLines).filter(
    ({ filter, lanes, only = target.parallel }) =>
      filter === taps && lanes.includes(target.lanes) && only === target.parallel,
  );
  return lines.map(({ results, filter }) => {
    const line = { results, filter };
    if (isSquare) return square(line);
    return rows === 1 ? { down: plainLine, across: line } : { down: line, across: plainLine };
  });
}

interface WinogradLine extends Line {
  readonly lanes: readonly number[];
  /** What it is for where not for all: rounding adds up forward and backward, so that a step of a training has the more exact one. */
  readonly only?: Target['parallel'];
}

const squareLines: readonly WinogradLine[] = [
  { results: 2, filter: 3, lanes: [1, 4] },
  { results: 4, filter: 3, lanes: [4] },
  { results: 5, filter: 3, lanes: [4], only: 'tiles' },
  { results: 4, filter: 4, lanes: [4], only: 'tiles' },
  { results: 2, filter: 5, lanes: [4], only: 'images' },
  { results: 4, filter: 5, lanes: [4], only: 'tiles' },
  { results: 2, filter: 7, lanes: [4], only: 'tiles' },
];

const singleLines: readonly WinogradLine[] = [
  { results: 4, filter: 3, lanes: [4], only: 'tiles' },
  { results: 4, filter: 5, lanes: [4], only: 'tiles' },
  { results: 4, filter: 7, lanes: [4], only: 'tiles' },
];

/** Channels below which the transforms, which are not blocked, take longer than what they save. */
const leastChannels = 16;
/** The same of a convolution with a stride, all of whose phases' channels count: of a picture's three, 12 with a stride of 2. */
const leastPhaseChannels = 12;
/** The same of a group: each group is a call of its own, and AlexNet's gain by it, with 48, where ResNeXt's, with 16 and 32, lose. */
const leastChannelsOfGroup = 48;

/** The algorithm that is used; undefined for other operators than convolutions. */
export function chooseAlgorithm(
  graph: Graph,
  node: Node,
  operators: OperatorTable,
  options: AlgorithmOptions,
): Algorithm | undefined {
  const geometry = geometryOf(graph, node, operators);
  if (!geometry) return undefined;
  const candidates = algorithmsFor(graph, node, operators, options);
  const [plain] = candidates;
  if (!plain) return { name: 'gather' };
  const wanted = options.choices?.get(convolutionName(graph, node, operators)!);
  const measured = candidates.find(({ name }) => name === wanted);
  if (measured) return measured;
  const group = ofOneGroup(geometry);
  const cost = (algorithm: Algorithm): number => costOf(algorithm, group, options.target);
  const best = candidates.reduce((a, b) =>
    cost(b) < (b.name === 'winograd5' ? leastGainOfTiles : 1) * cost(a) ? b : a,
  );
  return 'form' in best && cost(best) > leastGain * cost(plain) ? plain : best;
}

/** Winograd's algorithm, which is less exact, is used where it needs at most this part of the plain one's time. */
export const leastGain = 0.75;

/** The same of tiles of 5×5 results, which cover maps of 9 or 10, 13 to 15, 25 or 30 pixels a side better, beside the more exact ones. */
const leastGainOfTiles = 0.92;

/**
 * Whether the gradient of a convolution by its input is computed from the products of ∂loss/∂y with all taps, added where they meet:
 * in a step on vectors, where the products stay in cache and it takes clearly less time than the algorithm of the convolution with the
 * turned filters.
 */
export function addsProducts(
  graph: Graph,
  node: Node,
  operators: OperatorTable,
  { algorithm, target }: { readonly algorithm: Algorithm | undefined; readonly target: Target },
): boolean {
  const geometry = geometryOf(graph, node, operators);
  if (!geometry || !algorithm || target.lanes === 1 || target.parallel !== 'images') return false;
  const { input, map, kernel, groups, dilation } = geometry;
  if (groups !== 1 || dilation.some((distance) => distance !== 1)) return false;
  const pixels = input.height * input.width;
  const products = pixels * kernel[0] * kernel[1] * map.channels;
  if (products > mostProducts) return false;
  const arithmetic = kernel[0] * kernel[1] * product(pixels, input.channels, map.channels, target);
  const weights = weightsCost(kernel[0] * kernel[1] * input.channels * map.channels, target);
  const cost = together(arithmetic, weights) + gatherCost[target.lanes] * products;
  return cost <= leastGain * costOf(algorithm, geometry, target);
}

/** Products of pixels and taps that stay in a cache of 256 KiB. */
const mostProducts = 2 ** 16;

/** In multiply–adds at the speed of full register blocks. */
function costOf(algorithm: Algorithm, geometry: Geometry, target: Target): number {
  const { lanes } = target;
  const { input, map, kernel } = geometry;
  const depth = kernel[0] * kernel[1] * input.channels;
  const pixels = map.height * map.width;
  switch (algorithm.name) {
    case 'gather':
      return (
        together(product(pixels, depth, map.channels, target), weightsCost(depth * map.channels, target)) +
        gatherCost[lanes] * pixels * depth
      );
    case 'direct': {
      const [across, columns] = lanesArePixels(geometry, input, map, target)
        ? [map.channels, map.width]
        : [map.width, map.channels];
      const rows = map.height * product(across, depth, columns, target);
      const copied = input.height * input.width * input.channels;
      return together(rows, weightsCost(depth * map.channels, target)) + gatherCost[lanes] * copied;
    }
    case 'winograd2':
    case 'winograd4':
    case 'winograd5': {
      const { form } = algorithm;
      const depth = input.channels * geometry.stride[0] ** 2;
      const positions = areaOf(tileSides(form));
      const tiles = tilesOf({ form, map, dilation: geometry.dilation });
      const { input: before, output: after } = transformCost[lanes];
      const products = positions * product(tiles, depth, map.channels, target);
      const transforms = tiles * positions * transformFactor(form) * (before * depth + after * map.channels);
      return together(products, weightsCost(positions * depth * map.channels, target)) + transforms;
    }
    default:
      return algorithm satisfies never;
  }
}

/** rows × depth × columns, with what blocks that are not full waste. */
function product(rows: number, depth: number, columns: number, target: Target): number {
  const { rows: full, blockCost } = registerBlock(target);
  const { lanes } = target;
  if (lanes === 1) return Math.ceil(rows / full) * full * depth * columns;
  const blocks = rowBlocks(rows, full, lanes).reduce(
    (total, { count, height }) => total + count * blockCost[height]!,
    0,
  );
  return blocks * depth * Math.ceil(columns / costWidth) * costWidth;
}

/** Columns that `blockCost` was measured with; other blocks change no choice, and so no bits. */
const costWidth = 8;

/**
 * What it costs, in multiply–adds, that on vectors the weights of a layer stream once per image from a farther cache, or from memory where
 * they are more than a core's own cache holds.
 */
const weightsCost = (count: number, { lanes }: Target): number =>
  lanes === 1 ? 0 : count * (count < farWeights ? 6 : 8.5);

/** Weights of f32 in 2 MiB. */
const farWeights = 2 ** 19;

/** How much of the smaller of the two, memory and arithmetic, does not overlap. */
const overlapLoss = 0.3;

const together = (arithmetic: number, memory: number): number =>
  Math.max(arithmetic, memory) + overlapLoss * Math.min(arithmetic, memory);

/** Multiply–adds that copying an element between a map and a matrix takes. */
const gatherCost = { 1: 1, 4: 2 } as const;

/** Multiply–adds of a transform per channel and position of a tile, as its additions, loads and stores take time. */
const transformCost = { 1: { input: 3, output: 2.5 }, 4: { input: 5, output: 3.5 } } as const;

/**
 * How many times that: where not every point but 0 and infinity has its opposite, whose sums are the same but for signs; and along one
 * axis, where a position has fewer results and taps to pay for its loads and stores, as measured on 16 to 64 channels.
 */
function transformFactor(form: Filtering): number {
  const sides = tileSides(form);
  return sides.includes(7) ? 2 : sides.includes(1) ? 1.5 : 1;
}
