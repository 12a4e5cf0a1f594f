// The windows that divide an image among the pixels of a result.

import type { Span } from './pool-gradients.ts';

/** Window `index` of `output` along an axis of `input` pixels. */
export function adaptiveSpan(index: number, input: number, output: number): Span {
  return { start: Math.floor((index * input) / output), end: Math.ceil(((index + 1) * input) / output) };
}
