// PyTorch's cases: random applications of every operator, computed once in f64 by test/fixtures/pytorch/generate.py. Operands
// are a formula, as everywhere in the tests; of a result the file holds its shape, a weighted sum, and some elements.

import { existsSync, readFileSync } from 'node:fs';
import type { Attributes } from '../../compiler/ir/graph.ts';
import type { Tensor } from '../../compiler/ir/operator.ts';
import { operatorOf, storedAttributes } from '../../compiler/ir/signature.ts';
import { sizeOf, tensorType } from '../../compiler/ir/tensor-type.ts';
import type { Shape } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import type { OperatorCase } from './arbitrary-operator.ts';
import { unit } from './formula.ts';

export interface PytorchCase {
  readonly attributes: Attributes;
  /** Data operands, without the batch axis. */
  readonly inputs: readonly { readonly shape: Shape; readonly batched?: boolean }[];
  readonly batch: number;
  readonly seed: number;
  readonly results: readonly Digest[];
}

interface Digest {
  /** Without the batch axis. */
  readonly shape: Shape;
  /** Σ yᵢ · wᵢ over all elements, the weights a formula in [−1, 1): an error in any one shows. */
  readonly sum: number;
  /** Up to four, evenly from the first to the last. */
  readonly elements: readonly number[];
}

/** What an operator on numbers makes of infinities, NaN, zeros and large numbers, written as Python does. */
export interface SpecialCase {
  readonly attributes: Attributes;
  readonly values: readonly string[];
  readonly results: readonly string[];
}

const fileOf = (op: string): URL => new URL(`../fixtures/pytorch/${op}.jsonl`, import.meta.url);

export const hasPytorchCases = (op: string): boolean => existsSync(fileOf(op));

export function pytorchCases(op: string): { readonly cases: readonly PytorchCase[]; readonly special?: SpecialCase } {
  const lines = readFileSync(fileOf(op), 'utf8').trimEnd().split('\n');
  const all = lines.map((line) => JSON.parse(line) as PytorchCase | { readonly special: SpecialCase });
  const special = all.find((one) => 'special' in one)?.special;
  return { cases: all.filter((one): one is PytorchCase => !('special' in one)), ...(special && { special }) };
}

export function operatorCase(
  op: string,
  { attributes, inputs }: Pick<PytorchCase, 'attributes' | 'inputs'>,
): OperatorCase {
  const types = inputs.map(({ shape, batched = true }) => tensorType(shape, batched));
  return {
    op,
    inputs: types,
    inputShapes: types.map(({ shape }) => shape),
    attributes: storedAttributes(operatorOf(operators, op), attributes, types),
  };
}

/** Where results are farther from PyTorch's than `tolerance` of their magnitude, one sentence each. */
export function deviations(
  results: readonly Tensor[],
  expected: readonly Digest[],
  tolerance: number,
): readonly string[] {
  if (results.length !== expected.length) return [`${results.length} results, PyTorch has ${expected.length}`];
  return expected.flatMap(({ shape, sum, elements }, at) => {
    const { shape: found, data } = results[at]!;
    const own = found.slice(found.length - shape.length);
    if (own.join() !== shape.join() || data.length % sizeOf(shape) !== 0)
      return [`result ${at} is [${own.join(', ')}], PyTorch's is [${shape.join(', ')}]`];
    const weights = unit(7000, data.length).map((u) => (u - 0.5) * 2);
    const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    const weighted = data.reduce((total, value, i) => total + value * weights[i]!, 0);
    const places = [...new Set([0, 1, 2, 3].map((third) => halfToEven((third * (data.length - 1)) / 3)))];
    return [
      ...(Math.abs(weighted - sum) <= tolerance * largest * data.length
        ? []
        : [`the sum over result ${at} is ${weighted}, PyTorch's is ${sum}`]),
      ...places.flatMap((place, k) =>
        Math.abs(data[place]! - elements[k]!) <= tolerance * largest
          ? []
          : [`result ${at} has ${data[place]} at ${place}, PyTorch has ${elements[k]}`],
      ),
    ];
  });
}

/** As Python rounds. */
function halfToEven(value: number): number {
  const below = Math.floor(value);
  return value - below === 0.5 ? below + (below % 2) : Math.round(value);
}
