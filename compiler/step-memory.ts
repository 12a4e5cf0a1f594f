// How much memory a compiled step takes at a batch, and how many images fit.

import { layoutOf } from './codegen/wasm/layout.ts';
import type { Program } from './program/program.ts';
import { sectionBytes } from './program/program.ts';

/** Bytes of a page of a WebAssembly memory. */
const pageBytes = 65_536;

/** Bytes of a WebAssembly memory, at most. */
export const maxMemory = 2 ** 32;

/** Bytes of the memory of a step: `fixed` for any batch, state included, and `perImage` for each image. */
export interface StepMemory {
  readonly fixed: number;
  readonly perImage: number;
}

/** Of the WebAssembly memory, in which each thread has scratch memory of its own, or of the arrays of a JavaScript module. */
export function stepMemory(program: Program, threads = 1): StepMemory {
  if (program.target.name === 'js') {
    const { arena, ...others } = program.sections;
    const fixed = Object.values(others).reduce((sum, section) => sum + sectionBytes(section), 0);
    return { fixed, perImage: sectionBytes(arena) };
  }
  const { images, perImage, scratch } = layoutOf(program);
  return { fixed: images + threads * scratch + pageBytes, perImage };
}

/** Bytes of the memory at a batch, in whole pages. */
export function bytesAt({ fixed, perImage }: StepMemory, batch: number): number {
  return Math.ceil((fixed + batch * perImage) / pageBytes) * pageBytes;
}

/** The most images whose step takes at most `limit` bytes; 0 where not even one fits. */
export function largestBatch({ fixed, perImage }: StepMemory, limit: number): number {
  const pages = Math.floor(limit / pageBytes);
  return Math.max(0, Math.floor((pages * pageBytes - fixed) / perImage));
}
