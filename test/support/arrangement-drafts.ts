// Random applications of operators that join, cut and multiply values along their axes.

import * as fc from 'fast-check';
import type { Attribute } from '../../compiler/ir/graph.ts';
import { axisNames, channelAxis, tensorType } from '../../compiler/ir/tensor-type.ts';
import { channels, extent, few, flow, image } from './drafts.ts';

/** A shape, one of its axes, and the extents of some parts along it. */
const divided = fc
  .record({
    shape: flow,
    axis: fc.nat(2),
    sizes: fc.array(channels, { minLength: 1, maxLength: 4 }),
  })
  .map(({ shape, axis, sizes }) => {
    const names = axisNames(shape.length)!;
    const at = axis < shape.length ? axis : channelAxis(tensorType(shape));
    const along = axis === 2 && shape.length < 3 ? 'channels' : names[at]!;
    return { sizes, along, withExtent: (extent: number) => shape.with(at, extent) };
  });

export const joined = fc
  .record({ parts: divided, once: fc.integer({ min: -8, max: 3 }) })
  .map(({ parts: { sizes, along, withExtent }, once }) => ({
    inputs: sizes.map((size, at) => tensorType(withExtent(size), sizes.length === 1 || at !== once)),
    attributes: { along },
  }));

export const parted = fc
  .record({ parts: divided, equal: fc.boolean() })
  .map(({ parts: { sizes, along, withExtent }, equal }) => {
    const parts = sizes.length;
    const all = equal ? sizes[0]! * parts : sizes.reduce((sum, size) => sum + size, 0);
    return { inputs: [tensorType(withExtent(all))], attributes: { along, ...(equal ? { parts } : { sizes }) } };
  });

export const asImages = fc
  .tuple(extent, extent, channels)
  .chain(([height, width, features]) =>
    fc
      .constantFrom([height, width], [width, height], [1, height * width])
      .map((size) => ({ inputs: [tensorType([height * width, features])], attributes: { size } })),
  );

/** Two matrices, sometimes one of them for all images. */
export const matrices = fc
  .record({
    extents: fc.tuple(extent, extent, extent),
    transpose: fc.tuple(fc.boolean(), fc.boolean()),
    once: fc.nat(5),
  })
  .map(({ extents: [rows, depth, columns], transpose: [first, second], once }) => ({
    inputs: [
      tensorType(first ? [depth, rows] : [rows, depth], once !== 0),
      tensorType(second ? [columns, depth] : [depth, columns], once !== 1),
    ],
    attributes: { transpose_a: first, transpose_b: second },
  }));

/** A map and regions of it, sometimes the same ones for all images, or one map. */
const regionsWith = (attributes: Record<string, fc.Arbitrary<Attribute>>) =>
  fc
    .record({
      shape: image,
      count: few,
      attributes: fc.record({ size: fc.tuple(few, few), scale: fc.constantFrom(1, 0.5, 1.5, 2.3), ...attributes }),
      once: fc.nat(5),
    })
    .map(({ shape, count, attributes, once }) => ({
      inputs: [tensorType(shape, once !== 0), tensorType([count, 4], once !== 1)],
      attributes,
    }));

export const regions = regionsWith({});
export const alignedRegions = regionsWith({ sampling: fc.nat(3), aligned: fc.boolean() });

export const attended = fc
  .record({
    heads: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 4 })),
    lengths: fc.tuple(extent, extent),
    depths: fc.tuple(few, few),
    once: fc.nat(8),
  })
  .map(({ heads, lengths: [queries, keys], depths: [depth, width], once }) => ({
    inputs: [
      [queries, heads * depth],
      [keys, heads * depth],
      [keys, heads * width],
    ].map((shape, at) => tensorType(shape, once !== at)),
    attributes: { heads },
  }));

/** A part of an axis, its places counted from either end. */
export const sliced = fc
  .record({
    parts: divided,
    from: fc.nat(),
    to: fc.nat(),
    step: fc.integer({ min: 1, max: 3 }),
    fromEnd: fc.tuple(fc.boolean(), fc.boolean()),
  })
  .map(({ parts: { sizes, along, withExtent }, from, to, step, fromEnd }) => {
    const extent = sizes.reduce((sum, size) => sum + size, 0);
    const start = from % extent;
    const end = start + 1 + (to % (extent - start));
    return {
      inputs: [tensorType(withExtent(extent))],
      attributes: {
        along,
        start: fromEnd[0] ? start - extent : start,
        ...(end < extent || !fromEnd[1] ? { end: fromEnd[1] ? end - extent : end } : {}),
        step,
      },
    };
  });

export const cropped = fc
  .record({ shape: image, size: fc.tuple(fc.nat(), fc.nat()), offset: fc.option(fc.tuple(fc.nat(), fc.nat())) })
  .map(({ shape, size, offset }) => {
    const [, height, width] = shape as [number, number, number];
    const cut = [1 + (size[0] % height), 1 + (size[1] % width)];
    const places = offset && [offset[0] % (height - cut[0]! + 1), offset[1] % (width - cut[1]! + 1)];
    return { inputs: [tensorType(shape)], attributes: { size: cut, ...(places && { offset: places }) } };
  });
