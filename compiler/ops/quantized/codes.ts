// Codes: numbers of 7 bits that stand for real ones. A value with the element u8 holds whole numbers from 0 to 127; with a scale s > 0 and a
// zero point z, code q means (q − z)·s. Zero is a code, so that padding and relu are exact. Weights are i8 from −127 to 127 and mean
// code·s with a scale for each output channel. Operators see whole numbers and f32 multipliers, all of them parameters.
//
// The method is that of Jacob et al., 2018, "Quantization and training of neural networks for efficient integer-arithmetic-only
// inference"; 7 bits, because a product of an unsigned and a signed byte, two of them added in 16 bits, then never saturates.

import type { ParameterSpec, Report, Tensor, Violation } from '../../ir/operator.ts';
import type { Element, Shape, TensorType } from '../../ir/tensor-type.ts';
import { formatType } from '../../ir/tensor-type.ts';

/** The largest code. */
export const LARGEST_CODE = 127;

/** The largest magnitude of a weight's code. */
export const LARGEST_WEIGHT = 127;

/**
 * |Σ code·weight| stays below it in convolutions of several pixels, so that Winograd's algorithm on whole numbers is exact, which divides
 * 576·y by 576.
 */
export const WINOGRAD_LIMIT = 2 ** 25;

/** What a value's codes may be, and which of them is the number zero. */
export interface CodeRange {
  readonly zero: number;
  readonly low: number;
  readonly high: number;
}

/** A parameter `NAME.range`: zero point, lowest and highest code. */
export const rangeParameter = (name: string): ParameterSpec => integers(name, [3], 'i32');

/** A parameter of whole numbers. */
export const integers = (name: string, shape: Shape, element: Element): ParameterSpec => ({
  name,
  shape,
  element,
  role: 'parameter',
  initial: { kind: 'constant', value: 0 },
});

/** A parameter of f32 multipliers. */
export const multipliers = (name: string, shape: Shape): ParameterSpec => ({
  name,
  shape,
  role: 'parameter',
  initial: { kind: 'constant', value: 1 },
});

/** A constraint on the data operands of the operator of that name. */
export const codesSentence = (name: string): string => `the operands of \`${name}\` must be codes, u8`;

/** Whether all operands are codes; reports `constraint` where one is not. */
export function areCodes(inputs: readonly TensorType[], constraint: string, report: Report): boolean {
  const operand = inputs.findIndex(({ element }) => element !== 'u8');
  if (operand === -1) return true;
  report(constraint, notCodes(inputs[operand]!, operand));
  return false;
}

const notCodes = (type: TensorType, operand: number): Violation => ({
  found: formatType(type),
  expected: formatType({ ...type, element: 'u8' }),
  operand,
});

/** The type of codes in place of those numbers. */
export const asCodes = (type: TensorType): TensorType => ({ ...type, element: 'u8' });

/** The three numbers of a range's tensor. */
export function rangeOf({ data: [zero, low, high] }: Tensor): CodeRange {
  return { zero: zero!, low: low!, high: high! };
}

/**
 * The definition of requantisation, in f32 after each operation: fround(f32(sum)·multiplier) to the nearest whole number, ties to even,
 * plus the zero point, held between `low` and `high`; NaN becomes `low`.
 */
export function requantized(sum: number, multiplier: number, range: CodeRange): number {
  return clampedCode(Math.fround(Math.fround(sum) * multiplier), range);
}

/** The code of a number that is in units of the code's scale. */
export function clampedCode(units: number, { zero, low, high }: CodeRange): number {
  const shifted = Math.fround(nearest(units) + zero);
  const raised = low < shifted ? shifted : low;
  return raised < high ? raised : high;
}

/** To a whole number, ties to even; −0, infinities and NaN stay. */
export function nearest(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest < 0.5) return below;
  return rest > 0.5 || below % 2 !== 0 ? below + 1 : below;
}
