// The program: kernel calls on one arena, the calls that prepare weights when a module loads, and where everything lies in memory. Code
// generation needs nothing else; in particular, it never sees the graph.

import type { InputSettings, State } from '../ir/graph.ts';
import { elementBytes } from '../ir/tensor-type.ts';
import type { Element, Shape } from '../ir/tensor-type.ts';
import type { Kernel } from '../kernel/ir.ts';
import type { Target } from '../templates/target.ts';

/** An input, output, parameter or constant as the outside sees it: row-major, NCHW. */
export interface ProgramTensor {
  readonly name: string;
  /** Without the batch axis. */
  readonly shape: Shape;
  /** The type of its elements. Default f32; only parameters of quantised networks have others. */
  readonly element?: Element;
}

/** A bound that a parameter must keep: on its codes, or on weights, together with the biases of the same channels. By index in `parameters`. */
export interface ParameterBound {
  readonly tensor: number;
  readonly bias?: number;
  /** What each code, or Σ |code·weight| of each channel, stays below. */
  readonly below: number;
}

export interface ProgramInput extends ProgramTensor {
  readonly batched: boolean;
  readonly settings?: InputSettings;
}

export interface ProgramOutput extends ProgramTensor {
  readonly batched: boolean;
  readonly labels?: readonly string[] | string;
}

/** A tensor that a training keeps from step to step, in a buffer of its own: a step reads it and then overwrites it with its next value. */
export interface ProgramState extends ProgramTensor, State {
  readonly buffer: number;
}

/**
 * A part of the arena or of the section of codes. The arena begins with the buffers of values without the batch axis (`once`): `length`
 * elements at `offset`. Buffers of values per image (`image`) follow. For N images they have length · N elements, image by image, which start
 * at once.length + offset · N, and among the codes, all of which are per image, at offset · N.
 */
export interface Buffer {
  readonly name: string;
  readonly extent: Extent;
  /** u8 lies in the section of codes, f32 in the arena. */
  readonly element: 'f32' | 'u8';
  /** Elements, per image or in all. */
  readonly length: number;
  /** Its offset in elements among the buffers of the same extent, per image or in all. */
  readonly offset: number;
  /** Indices of the first and last call that touch it. */
  readonly from: number;
  readonly to: number;
}

/** A section of the memory in which kernels work: one for each image of a batch, one for each thread, or one in all (`once`). */
export interface Section {
  readonly element: Element;
  readonly extent: Extent | 'thread';
  /** Elements of one. */
  readonly length: number;
}

/**
 * `once` and `arena`: values in f32, one behind the other in one memory. `codes`: values in u8. `weights`, `halves`, `bytes` and `integers`:
 * weights that `prepare` packs, in f32, bf16, i8 and i32. `shared` and `scratch`: workspaces of kernels, for all threads together and for
 * each thread; in u8 `shared_codes` and `scratch_codes`. Kernels may read up to `spareCodes` codes beyond the end of a section or buffer,
 * whose values make no difference.
 */
export type SectionName =
  | 'weights'
  | 'halves'
  | 'bytes'
  | 'integers'
  | 'shared'
  | 'shared_codes'
  | 'once'
  | 'arena'
  | 'codes'
  | 'scratch'
  | 'scratch_codes';

/** Unused codes behind each section of codes, because kernels read whole vectors where fewer codes are left. */
export const spareCodes = 16;

export type Sections = Readonly<Record<SectionName, Section>>;

/** Bytes of a section, per image, per thread or in all. */
export function sectionBytes({ element, length }: Section): number {
  return elementBytes[element] * length;
}

export type MemoryRef =
  | { readonly kind: 'section'; readonly name: SectionName }
  /** The caller's arrays: index into `inputs`, `outputs`. */
  | { readonly kind: 'input' | 'output'; readonly index: number }
  /** Known when loading: index into `parameters`, `constants`, `temporaries`. */
  | { readonly kind: 'parameter' | 'constant' | 'temporary'; readonly index: number };

export type CallArgument =
  | { readonly kind: 'constant'; readonly value: number }
  /** The index of a slice in its memory: the start of the buffer + `within`. */
  | { readonly kind: 'slice'; readonly buffer: number; readonly within: number }
  /** The index of the pass's first image in the caller's array: first · `size`. */
  | { readonly kind: 'chunk'; readonly size: number }
  /** Number of images. */
  | { readonly kind: 'images' };

