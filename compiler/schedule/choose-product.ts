// Kernel calls of products of values that flow, and of images with their axes in another order.

import type { ValueId } from '../ir/graph.ts';
import type { HeadProduct } from '../ir/lowering.ts';
import { typeOf } from '../ir/signature.ts';
import { numberOf } from '../ops/attributes.ts';
import type { CallArgument, SliceRef } from '../program/program.ts';
import type { Heads, HeadProductSpec } from '../templates/head-product.ts';
import { headProduct, headProductScratch } from '../templates/head-product.ts';
import type { Slice } from '../templates/geometry.ts';
import type { BareCall } from './bare-call.ts';
import { argumentOf, bindMemories, constant, sliceRef } from './bare-call.ts';
import { copyPermuted } from './copies.ts';
import { extentsOf } from './extents.ts';
import { wholeRegion } from './region.ts';
import type { Site } from './site.ts';

/** The products of queries, keys, values and scores; see `HeadProduct`. */
export function headProductCall(site: Site, product: HeadProduct): BareCall {
  const { anchor, attributes, data, kernels, target, destination, output } = site;
  const heads = numberOf(attributes, 'heads');
  const [left, right] = data.map((value) => operandOf(site, value)) as [Operand, Operand];
  const isScores = product === 'scores';
  const [first, second] = [isScores ? parts(left, heads) : rowsOf(left), parts(right, heads)];
  const spec: HeadProductSpec = {
    heads,
    rows: isScores || product === 'mixture' ? left.slice.width : left.slice.channels,
    depth: isScores ? left.slice.channels / heads : product === 'mixture' ? left.slice.channels : left.slice.width,
    columns: isScores ? right.slice.width : right.slice.channels / heads,
    left: product === 'spread' ? turned(first) : first,
    right: isScores ? turned(second) : second,
    result: isScores ? rowsOf({ memory: 'arena', slice: output }) : parts({ memory: 'arena', slice: output }, heads),
    factor: numberOf(attributes, 'factor'),
  };
  const base = `${anchor.op}_${heads}x${spec.rows}x${spec.depth}x${spec.columns}`;
  const kernel = kernels.use(base, spec, headProduct, target);
  return {
    kernel,
    memories: bindMemories(kernels.get(kernel)),
    arguments: [left.argument, right.argument, argumentOf(destination), { kind: 'images' }],
    reads: [...left.reads, ...right.reads],
    writes: [sliceRef(destination)],
    scratch: headProductScratch(spec, target),
    shared: 0,
  };
}

/** Where an operand of a kernel lies. */
export interface Operand extends Pick<Heads, 'memory'> {
  readonly slice: Slice;
  readonly argument: CallArgument;
  readonly reads: readonly SliceRef[];
}

/** A value in the arena, or one that is known when a module loads, packed channels last. */
export function operandOf(site: Site, value: ValueId): Operand {
  const { graph, packer, stages } = site;
  if (stages.get(value) === 'run') {
    const place = site.placeOf(value);
    return { memory: 'arena', slice: place.slice, argument: argumentOf(place), reads: [sliceRef(place)] };
  }
  const { channels, height, width } = extentsOf(typeOf(graph, value).shape);
  const offset = packer.strided(value, [
    { count: height * width, stride: 1 },
    { count: channels, stride: height * width },
  ]);
  const slice = { channels, height, width, pixelStride: channels, imageStride: 0 };
  return { memory: 'weights', slice, argument: constant(offset), reads: [] };
}

/** [D,1,L]: a token is a row of the matrix of a head, which has its part of the channels. */
function parts({ memory, slice }: Pick<Operand, 'memory' | 'slice'>, heads: number): Heads {
  const { channels, pixelStride, imageStride } = slice;
  return { memory, headStride: channels / heads, rowStride: pixelStride, columnStride: 1, imageStride };
}

/** [K,H,Q]: a query is a row of the matrix of a head, which is a row of the image. */
function rowsOf({ memory, slice }: Pick<Operand, 'memory' | 'slice'>): Heads {
  const { width, pixelStride, imageStride } = slice;
  return { memory, headStride: width * pixelStride, rowStride: pixelStride, columnStride: 1, imageStride };
}

const turned = (heads: Heads): Heads => ({ ...heads, rowStride: heads.columnStride, columnStride: heads.rowStride });

/** An image with its axes in another order. */
export function permutation(site: Site): BareCall {
  const { operator, attributes, source, destination } = site;
  const whole = wholeRegion(source);
  const axes = [
    { extent: whole.channels, stride: whole.channelStride },
    { extent: whole.height, stride: whole.rowStride },
    { extent: whole.width, stride: whole.pixelStride },
  ];
  const [channels, height, width] = operator.axes!(attributes).map((axis) => axes[axis]!) as [Axis, Axis, Axis];
  return copyPermuted(site, source, { channels, height, width }, wholeRegion(destination));
}

type Axis = Parameters<typeof copyPermuted>[2]['channels'];
