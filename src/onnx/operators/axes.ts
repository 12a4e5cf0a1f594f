// What changes the axes of a value: reshaping and transposing. Reshaping costs nothing until an operator asks for a certain shape.

import { countOf, intVector, reshapedConstant, spreadConstant, transposed } from '../constant.ts';
import type { Constant } from '../constant.ts';
import { withBatchAt } from '../flow.ts';
import type { Flow, Operand } from '../flow.ts';
import { BatchRefusal, refuse } from '../problem.ts';
import { axisAt, broadcastDims, padded, reshapedDims } from '../shapes.ts';
import { grown } from './growing.ts';
import { permuted } from './permuting.ts';
import { isImages } from '../of-one-image.ts';
import type { Importer, Site } from '../site.ts';

const reshape: Importer = (site) => {
  const operand = site.operand(0);
  const shape = site.version < 5 ? intVector('', site.attributes.ints('shape', [])) : site.constant(1, 'the shape');
  const target = [...shape.data];
  const allowZero = site.attributes.flag('allowzero', false);
  if (operand.is === 'constant') return [reshapedConstant(operand, reshapedDims(operand.dims, target, allowZero))];
  if (site.outer === 0) return [{ ...operand, dims: reshapedDims(operand.dims, target, allowZero) }];
  return [{ ...operand, dims: targetOfImage(site, operand, shape, allowZero) }];
};

/** Axis 0 must stay the batch: written as 0, −1, the number of images, or 1 where a file is for one image. */
function targetOfImage(site: Site, { dims }: Flow, shape: Constant, allowZero: boolean): readonly number[] {
  const [first, ...others] = shape.data;
  if (shape.perImage?.slice(1).some((factor) => factor !== 0)) throw batchMoves();
  const isOpen = !shape.perImage?.[0] && (first === 0 || first === -1);
  const isBatch = isOpen || isImages(site, shape, 0);
  // Zeros copy the extent at their own place.
  const copied = others.map((extent, at) => (extent === 0 && !allowZero ? (dims[at] ?? 0) : extent));
  const rest = copied.filter((extent) => extent !== -1).reduce((product, extent) => product * extent, 1);
  const fits = copied.includes(-1) ? countOf(dims) % rest === 0 : countOf(dims) === rest;
  if (!isBatch || !fits || (first === -1 && copied.includes(-1))) throw batchMoves();
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
  const { batchAt = 0 } = operand.is === 'flow' ? operand : {};
  const gone = new Set(
    axes?.map((axis) => (operand.is === 'flow' ? site.axis(axis, rank, batchAt) : axisAt(axis, rank))),
  );
  const long = [...gone].find((axis) => operand.dims[axis] !== 1);
  if (long !== undefined)
    refuse(`it leaves out an axis of extent ${operand.dims[long]}`, 'see whether the model runs elsewhere');
  const isGone = (axis: number): boolean => (axes ? gone.has(axis) : operand.dims[axis] === 1);
  const dims = operand.dims.filter((_, axis) => !isGone(axis));
  if (operand.is === 'constant') return [reshapedConstant(operand, dims)];
  const before = operand.dims.slice(0, batchAt).filter((_, axis) => !isGone(axis));
  return [withBatchAt({ ...operand, dims }, before.length)];
};

const unsqueeze: Importer = (site) => {
  const operand = site.operand(0);
  const axes = axesOf(site) ?? [];
  const outer = operand.is === 'flow' ? site.outer : 0;
  const rank = operand.dims.length + outer + axes.length;
  const added = new Set(axes.map((axis) => (operand.is === 'flow' ? site.axis(axis, rank) : axisAt(axis, rank))));
  if (added.size < axes.length)
    refuse(`it adds the axes ${axes.join(', ')}, one of them twice`, 'see whether the model runs elsewhere');
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
  if (operand.is === 'constant') return [transposed(operand, order)];
  const { batchAt = 0, dims } = operand;
  const others = outer === 0 ? order : order.filter((axis) => axis !== batchAt);
  const own = others.map((axis) => site.axis(axis, rank, batchAt));
  const result = site.result(
    permuted(site, operand, own),
    own.map((axis) => dims[axis]!),
  );
  return [outer === 0 ? result : withBatchAt(result, order.indexOf(batchAt))];
};

/** To a larger shape, along each axis that grows by itself. */
const expand: Importer = (site) => {
  const operand = site.operand(0);
  const shape = site.constant(1, 'the shape');
  const outer = operand.is === 'flow' ? site.outer : 0;
  const rank = Math.max(operand.dims.length + outer, shape.data.length);
  const [own, target] = [padded(operand.dims, rank - outer), padded([...shape.data], rank)];
  if (outer === 1 && rank > operand.dims.length + outer) throw batchMoves();
  const images = shape.perImage?.slice(1).some((factor) => factor !== 0);
  if (images || (operand.is === 'constant' && shape.perImage)) return [ofEachImage(operand, shape)];
  const keepsBatch = shape.data.length < rank ? !shape.perImage : target[0] === 1 || isImages(site, shape, 0);
  if (outer === 1 && !keepsBatch) throw batchMoves();
  const dims = broadcastDims(own, target.slice(outer));
  if (operand.is === 'constant') return [spreadConstant(operand, dims)];
  return [site.result(grown(site, operand.value, own, dims), dims)];
};

/** A constant that is repeated for each image is the same for all of them, and joins what flows as it is. */
function ofEachImage(operand: Operand, { data, perImage }: Constant): Operand {
  const isBatch = operand.is === 'constant' && perImage?.[0] === 1 && data[0] === 0;
  const isSame = isBatch && perImage.slice(1).every((factor) => factor === 0) && operand.dims[0] === 1;
  if (!isSame || operand.dims.length !== data.length) throw batchMoves();
  return spreadConstant(operand, broadcastDims(operand.dims, [1, ...data.slice(1)]));
}

export const axes = {
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  Expand: expand,
} satisfies Record<string, Importer>;
