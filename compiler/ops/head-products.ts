// The products of matrices of which attention is made, for several heads at once, on images of one row: tokens [length, features] are
// images [features, 1, length] there. A head has its part of the features; the scores of all heads are an image [keys, heads, queries].
// The gradient of each product is made of the other two.

import type { Attributes, ValueId } from '../ir/graph.ts';
import type { HeadProduct } from '../ir/lowering.ts';
import type { GradientSite, Operator, Tensor } from '../ir/operator.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';
import { numberOf } from './attributes.ts';
import { allocate, batchOf } from './tensors.ts';
import { unbroadcast } from './unbroadcast.ts';

interface Product extends Pick<Operator, 'name'> {
  readonly product: HeadProduct;
  /** The result's extents. */
  readonly shapeOf: (left: Shape, right: Shape, heads: number) => Shape;
  /** How many products are added up for a number. */
  readonly depthOf: (left: Shape, heads: number) => number;
  /** Where the factors of summand `at` of an element (channel, row, column) lie in each operand: channel, row and column. */
  readonly factors: (element: Element, at: number) => readonly [left: Place, right: Place];
  readonly gradient: (apply: Apply, left: ValueId, right: ValueId, dy: ValueId) => readonly [ValueId, ValueId];
}

type Place = readonly [channel: number, row: number, column: number];

interface Element {
  readonly channel: number;
  readonly row: number;
  readonly column: number;
  /** Features of a head of the right operand, and of the left one. */
  readonly own: number;
}

type Apply = (op: string, left: ValueId, right: ValueId) => ValueId;

/** q [D,1,Q] · k [D,1,K] → s [K,H,Q]: s(k,h,q) = factor · Σ q(d,q) · k(d,k) over the features d of head h. */
export const headScores = defineProduct({
  name: 'head_scores',
  product: 'scores',
  shapeOf: ([, , queries], [, , keys], heads) => [keys!, heads, queries!],
  depthOf: ([features], heads) => features! / heads,
  factors: ({ channel, row, column, own }, at) => [
    [row * own + at, 0, column],
    [row * own + at, 0, channel],
  ],
  gradient: (apply, q, k, ds) => [apply('head_mixture', ds, k), apply('head_spread', ds, q)],
});

/** s [K,H,Q] · v [D,1,K] → y [D,1,Q]: y(d,q) = factor · Σ s(k,h,q) · v(d,k) over the keys k, h being the head of feature d. */
export const headMixture = defineProduct({
  name: 'head_mixture',
  product: 'mixture',
  shapeOf: ([, , queries], [features]) => [features!, 1, queries!],
  depthOf: ([keys]) => keys!,
  factors: ({ channel, column, own }, at) => [
    [at, Math.floor(channel / own), column],
    [channel, 0, at],
  ],
  gradient: (apply, s, v, dy) => [apply('head_scores', dy, v), apply('head_spread', s, dy)],
});

/** s [K,H,Q] · u [D,1,Q] → y [D,1,K]: y(d,k) = factor · Σ s(k,h,q) · u(d,q) over the queries q. */
export const headSpread = defineProduct({
  name: 'head_spread',
  product: 'spread',
  shapeOf: ([keys], [features]) => [features!, 1, keys!],
  depthOf: ([, , queries]) => queries!,
  factors: ({ channel, column, own }, at) => [
    [column, Math.floor(channel / own), at],
    [channel, 0, at],
  ],
  gradient: (apply, s, u, dy) => [apply('head_scores', u, dy), apply('head_mixture', s, dy)],
});

function defineProduct({ product, shapeOf, depthOf, factors, gradient, ...rest }: Product): Operator {
  return {
    ...rest,
    internal: true,
    arity: { min: 2, max: 2 },
    attributes: {
      // In how many parts the features are.
      heads: { type: 'int', default: 1, minimum: 1 },
      // What every product is multiplied by.
      factor: { type: 'float', default: 1 },
    },
    constraints: {},
    infer: (inputs, attributes) => [resultOf(inputs, attributes)],
    reference([left, right], attributes, inputs) {
      const type = resultOf(inputs, attributes);
      const [leftShape, rightShape] = inputs.map(({ shape }) => shape) as [Shape, Shape];
      const heads = numberOf(attributes, 'heads');
      const depth = depthOf(leftShape, heads);
      const own = rightShape[0]! / heads;
      const images = Math.max(batchOf(left!, inputs[0]!), batchOf(right!, inputs[1]!));
      const y = allocate(type.shape, images, type.batched);
      const [height, width] = type.shape.slice(1) as [number, number];
      const size = sizeOf(type.shape);
      for (let at = 0; at < y.data.length; at += 1) {
        const place = at % size;
        const [channel, row, column] = [
          Math.floor(place / (height * width)),
          Math.floor(place / width) % height,
          place % width,
        ];
        const readers = [reader(left!, inputs[0]!, at, size), reader(right!, inputs[1]!, at, size)] as const;
        let sum = 0;
        for (let step = 0; step < depth; step += 1) {
          const [a, b] = factors({ channel, row, column, own }, step);
          sum += readers[0](a) * readers[1](b);
        }
        y.data[at] = numberOf(attributes, 'factor') * sum;
      }
      return [y];
    },
    macs: (attributes, [left], [result]) => sizeOf(result!.shape) * depthOf(left!.shape, numberOf(attributes, 'heads')),
    lowering: { kind: 'head-product', product },
    gradient(site) {
      const [left, right] = site.operands as readonly [ValueId, ValueId];
      const apply: Apply = (op, a, b) => site.apply(op, [a, b], site.attributes);
      return withoutBatch(site, gradient(apply, left, right, site.upstream[0]!));
    },
  };

  function resultOf(inputs: readonly TensorType[], attributes: Attributes): TensorType {
    const [left, right] = inputs.map(({ shape }) => shape) as [Shape, Shape];
    const shape = shapeOf(left, right, numberOf(attributes, 'heads'));
    return { ...inputs[0]!, shape, batched: inputs.some(({ batched }) => batched) };
  }
}

/** Sums over the images for operands that all images share. */
function withoutBatch(site: GradientSite, gradients: readonly ValueId[]): readonly (ValueId | undefined)[] {
  return gradients.map((value, at) =>
    site.needs(at) ? unbroadcast(site, value, site.typeOf(site.operands[at]!)) : undefined,
  );
}

/** Reads an operand [C,H,W] in the image to which element `at` of the result belongs. */
function reader({ data }: Tensor, { shape, batched }: TensorType, at: number, size: number): (place: Place) => number {
  const [, height, width] = shape as [number, number, number];
  const first = batched ? Math.floor(at / size) * sizeOf(shape) : 0;
  return ([channel, row, column]) => data[first + (channel * height + row) * width + column]!;
}
