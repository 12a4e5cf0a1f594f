// What templates and the schedule generate code for, and what they may ask of it.

import type { BuildOptions, LoopOptions } from '../kernel/builder.ts';

/** What a template generates code for. */
export interface Target {
  readonly name: 'js' | 'wasm';
  /** 1: sums in f64, rounded to f32 when they are stored. 4: vectors of f32. */
  readonly lanes: 1 | 4;
  /** Whether multiplying and adding is one instruction; where it is not, it takes another register. */
  readonly fused: boolean;
  /** Whether loops marked `parallel` are shared among threads. */
  readonly threads: boolean;
  /** What these share: the parts of each image, one image after the other, or, in a step of training, the images. */
  readonly parallel: 'tiles' | 'images';
  /** Columns of a matrix product that are computed at once. */
  readonly columns: 4 | 8 | 16;
  /** Columns that lie side by side in packed weights, a multiple of these. */
  readonly panel: 4 | 8 | 16;
  /** Buffers and packed weights begin at multiples of so many elements. */
  readonly alignment: number;
}

/** JavaScript: numbers one at a time. */
export const scalarTarget: Target = {
  name: 'js',
  lanes: 1,
  columns: 4,
  panel: 4,
  fused: false,
  threads: false,
  parallel: 'tiles',
  alignment: 1,
};

/** WebAssembly. Buffers begin at cache lines of 64 bytes, so that no vector straddles two. */
export const vectorTarget: Target = {
  name: 'wasm',
  lanes: 4,
  columns: 8,
  panel: 8,
  fused: false,
  threads: true,
  parallel: 'tiles',
  alignment: 16,
};

/** WebAssembly whose machine multiplies and adds in one instruction. */
export const fusedTarget: Target = { ...vectorTarget, fused: true };

/** The same target with weights packed for V8 with 256-bit instructions, and computed without them. */
export const widePanels = (target: Target): Target => ({ ...target, panel: 16 });

/** The same target for V8 with 256-bit instructions: what it computes at once would not fit into registers of 128 bits. */
export const wideTarget = (target: Target): Target => ({ ...target, columns: 16, panel: 16 });

/** The same target for the steps of training, whose batches are large enough that threads share the images. */
export const stepTarget = (target: Target): Target => ({ ...target, parallel: 'images' });

/** Whether threads meet within an image, so that what they compute on the way lies in memory that they share. */
export const sharesTiles = ({ threads, parallel }: Target): boolean => threads && parallel === 'tiles';

/**
 * How kernels for a target are built: where threads may share loops, none disappears because it has one iteration; where they
 * share the images, what is parallel in an image is not, and waits for nobody.
 */
export const buildOptions = ({ threads, parallel }: Pick<Target, 'threads' | 'parallel'>): BuildOptions => ({
  keepParallel: threads,
  outermostOnly: parallel === 'images',
});

/** The loop over the images of a batch. */
export const imageLoop = ({ parallel }: Target): LoopOptions => ({ parallel: parallel === 'images' });

/** Elements of so many bytes (f32 unless said otherwise) that `length` of them take, up to where the next buffer may begin. */
export function aligned(length: number, { alignment }: Target, bytes = 4): number {
  const step = alignment === 1 ? 1 : (4 * alignment) / bytes;
  return Math.ceil(length / step) * step;
}