export interface KernelCall {
  readonly kernel: string;
  /** By the kernel's memory names. */
  readonly memories: ReadonlyMap<string, MemoryRef>;
  /** In the order of the kernel's parameters. */
  readonly arguments: readonly CallArgument[];
  /** Names of the nodes that it computes; empty for copies of inputs and outputs. */
  readonly nodes: readonly string[];
  /** Shapes for the reader: `[6, 28, 28]`. */
  readonly shape: Shape;
  /** 1-based line of the first node in the source. */
  readonly line?: number;
  /** Buffers it reads and writes, for the verifier: slices as [buffer, first channel, channels]. */
  readonly reads: readonly SliceRef[];
  readonly writes: readonly SliceRef[];
  /**
   * For calls of `prepare` that WebAssembly makes. `filters` and `packed`: filters are transformed, or tensors packed, from a part of the
   * source at a time; each step of the outermost loop reads what lies behind that of the step before. `packed-already`: from packed weights.
   */
  readonly apart?: {
    readonly kind: 'filters' | 'packed' | 'packed-already';
    /** Elements of the memory `factors`, where there is one. */
    readonly factors?: number;
  };
}

/** A part of the packed weights, from index `from` to below `to`, that is finite unless the number at index `at` is 0 or NaN. */
export interface Magnitude {
  readonly from: number;
  readonly to: number;
  readonly at: number;
}

export interface SliceRef {
  readonly buffer: number;
  /** Elements from the start of the image's part to its first element. */
  readonly within: number;
  readonly channels: number;
  readonly pixels: number;
  readonly pixelStride: number;
  /** For rows with gaps between them: their number, and the elements from one to the next. `pixels` is then the number in a row. */
  readonly rows?: { readonly count: number; readonly stride: number } | undefined;
}

export interface Program {
  readonly name: string;
  /** The target of the kernels of `run`; those of `prepare` always compute in f64. */
  readonly target: Target;
  /** Whether a module asks V8 for 256-bit instructions when it is loaded. Experimental. */
  readonly wide: boolean;
  /** The kernels of `run` as V8 with 256-bit instructions has them, with the same names; empty if there are no others. */
  readonly wideKernels: readonly Kernel[];
  readonly inputs: readonly ProgramInput[];
  readonly outputs: readonly ProgramOutput[];
  /** Only in steps of a training. */
  readonly states: readonly ProgramState[];
  /** The tensors that a weights file must have, in order. */
  readonly parameters: readonly ProgramTensor[];
  /** Bounds of parameters that kernels of a quantised network rely on. */
  readonly bounds: readonly ParameterBound[];
  readonly constants: readonly Float64Array[];
  /** Lengths of the f64 arrays that `prepare` computes in. */
  readonly temporaries: readonly number[];
  /** Names of the passes that computed weights from several others. */
  readonly combinedBy?: readonly string[];
  /** By increasing `from`. */
  readonly magnitudes?: readonly Magnitude[];
  /** Multiply–accumulates of convolutions and dense layers per image, by their definition, whichever algorithm computes them. */
  readonly macs?: number;
  readonly kernels: readonly Kernel[];
  /** Calls that fill the packed weights from parameters and constants, when a module loads. */
  readonly prepare: readonly KernelCall[];
  readonly run: readonly KernelCall[];
  readonly buffers: readonly Buffer[];
  readonly sections: Sections;
}

/** Whether there is one for each image of a batch, or one for all. */
export type Extent = 'image' | 'once';

/** Bytes of activation memory at batch 1. */
export function arenaBytes(program: Program): number {
  const { once, arena, codes, scratch, scratch_codes, shared, shared_codes } = program.sections;
  const all = [once, arena, codes, scratch, scratch_codes, shared, shared_codes];
  return all.reduce((sum, section) => sum + sectionBytes(section), 0);
}

/** Bytes of packed weights. */
export function packedBytes({ sections }: Program): number {
  const { weights, halves, bytes, integers } = sections;
  return [weights, halves, bytes, integers].reduce((sum, section) => sum + sectionBytes(section), 0);
}

/** Bytes of a buffer, per image or in all. */
export const bufferBytes = ({ element, length }: Pick<Buffer, 'element' | 'length'>): number =>
  elementBytes[element] * length;

/** Bytes that a call writes, per image. A copy to an output writes as much as it reads. */
export function bytesWritten({ reads, writes }: KernelCall, { buffers }: Program): number {
  const slices = writes.length > 0 ? writes : reads;
  return slices.reduce(
    (sum, { buffer, channels, pixels }) => sum + elementBytes[buffers[buffer]!.element] * channels * pixels,
    0,
  );
}

/** The first element of a buffer in its memory: `fixed` + `perImage` · N, for a memory with room for N images. */
export function startOf(
  { sections }: Pick<Program, 'sections'>,
  { extent, element, offset }: Buffer,
): { readonly fixed: number; readonly perImage: number } {
  if (element === 'u8') return { fixed: 0, perImage: offset };
  return extent === 'once' ? { fixed: offset, perImage: 0 } : { fixed: sections.once.length, perImage: offset };
}
