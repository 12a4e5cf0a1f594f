// The program: kernel calls over one arena, what is prepared when a module loads, and where everything lies. It is all
// a printer needs; the graph is not seen below this point.

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
  /** Of what it consists; f32 where that is absent. Parameters of whole numbers alone have others. */
  readonly element?: Element;
}

/** Of parameters, by their indices: of codes; or of weights, whose sums with the biases of the same channels are bounded. */
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

/** What a training keeps from step to step, in a buffer of its own, which a step reads and then overwrites. */
export interface ProgramState extends ProgramTensor, State {
  readonly buffer: number;
}

/**
 * Part of the arena, which holds what there is once, then what there is per image, or of the codes, which are all per image. `image`: at N
 * images it starts at once.length + offset · N (of codes at offset · N) and holds length · N elements, image by image. `once`: at `offset`,
 * `length` elements for any N.
 */
export interface Buffer {
  readonly name: string;
  readonly extent: Extent;
  /** u8 lies in the section of codes, f32 in the arena. */
  readonly element: 'f32' | 'u8';
  /** Elements, per image or in all. */
  readonly length: number;
  /** Elements before it in the part of its extent, per image or in all. */
  readonly offset: number;
  /** Indices of the first and last call that touch it. */
  readonly from: number;
  readonly to: number;
}

/**
 * A part of the memory in which kernels work. `image`: one for each image of a batch; `thread`: one for each thread; `once`: one in
 * all.
 */
export interface Section {
  readonly element: Element;
  readonly extent: Extent | 'thread';
  /** Elements of one. */
  readonly length: number;
}

/**
 * `once` and `arena` hold values of f32, in one memory, the former first; `codes` those of u8. `weights`, `halves`, `bytes` and `integers`
 * hold what `prepare` packs, in f32, bf16, i8 and i32. `shared` and `scratch`, and of u8 `shared_codes` and `scratch_codes`, are for what
 * kernels compute on the way, of all threads together and of each by itself. Kernels may read a few codes beyond the end of what they
 * are for, whose values then make no difference: see `spareCodes`.
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

/** Codes that follow each section of them, because kernels read a whole vector where less is left. */
export const spareCodes = 16;

export type Sections = Readonly<Record<SectionName, Section>>;

/** Bytes of one of a section. */
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
  /** The place of a slice: the start of the buffer + `within`. */
  | { readonly kind: 'slice'; readonly buffer: number; readonly within: number }
  /** Offset of this run's first image in the caller's array: first · `size`. */
  | { readonly kind: 'chunk'; readonly size: number }
  /** Number of images. */
  | { readonly kind: 'images' };

export interface KernelCall {
  readonly kernel: string;
  /** By the kernel's memory names. */
  readonly memories: ReadonlyMap<string, MemoryRef>;
  /** In the order of the kernel's parameters. */
  readonly arguments: readonly CallArgument[];
  /** Names of the nodes it computes; empty for copies at the border. */
  readonly nodes: readonly string[];
  /** Shapes for the reader: `[6, 28, 28]`. */
  readonly shape: Shape;
  /** 1-based line of the first node in the source. */
  readonly line?: number;
  /** Buffers it reads and writes, for the verifier: slices as [buffer, first channel, channels]. */
  readonly reads: readonly SliceRef[];
  readonly writes: readonly SliceRef[];
  /**
   * Of `prepare`, where WebAssembly computes it from a part of the source at a time: filters that are transformed, or packed. What a step
   * of its outermost loop reads lies behind what the step before reads. Or where it does so from what is packed already.
   */
  readonly apart?: {
    readonly kind: 'filters' | 'packed' | 'packed-already';
    /** Elements of the memory `factors`, where there is one. */
    readonly factors?: number;
  };
}

/** A part of the packed weights that is finite unless the number at `at` is 0 or NaN. Indices. */
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
  /** Where it is of rows that lie apart: how many, and elements from one to the next; `pixels` are those of a row. */
  readonly rows?: { readonly count: number; readonly stride: number } | undefined;
}

export interface Program {
  readonly name: string;
  /** What the kernels of `run` are made for; those of `prepare` always compute in f64. */
  readonly target: Target;
  /** Whether a module asks V8 for 256-bit instructions when it is loaded. Experimental. */
  readonly wide: boolean;
  /** The kernels of `run` where V8 has these, by the same names; none where they would be the same. */
  readonly wideKernels: readonly Kernel[];
  readonly inputs: readonly ProgramInput[];
  readonly outputs: readonly ProgramOutput[];
  /** Only in steps of a training. */
  readonly states: readonly ProgramState[];
  /** What a weights file must supply, in order. */
  readonly parameters: readonly ProgramTensor[];
  /** What kernels of whole numbers count on in parameters. */
  readonly bounds: readonly ParameterBound[];
  readonly constants: readonly Float64Array[];
  /** Lengths of the f64 arrays that `prepare` computes in. */
  readonly temporaries: readonly number[];
  /** Passes that made weights of several others. */
  readonly combinedBy?: readonly string[];
  /** In order. */
  readonly magnitudes?: readonly Magnitude[];
  /** Multiply–accumulates of convolutions and dense layers that `run` does for each image, as they are written. */
  readonly macs?: number;
  readonly kernels: readonly Kernel[];
  /** Calls on parameters, when a module loads; they fill the packed weights. */
  readonly prepare: readonly KernelCall[];
  readonly run: readonly KernelCall[];
  readonly buffers: readonly Buffer[];
  readonly sections: Sections;
}

/** Whether there is one for each image of a batch, or one in all. */
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

/** Bytes that a call writes, per image. A copy to the outside writes as much as it reads. */
export function bytesWritten({ reads, writes }: KernelCall, { buffers }: Program): number {
  const slices = writes.length > 0 ? writes : reads;
  return slices.reduce(
    (sum, { buffer, channels, pixels }) => sum + elementBytes[buffers[buffer]!.element] * channels * pixels,
    0,
  );
}

/** Where a buffer starts in its memory: `fixed` + `perImage` · N elements, N being the number of images that it is for. */
export function startOf(
  { sections }: Pick<Program, 'sections'>,
  { extent, element, offset }: Buffer,
): { readonly fixed: number; readonly perImage: number } {
  if (element === 'u8') return { fixed: 0, perImage: offset };
  return extent === 'once' ? { fixed: offset, perImage: 0 } : { fixed: sections.once.length, perImage: offset };
}
