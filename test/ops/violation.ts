// How a mistake is written down: an operator on operands of these types, and the report that it must give.

import type { Attributes } from '../../compiler/ir/graph.ts';
import type { Violation } from '../../compiler/ir/operator.ts';
import { tensorType } from '../../compiler/ir/tensor-type.ts';
import type { Shape, TensorType } from '../../compiler/ir/tensor-type.ts';

export interface ViolationCase {
  readonly op: string;
  readonly constraint: string;
  readonly inputs: readonly TensorType[];
  /** As written: defaults are filled in. */
  readonly attributes: Attributes;
  /** What the report must hold at least. */
  readonly report: Violation;
}

/** A mistake and what must be said of it. Shapes have the batch axis. */
export const violation = (
  op: string,
  constraint: string,
  inputs: readonly (Shape | TensorType)[],
  attributes: Attributes,
  report: Violation,
): ViolationCase => ({
  op,
  constraint,
  inputs: inputs.map((input) => ('shape' in input ? input : tensorType(input))),
  attributes,
  report,
});

/** Weights have no batch axis. */
export const weights = (...shape: Shape): TensorType => tensorType(shape, false);

export const flat: Violation = { found: '[256]', expected: '[C, H, W]' };
export const rank2: Violation = { found: '[4, 4]', expected: '[C, H, W] or [features]' };
export const rank4: Violation = { found: '[4, 4, 4, 4]', expected: '[C, H, W], [length, features] or [features]' };
/** An attribute to blame, and a value that would do. */
export const suggest = (attribute: string, value: number | readonly number[]) => ({
  attribute,
  suggestion: { attribute, value },
});
