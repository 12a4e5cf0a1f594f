// How Winograd's algorithm cuts a map into tiles and blocks of tiles, and the memory that it takes.

import type { Slice } from './geometry.ts';
import { registerBlock } from './register-block.ts';
import type { Target } from './target.ts';
import { sharesTiles } from './target.ts';
import { spreadLength } from './winograd-filter.ts';
import type { Phased, Sides } from './winograd-transforms.ts';
import { areaOf, patchSides, resultSides, tileSides } from './winograd-transforms.ts';

export interface WinogradGeometry extends Phased {
  readonly input: Slice;
  /** Size of the convolved map; the result is smaller when it is pooled. */
  readonly map: Pick<Slice, 'channels' | 'height' | 'width'>;
  /** Rows and columns from one pixel of a tile, and from one of its results, to the next; 1 unless given, and with a stride. */
  readonly dilation?: Sides;
}

/** Tiles along an axis: those of each rest of its places when divided by the dilation, which lie between one another. */
export interface TiledAxis {
  readonly rests: number;
  /** Of each rest. */
  readonly tiles: number;
}

/** How an axis of `extent` places is cut into tiles of so many results. */
export const tiledAxis = (extent: number, results: number, dilation = 1): TiledAxis => ({
  rests: Math.min(dilation, extent),
  tiles: Math.ceil(Math.ceil(extent / dilation) / results),
});

/** Both axes of the convolved map. */
export const tiledAxes = ({
  form,
  map,
  dilation,
}: Pick<WinogradGeometry, 'form' | 'map' | 'dilation'>): readonly [TiledAxis, TiledAxis] => [
  tiledAxis(map.height, form.down.results, dilation?.[0]),
  tiledAxis(map.width, form.across.results, dilation?.[1]),
];

/** Tiles that cover the convolved map. */
export const tilesOf = (geometry: Pick<WinogradGeometry, 'form' | 'map' | 'dilation'>): number =>
  tiledAxes(geometry).reduce((product, { rests, tiles }) => product * rests * tiles, 1);

/** Channels of all phases. */
export const phaseChannels = ({ input, stride }: Pick<WinogradGeometry, 'input' | 'stride'>): number =>
  input.channels * stride ** 2;

/** Positions of a tile, each of which is a matrix product over the channels. */
export const positionsOf = ({ form }: Pick<WinogradGeometry, 'form'>): number => areaOf(tileSides(form));

/** Scratch elements a block of tiles may take, to stay in cache, and how many tiles it has at least and at most. */
interface BlockLimits {
  readonly elements: number;
  readonly least: number;
  readonly most: number;
}

/**
 * Each block reads all filters: those of many channels from so far that blocks have to be large, while others are as near as the tiles, which
 * a core's own cache then holds.
 */
function blockLimits(geometry: WinogradGeometry, { lanes }: Target): BlockLimits {
  if (lanes === 1) return { elements: 16_384, least: 6, most: 48 };
  if (phaseChannels(geometry) * geometry.map.channels > nearFilters)
    return { elements: 1_048_576, least: 60, most: 120 };
  return { elements: 131_072, least: positionsOf(geometry) < 64 ? 24 : 12, most: 120 };
}

/** Filters of a position, one for each pair of channels, up to which they are near. */
const nearFilters = 192 ** 2;

/** Tiles per block: a multiple of the register block's rows where there are several blocks. */
export function blockTiles(geometry: WinogradGeometry, target: Target): number {
  const tiles = tilesOf(geometry);
  const { elements, least, most: limit } = blockLimits(geometry, target);
  const { rows } = registerBlock(target);
  const fit = Math.floor(elements / (positionsOf(geometry) * (phaseChannels(geometry) + geometry.map.channels)));
  const most = Math.min(Math.max(fit, least), limit);
  const blocks = Math.ceil(tiles / most);
  return blocks === 1 ? tiles : Math.ceil(tiles / blocks / rows) * rows;
}

/** Elements from one position of a block's tiles to the next. */
export const positionStride = (tiles: number, channels: number, { lanes }: Target): number =>
  spreadLength(tiles * channels, lanes);

/** Elements of working memory: the transformed tiles, their products, what their numbers are like. On vectors threads share it. */
export function winogradWorkspace(geometry: WinogradGeometry, target: Target): number {
  const tiles = blockTiles(geometry, target);
  const stride = (channels: number): number => positionStride(tiles, channels, target);
  return positionsOf(geometry) * (stride(phaseChannels(geometry)) + stride(geometry.map.channels)) + tiles;
}

/** Elements of a thread's own scratch memory, for one tile: its pixels between zeros, its results, its pixels' magnitudes. */
export function winogradScratch(geometry: WinogradGeometry): number {
  const { form, input, map } = geometry;
  const pixels = areaOf(patchSides(geometry));
  return pixels * input.channels + areaOf(resultSides(form)) * map.channels + pixels;
}

/** Both, as the memory of a call: working memory that threads do not share lies before their own. */
export function winogradMemory(
  geometry: WinogradGeometry,
  target: Target,
): { readonly shared?: number; readonly scratch: number } {
  const [work, own] = [winogradWorkspace(geometry, target), winogradScratch(geometry)];
  return sharesTiles(target) ? { shared: work, scratch: own } : { scratch: work + own };
}
