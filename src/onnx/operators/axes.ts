// What changes the axes of a value: reshaping and transposing. Reshaping costs nothing until an operator asks for a certain shape.

import { countOf, reshapedConstant, transposed } from '../constant.ts';
import type { Constant } from '../constant.ts';
import type { Flow } from '../flow.ts';
import { BatchRefusal, refuse } from '../problem.ts';
import { reshapedDims } from '../shapes.ts';
import type { Importer, Site } from '../site.ts';

const reshape: Importer = (site) => {
  const operand = site.operand(0);
  const shape = site.version < 5 ? undefined : site.constant(1, 'the shape');
  const target = shape ? [...shape.data] : (site.attributes.ints('shape', undefined) ?? []);
  const allowZero = site.attributes.flag('allowzero', false);
  if (operand.is === 'constant') return [reshapedConstant(operand, reshapedDims(operand.dims, target, allowZero))];
  if (site.outer === 0) return [{ ...operand, dims: reshapedDims(operand.dims, target, allowZero) }];
  return [{ ...operand, dims: targetOfImage(operand, target, shape?.perImage, allowZero) }];
};

/** Axis 0 must stay the batch: written as 0, −1, the number of images, or 1 where a file is for one image. */
function targetOfImage(
  { dims }: Flow,
  target: readonly number[],
  perImage: Float64Array | undefined,
  allowZero: boolean,
): readonly number[] {
  const others = target.slice(1);
  if (perImage?.slice(1).some((factor) => factor !== 0)) throw batchMoves();
  const isBatch = perImage?.[0] === 1 || target[0] === 0 || target[0] === 1 || target[0] === -1;
  // Zeros copy the extent at their own place.
  const copied = others.map((extent, at) => (extent === 0 && !allowZero ? (dims[at] ?? 0) : extent));
  const rest = copied.filter((extent) => extent !== -1).reduce((product, extent) => product * extent, 1);
  const fits = copied.includes(-1) ? countOf(dims) % rest === 0 : countOf(dims) === rest;
  if (!isBatch || !fits || (target[0] === -1 && copied.includes(-1))) throw batchMoves();
  return copied.map((extent) => (extent === -1 ? countOf(dims) / rest : extent));
}

const batchMoves = (): BatchRefusal =>
  new BatchRefusal('its shape does not keep axis 0, the batch', 'export the model with a batch of one image');

/** [N, …] → [N, features]: the axes from `axis` on become one. */
const flatten: Importer = (site) => {
  const operand = site.operand(0);
  const rank = operand.dims.length + (operand.is === 'flow' ? site.outer : 0);
  const given = site.attributes.int('axis', 1);
  const axis = given < 0 ? given + rank : given;
  if (operand.is === 'flow' && site.outer === 1 && axis !== 1) throw batchMoves();
  if (operand.is === 'flow' && site.outer === 1) return [{ ...operand, dims: [countOf(operand.dims)] }];
  const dims = [countOf(operand.dims.slice(0, axis)), countOf(operand.dims.slice(axis))];
  return [operand.is === 'flow' ? { ...operand, dims } : reshapedConstant(operand, dims)];
};

/** Axes are an attribute before version 13, an input since. */
const axesOf = (site: Site): readonly number[] | undefined =>
  site.attributes.ints('axes', undefined) ??
  (site.optional(1) ? [...site.constant(1, 'the list of axes').data] : undefined);

const squeeze: Importer = (site) => {
  const operand = site.operand(0);
  const axes = axesOf(site);
  const outer = operand.is === 'flow' ? site.outer : 0;
  const rank = operand.dims.length + outer;
  const gone = new Set(axes?.map((axis) => (operand.is === 'flow' ? site.axis(axis, rank) : (axis + rank) % rank)));
  const dims = operand.dims.filter((extent, axis) => (axes ? !gone.has(axis) : extent !== 1));
  return [operand.is === 'flow' ? { ...operand, dims } : reshapedConstant(operand, dims)];
};

const unsqueeze: Importer = (site) => {
  const operand = site.operand(0);
  const axes = axesOf(site) ?? [];
  const outer = operand.is === 'flow' ? site.outer : 0;
  const rank = operand.dims.length + outer + axes.length;
  const added = new Set(axes.map((axis) => (operand.is === 'flow' ? site.axis(axis, rank) : (axis + rank) % rank)));
  const rest = [...operand.dims];
  const dims = Array.from({ length: rank - outer }, (_, axis) => (added.has(axis) ? 1 : rest.shift()!));
  return [operand.is === 'flow' ? { ...operand, dims } : reshapedConstant(operand, dims)];
};

