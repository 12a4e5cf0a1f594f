// One of Winograd's kernels in the making: where its memories hold what, and where its tiles lie.

import type { BlockBuilder } from '../kernel/builder.ts';
import { add, div, i32, mul, rem, sub } from '../kernel/builder.ts';
import type { Expression, Memory } from '../kernel/ir.ts';
import type { ApplyEpilogue, Epilogue } from './epilogue.ts';
import type { Slice } from './geometry.ts';
import type { Image } from './map-kernel.ts';
import type { Numbers } from './numbers.ts';
import type { Target } from './target.ts';
import { sharesTiles } from './target.ts';
import { positionLength } from './winograd-filter.ts';
import type { TiledAxis, WinogradGeometry } from './winograd-geometry.ts';
import {
  blockTiles,
  phaseChannels,
  positionStride,
  positionsOf,
  tiledAxes,
  winogradWorkspace,
} from './winograd-geometry.ts';
import type { PatchContext } from './winograd-patch.ts';
import { areaOf, patchSides, resultSides } from './winograd-transforms.ts';

export interface WinogradSpec extends WinogradGeometry {
  readonly output: Slice;
  /** Top and left. */
  readonly padding: readonly [number, number];
  readonly bias: boolean;
  /** Without combined values where the map is pooled: tiles may reach beyond it. */
  readonly epilogue: Epilogue;
  /** Pools windows of 2×2 with stride 2, which lie within the tiles. */
  readonly pool?: 'max' | 'avg';
  /** Of a maximum: whether all numbers that are pooled are +0 or more; NaN may be among them. */
  readonly positive?: boolean;
  /** After pooling. */
  readonly then: Epilogue;
}

export interface WinogradRun {
  readonly k: BlockBuilder;
  readonly v: Numbers;
  readonly spec: WinogradSpec;
  readonly layout: Layout;
  readonly arena: Memory;
  readonly weights: Memory;
  /** The transformed tiles of a block, their products and their states. */
  readonly work: Memory;
  /** A thread's own, for one tile. */
  readonly own: Memory;
  /** Index of the filters, transformed and packed as for `conv`. */
  readonly filters: Expression;
  readonly direct: Expression;
  readonly bias: Expression | undefined;
  readonly epilogue: ApplyEpilogue;
  readonly then: ApplyEpilogue;
  /** The largest magnitude of pixels with which no sum overflows. */
  readonly safe: Expression;
}

interface Layout {
  /** Tiles of a block. */
  readonly block: number;
  /** Elements of a position's filters. */
  readonly packed: number;
  /** Elements of `work` from one position of the tiles to the next, and of their products. */
  readonly tileStride: number;
  readonly productStride: number;
  /** Indices in `work`; the tiles come first. */
  readonly products: number;
  readonly states: number;
  /** Indices in `own`. */
  readonly patch: number;
  readonly results: number;
  readonly peaks: Expression;
}

/** What lies where. Numbers one at a time have their own memory behind the working memory. */
export function layoutOf(spec: WinogradSpec, v: Numbers, target: Target): Layout {
  const positions = positionsOf(spec);
  const [depth, columns] = [phaseChannels(spec), spec.map.channels];
  const block = blockTiles(spec, target);
  const [tileStride, productStride] = [positionStride(block, depth, target), positionStride(block, columns, target)];
  const products = positions * tileStride;
  const patch = sharesTiles(target) ? 0 : winogradWorkspace(spec, target);
  const results = patch + areaOf(patchSides(spec)) * spec.input.channels;
  return {
    block,
    packed: positionLength(depth, columns, v.block.panel, v.lanes),
    tileStride,
    productStride,
    products,
    states: products + positions * productStride,
    patch,
    results,
    peaks: i32(results + areaOf(resultSides(spec.form)) * columns),
  };
}

/** Row and column of a tile's first result. */
export function originOf(spec: WinogradSpec, at: Expression): readonly [Expression, Expression] {
  const { form, dilation = [1, 1] } = spec;
  const [down, across] = tiledAxes(spec);
  const width = across.rests * across.tiles;
  const first = (place: Expression, { rests }: TiledAxis, results: number, step: number): Expression =>
    rests === 1 ? mul(place, results) : add(mul(div(place, rests), results * step), rem(place, rests));
  return [
    first(div(at, width), down, form.down.results, dilation[0]),
    first(rem(at, width), across, form.across.results, dilation[1]),
  ];
}

/** The pixels that a tile sees, and where they are copied to. */
export function patchOf({ k, spec, layout, arena, own }: WinogradRun, { source }: Image, at: Expression): PatchContext {
  const [row, column] = originOf(spec, at);
  const top = k.let('top', sub(mul(row, spec.stride), spec.padding[0]));
  const left = k.let('left', sub(mul(column, spec.stride), spec.padding[1]));
  return { arena, own, patch: layout.patch, source, top, left };
}
