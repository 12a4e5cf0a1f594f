// What names of the file stand for during import: constants, or values that flow through the graph that is being made.

import type { Attributes, ValueId } from '../../compiler/ir/graph.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import type { Constant } from './constant.ts';
import type { Kind } from './element.ts';

/**
 * A value of the graph. Its shape there may be another than the file's: only that the elements are the same ones in the same order is
 * promised, so that what reshapes costs nothing until an operator asks for a certain shape.
 */
export interface Flow {
  readonly is: 'flow';
  readonly value: ValueId;
  /** The file's shape for one image: without the batch axis where axis 0 is the batch, otherwise whole. */
  readonly dims: readonly number[];
  readonly kind: Kind;
  /** Which axis of the file's tensor the batch is, where a Transpose has moved it; absent: axis 0. */
  readonly batchAt?: number;
  /** Whether it is an input whose axis 0 is no batch, as it has another extent than that of the others. It can be a constant. */
  readonly alien?: true;
  /** Present where the file has codes of 8 bits, and the value here is the numbers that they stand for. */
  readonly codes?: Codes;
  /** The input of the file that it is, unchanged. */
  readonly input?: string;
  /** Present where the file has something else than the numbers of the value here. */
  readonly about?: Places | Above | Mask;
}

/** Where the largest number of each window of the value is: what MaxPool gives besides these numbers. */
export interface Places {
  readonly says: 'places';
  /** The file's shape of what was pooled, without the batch axis. */
  readonly pooled: readonly number[];
  /** The windows, as attributes of `max_pool`, and the shape of their maxima in the graph. */
  readonly windows: Attributes;
  readonly maxima: Shape;
}

/** Whether each number of the value is larger than a number. */
export interface Above {
  readonly says: 'above';
  readonly number: number;
}

/** Whether something holds, which the value has as 1 and 0. */
export interface Mask {
  readonly says: 'mask';
}

/** Code q stands for (q − zero)·scale. */
export interface Codes {
  readonly scale: number;
  readonly zero: number;
}

/** The result of a node that could not be imported: what reads it says nothing about it. */
export interface Unknown {
  readonly is: 'unknown';
}

export type Operand = Constant | Flow;
export type Entry = Operand | Unknown;
export const unknown: Unknown = { is: 'unknown' };

/** The value with the batch as axis `place` of the file's tensor. */
export function withBatchAt({ is, value, dims, kind }: Flow, place: number): Flow {
  return { is, value, dims, kind, ...(place !== 0 && { batchAt: place }) };
}