const transpose: Importer = (site) => {
  const operand = site.operand(0);
  const outer = operand.is === 'flow' ? site.outer : 0;
  const rank = operand.dims.length + outer;
  const order = site.attributes.ints('perm', undefined) ?? Array.from({ length: rank }, (_, at) => rank - 1 - at);
  if (order.toSorted((a, b) => a - b).some((axis, at) => axis !== at) || order.length !== rank)
    refuse(`perm is [${order.join(', ')}], and it has ${rank} axes`, 'export the model again');
  if (operand.is === 'constant') return [transposed(operand as Constant, order)];
  if (outer === 1 && order[0] !== 0)
    throw new BatchRefusal('it moves axis 0, the batch', 'export the model with a batch of one image');
  return [
    permuted(
      site,
      operand,
      order.slice(outer).map((axis) => axis - outer),
    ),
  ];
};

/** Axes of extent 1 and neighbours that stay so are seen as one, and then there are at most three, or a known pattern. */
function permuted(site: Site, { value, dims }: Flow, order: readonly number[]): Flow {
  const result = order.map((axis) => dims[axis]!);
  const runs: number[][] = [];
  for (const axis of order.filter((one) => dims[one] !== 1)) {
    const last = runs.at(-1);
    if (last && axis > last.at(-1)! && dims.slice(last.at(-1)! + 1, axis).every((extent) => extent === 1))
      last.push(axis);
    else runs.push([axis]);
  }
  const inOrder = runs.toSorted((a, b) => a[0]! - b[0]!);
  const extents = inOrder.map((run) => countOf(run.map((axis) => dims[axis]!)));
  const places = runs.map((run) => inOrder.indexOf(run));
  if (runs.length <= 1) return site.result(value, result);
  if (places.length === 3 && places.join() === '1,0,2') {
    const [groups, size] = extents as [number, number, number];
    const last = inOrder[2]!.map((axis) => dims[axis]!);
    const image = [groups * size, ...(last.length === 2 ? last : [1, countOf(last)])];
    return site.result(site.apply('channel_shuffle', [site.shaped(value, image)], { groups }), result);
  }
  if (places.length === 2) {
    const turned = site.apply('transpose', [site.shaped(value, extents)]);
    return site.result(turned, result);
  }
  if (places.length === 3) {
    const letters = 'chw';
    const turned = site.apply('permute', [site.shaped(value, extents)], {
      order: places.map((at) => letters[at]!).join(''),
    });
    return site.result(turned, result);
  }
  return shuffled(site, value, extents, places, result);
}

/** The five axes of a pixel shuffle: [C, r, r, H, W] → [C, H, r, W, r], and back. */
function shuffled(
  site: Site,
  value: Flow['value'],
  extents: readonly number[],
  places: readonly number[],
  result: readonly number[],
): Flow {
  const five =
    places.length === 4
      ? { extents: [1, ...extents], places: [0, ...places.map((at) => at + 1)] }
      : { extents, places };
  const [a, b, c, d, e] = five.extents as [number, number, number, number, number];
  const pattern = five.places.join();
  if (pattern === '0,3,1,4,2' && b === c)
    return site.result(site.apply('pixel_shuffle', [site.shaped(value, [a * b * c, d, e])], { factor: b }), result);
  if (pattern === '0,2,4,1,3' && c === e)
    return site.result(site.apply('pixel_unshuffle', [site.shaped(value, [a, b * c, d * e])], { factor: c }), result);
  return refuse(
    `it reorders ${extents.length} axes`,
    'three axes can be reordered, and those of a channel or pixel shuffle',
  );
}

/** To a larger shape; images of one pixel grow where they are used. */
const expand: Importer = (site) => {
  const operand = site.operand(0);
  const target = [...site.constant(1, 'the shape').data];
  const own = operand.is === 'flow' ? target.slice(Math.max(0, target.length - operand.dims.length)) : target;
  if (own.every((extent, at) => extent === 1 || extent === operand.dims[at])) return [operand];
  return refuse(
    `it repeats [${operand.dims.join(', ')}] to [${target.join(', ')}]`,
    'leave it out: sums and products repeat by themselves',
  );
};

export const axes = {
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  Expand: expand,
} satisfies Record<string, Importer>;
