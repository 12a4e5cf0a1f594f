// The windows of max_pool and avg_pool: their attributes, and where each one lies.

import type { Attributes } from '../ir/graph.ts';
import type { Shape } from '../ir/tensor-type.ts';
import { flagOf, windowSpecs } from './attributes.ts';
import type { Span } from './pool-gradients.ts';
import { axesOf, reach, windowOf } from './window.ts';
import type { Axis } from './window.ts';

export const poolAttributes = {
  kernel: windowSpecs.kernel,
  stride: { ...windowSpecs.stride, default: '=kernel' },
  padding: windowSpecs.padding,
  ceil: { type: 'bool', default: false },
} as const;

/** Those of a maximum, which may leave pixels out. */
export const maxPoolAttributes = { ...poolAttributes, dilation: windowSpecs.dilation } as const;

/** Height and width of an image with a pool's windows on them. */
export function poolAxes(attributes: Attributes, shape: Shape): readonly [Axis, Axis] {
  return axesOf(windowOf(attributes), shape, flagOf(attributes, 'ceil'));
}

/** The pixels of the image that windows have, by their index along each axis. */
export function poolSpans(
  attributes: Attributes,
  shape: Shape,
): readonly [(index: number) => Span, (index: number) => Span] {
  const [rows, columns] = poolAxes(attributes, shape);
  const span =
    (axis: Axis) =>
    (index: number): Span => {
      const { input, stride, before, dilation } = axis;
      const start = index * stride - before;
      // The first tap that is not before the image.
      const skipped = Math.ceil(Math.max(0, -start) / dilation);
      return { start: start + skipped * dilation, end: Math.min(start + reach(axis), input), step: dilation };
    };
  return [span(rows), span(columns)];
}

/** How many places inside the image or its padding a window has along an axis. */
export function tapsOf({ input, kernel, stride, before, after }: Axis, index: number): number {
  const start = index * stride - before;
  return Math.min(start + kernel, input + after) - start;
}
