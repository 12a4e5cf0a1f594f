// A kernel call in the making: what it binds, and where its arguments point.

import { invariant } from '../ir/invariant.ts';
import type { Kernel } from '../kernel/ir.ts';
import type { CallArgument, MemoryRef, SectionName, SliceRef } from '../program/program.ts';
import type { Place } from './place.ts';

/** A call without its description for readers. */
export interface BareCall {
  readonly kernel: string;
  readonly memories: ReadonlyMap<string, MemoryRef>;
  readonly arguments: readonly CallArgument[];
  readonly reads: readonly SliceRef[];
  readonly writes: readonly SliceRef[];
  /** Elements, of each thread and of all together. */
  readonly scratch: number;
  readonly shared: number;
  /** The same of codes. Default 0. */
  readonly scratchCodes?: number;
  readonly sharedCodes?: number;
}

/** The memories of a kernel that runs after loading. */
export function bindMemories(kernel: Kernel): ReadonlyMap<string, MemoryRef> {
  return new Map(kernel.memories.map(({ name }) => [name, { kind: 'section', name: sectionOf(name) }]));
}

/** Kernels call the memories of a pass by the names of their sections. */
function sectionOf(name: string): SectionName {
  invariant(Object.hasOwn(sectionNames, name), `no section is named ${name}`);
  return name as SectionName;
}

const sectionNames: Readonly<Record<Exclude<SectionName, 'once'>, true>> = {
  weights: true,
  halves: true,
  bytes: true,
  integers: true,
  shared: true,
  shared_codes: true,
  arena: true,
  codes: true,
  scratch: true,
  scratch_codes: true,
};

/** An argument that is the same in every pass. */
export const constant = (value: number): CallArgument => ({ kind: 'constant', value });

/** The argument that says where a place is. */
export const argumentOf = ({ buffer, within }: Place): CallArgument => ({ kind: 'slice', buffer, within });

/** What a call touches of a place, for the verifier. */
export function sliceRef({ buffer, within, slice }: Place): SliceRef {
  const { channels, height, width, pixelStride } = slice;
  return { buffer, within, channels, pixels: height * width, pixelStride };
}
