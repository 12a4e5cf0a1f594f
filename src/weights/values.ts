// Whether what a file has can be weights: real numbers, and finite ones.

import { formatShape } from '../../compiler/ir/tensor-type.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { printable } from '../data/input-error.ts';
import type { Named } from './order.ts';
import { type WeightTensor, weightDtypes } from '../data/weight-tensor.ts';

/** An error for types that weights cannot have; without one, a warning for weights that are NaN or infinite in f32. */
export function checkValues(weights: ReadonlyMap<string, WeightTensor>): readonly Diagnostic[] {
  const wrong = [...weights].filter(([, { dtype }]) => !weightDtypes.has(dtype));
  if (wrong.length > 0) return [wrongTypes(wrong)];
  const troubled = [...weights.values()]
    .map(({ name, shape, data }) => ({ name, shape, count: notFiniteIn(data), elements: data.length }))
    .filter(({ count }) => count > 0);
  return troubled.length === 0 ? [] : [notFinite(troubled)];
}

interface Troubled extends Named {
  readonly count: number;
  readonly elements: number;
}

function notFiniteIn(data: Float32Array): number {
  let count = 0;
  for (const value of data) if (!Number.isFinite(value)) count += 1;
  return count;
}

function wrongTypes(tensors: readonly (readonly [string, WeightTensor])[]): Diagnostic {
  const types = [...new Set(tensors.map(([, { dtype }]) => printable(dtype)))].slice(0, 4).join(', ');
  return {
    code: 'weights/dtype',
    severity: 'error',
    message: `weights must be real numbers of a type that can be read, not ${types}`,
    found: types,
    expected: 'F64, F32, F16 or BF16, or I8 with NAME.scale beside it',
    notes: firstTen(
      tensors.map(
        ([name, tensor]) => `${printable(tensor.name)} for ${name} is ${printable(tensor.dtype.slice(0, 24))}`,
      ),
    ),
    fixes: [{ message: 'convert them: tensor.float() in PyTorch' }],
  };
}

function notFinite(tensors: readonly Troubled[]): Diagnostic {
  const [first] = tensors;
  const others = tensors.length - 1;
  const name = printable(first!.name);
  const subject = others === 0 ? `${name} has` : `${name} and ${others} other tensor${others === 1 ? '' : 's'} have`;
  return {
    code: 'weights/finite',
    severity: 'warning',
    message: `${subject} weights that are NaN or infinite`,
    found: `${first!.count} of ${first!.elements} weights that are not finite`,
    expected: 'finite numbers',
    notes: firstTen(
      tensors.map(
        ({ name, shape, count, elements }) => `${printable(name)} ${formatShape(shape)}: ${count} of ${elements}`,
      ),
    ),
    fixes: [
      {
        message:
          'look at how the file was made: training may have diverged, or numbers may have been too large for its type',
      },
    ],
  };
}

/** Ten lines at most, and how many more there are. */
export function firstTen(lines: readonly string[]): string[] {
  return lines.length > 10 ? [...lines.slice(0, 10), `and ${lines.length - 10} more`] : [...lines];
}

/** `1 tensor`, `2 tensors` */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
