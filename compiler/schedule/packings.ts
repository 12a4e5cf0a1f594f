// How weights are asked for to be packed.

import type { PackSpec } from '../templates/pack.ts';
import type { Template } from './kernel-set.ts';

/** How a matrix's elements lie in its source tensor; strides in elements, negative where an axis is flipped. */
export interface MatrixLayout {
  readonly groups: { readonly count: number; readonly stride: number };
  readonly columns: { readonly count: number; readonly stride: number };
  /** The axes along the depth K, outermost first. */
  readonly depth: readonly { readonly count: number; readonly stride: number }[];
  /** Index of the first element. */
  readonly origin: number;
}

/** Of a matrix that is not cut into groups. */
export const oneGroup: MatrixLayout['groups'] = { count: 1, stride: 0 };

export interface MatrixPacking {
  /** Columns; default: those of the register block. */
  readonly panel?: number;
  /** Default f32. */
  readonly type?: PackSpec['target'];
}

export interface BytesPacking {
  /** Columns of a panel. */
  readonly panel: number;
  /** The last panel has as many columns as there are, up to a multiple of this. */
  readonly least: number;
  /** Columns for whose multiple there is room. Default: `least`. */
  readonly whole?: number;
  /** Rows of the matrix, and from one element of each axis along K to the next, where some between them are zeros. */
  readonly rows?: number;
  readonly steps?: readonly number[];
  /** Runs along K, where each group is followed by what says which dot products may be joined: see templates/quantized/joinable.ts. */
  readonly joinedRuns?: number;
}

export interface BytesFilling<Spec extends object = object> {
  /** A hint for the kernel's name. */
  readonly base: string;
  /** Packs as `packParts` of runtime/loading.ts calls it. */
  readonly template: Template<Spec & Pick<PackSpec, 'source'>>;
  readonly spec: Spec;
  /** The arguments of its calls, for the index of the first byte. */
  readonly calls: (offset: number) => readonly (readonly number[])[];
  /** Bytes. */
  readonly length: number;
}
