// Whether the tensors of a quantised network are what its kernels count on: codes of 7 bits, and sums that none of them lets overflow. Files
// that were written by cnnc always are; one that was changed would give other numbers on each target.

import type { TensorSpec } from './abi.ts';
import type { WeightData } from './weights.ts';

/** Indices of tensors: of codes; or of weights, whose sums with the biases of the same channels are bounded. */
export interface NumberBound {
  readonly tensor: number;
  readonly bias?: number;
  /** What each code, or Σ |code·weight| of each channel, stays below. */
  readonly below: number;
}

/** The same tensors, in the order of `specs`. Throws RangeError for the first that breaks a bound. */
export function checkedNumbers(
  tensors: WeightData[],
  specs: readonly TensorSpec[],
  bounds: readonly NumberBound[],
): WeightData[] {
  for (const { tensor, bias, below } of bounds) {
    const { name } = specs[tensor] as TensorSpec;
    const data = tensors[tensor] as WeightData;
    if (bias === undefined) checkCodes(name, data, below);
    else checkSums(name, data, tensors[bias] as WeightData, below);
  }
  return tensors;
}

function checkCodes(name: string, data: WeightData, below: number): void {
  for (const code of data)
    if (!(code >= 0 && code < below))
      throw new RangeError(`${name} has ${code}; expected codes from 0 to ${below - 1}. Quantise the network again`);
}

/** Sums are bias + Σ code·weight in 32 bits; codes go up to 127. */
function checkSums(name: string, weights: WeightData, biases: WeightData, below: number): void {
  const size = weights.length / biases.length;
  for (const [channel, bias] of biases.entries()) {
    let products = 0;
    for (let at = channel * size; at < (channel + 1) * size; at++) products += 127 * Math.abs(weights[at] as number);
    const largest = Math.abs(bias) + products;
    if (!(products < below && largest < 2 ** 31))
      throw new RangeError(
        `the sums of ${name} could reach ${largest} in channel ${channel}, which its kernels do not hold; quantise the network again`,
      );
  }
}
