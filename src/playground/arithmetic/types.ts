// How one number of a network comes about: plain data that the page draws, whatever operator it is of.

import type { Attributes } from '../../../compiler/ir/graph.ts';
import type { Operator } from '../../../compiler/ir/operator.ts';
import type { TensorType } from '../../../compiler/ir/tensor-type.ts';

/** An operator applied to the values of one image. */
export interface Application {
  readonly operator: Operator;
  readonly attributes: Attributes;
  /** Types of the data operands. */
  readonly inputs: readonly TensorType[];
  /** The data operands of one image and then the weights, row-major. */
  readonly operands: readonly ArrayLike<number>[];
  /** The types of the results, and which of them is looked at. */
  readonly results: readonly TensorType[];
  readonly result: number;
}

/** One factor of a sum, or one candidate of a maximum. */
export interface Cell {
  /** Row-major index of the number in the operand; absent where the window lies over padding. */
  readonly at?: number;
  /** Of padding 0; in a maximum −∞. */
  readonly value: number;
  /** What it is multiplied by; absent in pools. */
  readonly weight?: number;
}

/** The part of a window that lies over one channel of the input. */
export interface Patch {
  readonly channel: number;
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns], row-major, as the window lies on the input. */
  readonly cells: readonly Cell[];
  /** Of its products; of its numbers in pools. */
  readonly sum: number;
}

interface Common {
  /** The number by this arithmetic, in f64. */
  readonly value: number;
}

/** Σ input · weight + bias, over the windows of all channels that the output sees. */
export interface Products extends Common {
  readonly kind: 'products';
  readonly patches: readonly Patch[];
  readonly bias?: number;
  /** What the numbers are multiplied by: weights that slide over the input, those of them that meet it, or weights of one output alone. */
  readonly factor: 'kernel' | 'part of the kernel' | 'weights';
  /** Whether the kernel is turned by 180° (`mode: convolution`, `conv_transpose`); the weights stand here as they are multiplied. */
  readonly isFlipped: boolean;
}

/** The largest number of a window. */
export interface Largest extends Common {
  readonly kind: 'largest';
  readonly patch: Patch;
  /** Index among the cells: the first of the largest; absent where one is NaN. */
  readonly chosen?: number;
}

/** The sum of a window's numbers divided by how many there are. */
export interface Mean extends Common {
  readonly kind: 'mean';
  readonly patch: Patch;
  readonly divisor: number;
  /** Whether padding counts among the numbers. */
  readonly countsPadding: boolean;
}

/** An expression of some numbers, as text with their names, and the numbers by these. */
export interface Formula extends Common {
  readonly kind: 'formula';
  /** `γ · (x − μ) / √(σ² + ε) + β` */
  readonly text: string;
  readonly terms: readonly Term[];
}

export interface Term {
  readonly name: string;
  readonly value: number;
  /** The data operand, and the place in it, that has the number; absent for weights and settings. */
  readonly from?: { readonly operand: number; readonly at: number };
}

/** Σ weight · value: what a query takes of each key's value, the weights being the softmax of the scores. */
export interface Mixture extends Common {
  readonly kind: 'mixture';
  /** `softmax(q·kᵀ / √8) · v` */
  readonly text: string;
  /** By key; there is at least one. */
  readonly parts: readonly MixturePart[];
}

export interface MixturePart {
  /** q·k / √d */
  readonly score: number;
  /** From 0 to 1; all of them make 1. */
  readonly weight: number;
  readonly value: number;
  /** Where the value comes from. */
  readonly from: { readonly operand: number; readonly at: number };
}

/** The same number as at another place. */
export interface Copy extends Common {
  readonly kind: 'copy';
  readonly from: { readonly operand: number; readonly at: number };
}

/** What is not shown number by number; `value` is NaN. */
export interface Unshown extends Common {
  readonly kind: 'unshown';
}

export type Arithmetic = Products | Largest | Mean | Formula | Mixture | Copy | Unshown;
