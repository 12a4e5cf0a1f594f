// Lifetimes of buffers, and their offsets in the arena and the section of codes.

import { elementBytes } from '../ir/tensor-type.ts';
import { aligned } from '../templates/target.ts';
import type { Target } from '../templates/target.ts';
import type { Placement } from './place.ts';
import { planMemory } from './plan-memory.ts';
import type { Buffer, Extent, KernelCall } from '../program/program.ts';

/** The buffers with their offsets, and the lengths of the memories in elements. Buffers in `kept` live from pass to pass. */
export function placeBuffers(
  buffers: Placement['buffers'],
  calls: readonly KernelCall[],
  kept: readonly number[],
  target: Target,
): { readonly buffers: readonly Buffer[] } & Readonly<Record<'arenaLength' | 'onceLength' | 'codesLength', number>> {
  const spans = lifetimesOf(calls);
  for (const buffer of kept) spans.set(buffer, { from: 0, to: calls.length - 1 });
  const lifetimes = buffers.map((buffer, index) => ({ ...buffer, ...(spans.get(index) ?? { from: 0, to: 0 }) }));
  const plans = { image: planOf('image', 'f32'), once: planOf('once', 'f32'), codes: planOf('image', 'u8') };
  return {
    buffers: lifetimes.map((buffer, index): Buffer => ({
      ...buffer,
      offset: plans[buffer.element === 'u8' ? 'codes' : buffer.extent].offsets.get(index)!,
    })),
    arenaLength: plans.image.length,
    onceLength: plans.once.length,
    codesLength: plans.codes.length,
  };

  /** Buffers per image and buffers in all are planned apart, because offsets of the former scale with the batch; so are codes. */
  function planOf(
    extent: Extent,
    element: Buffer['element'],
  ): { readonly offsets: ReadonlyMap<number, number>; readonly length: number } {
    const own = lifetimes.flatMap((one, index) =>
      one.extent === extent && one.element === element ? [{ ...one, index }] : [],
    );
    const sizes = own.map((one) => ({ ...one, length: aligned(one.length, target, elementBytes[element]) }));
    const { offsets, length } = planMemory(sizes);
    return { offsets: new Map(own.map(({ index }, at) => [index, offsets[at]!])), length };
  }
}

/** Buffer → the first and last call that touch it. */
function lifetimesOf(calls: readonly KernelCall[]): Map<number, { from: number; to: number }> {
  const spans = new Map<number, { from: number; to: number }>();
  calls.forEach((call, at) => {
    for (const { buffer } of [...call.reads, ...call.writes]) {
      const span = spans.get(buffer);
      if (span) span.to = at;
      else spans.set(buffer, { from: at, to: at });
    }
  });
  return spans;
}
