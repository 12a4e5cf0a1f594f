// Transposed convolutions as convolutions of their phases: the same sums of whole numbers, and when there are none.

import { describe, expect, test } from 'vitest';
import type { Attributes } from '../../compiler/ir/graph.ts';
import { inferNode, operatorOf, storedAttributes } from '../../compiler/ir/signature.ts';
import { tensorType } from '../../compiler/ir/tensor-type.ts';
import { operators } from '../../compiler/ops/index.ts';
import { transposedConvolve } from '../../compiler/ops/conv-transpose.ts';
import { phasesOf } from '../../compiler/quantize/phases.ts';
import { biasesOfPhases, filtersOfPhases } from '../../src/quantize/phases.ts';
import { applied, rangeTensor, tensor, wholeNumbers } from '../support/codes.ts';

const transposed = operatorOf(operators, 'conv_transpose');
const input = tensorType([3, 4, 5]);

function phased(written: Attributes) {
  const attributes = storedAttributes(transposed, { channels: 2, ...written }, [input]);
  const { results, problems } = inferNode(transposed, [input], attributes);
  if (!results) throw new RangeError(problems.join());
  return { attributes, made: phasesOf(attributes, input.shape, results[0]!.shape) };
}

describe('the sums of a transposed convolution', () => {
  test.each<Attributes>([
    { kernel: 2, stride: 2 },
    { kernel: 3, stride: 2, padding: 1, output_padding: 1 },
    { kernel: 3, stride: 2, padding: 'same' },
    { kernel: 4, stride: 2, padding: 1 },
    { kernel: 5, stride: [2, 3], padding: [2, 1, 1, 1], output_padding: [0, 0] },
    { kernel: 8, stride: 4, padding: 2 },
    { kernel: 3, stride: 1, padding: 1 },
    { kernel: 3, stride: 1 },
    { kernel: [2, 1], stride: 3, padding: 0, output_padding: [1, 2] },
  ])('%o', (written) => {
    const { attributes, made } = phased(written);
    if (typeof made === 'string') throw new RangeError(made);
    const x = wholeNumbers([2, 3, 4, 5], 0, 127, 1);
    const [kh, kw] = attributes['kernel'] as readonly [number, number];
    const [w, bias] = [wholeNumbers([3, 2, kh, kw], -127, 127, 2), wholeNumbers([2], -9000, 9000, 3)];
    const zero = 9;
    const differences = { shape: x.shape, data: x.data.map((code) => code - zero) };
    const expected = transposedConvolve([differences, w, bias], attributes, input);
    const filters = tensor(filtersOfPhases(w, made.phases).shape, filtersOfPhases(w, made.phases).data);
    const biases = biasesOfPhases(bias, made.phases);
    const size = filters.data.length / biases.data.length;
    // What the zero point adds is taken away, as the operator says.
    const shifted = biases.data.map((sum, o) => {
      const own = filters.data.subarray(o * size, (o + 1) * size);
      return sum - zero * own.reduce((total, tap) => total + tap, 0);
    });
    const ones = tensor(
      biases.shape,
      biases.data.map(() => 1),
    );
    const parameters = [filters, tensor(biases.shape, shifted), ones, rangeTensor(zero)];
    const { shape, data } = applied('quantized_conv_f32', [x], parameters, made.attributes);
    expect(shape).toEqual(expected.shape);
    expect(data).toEqual(expected.data);
    expect(new Set(data).size).toBeGreaterThan(50);
  });
});

test.each<readonly [Attributes, string]>([
  [{ kernel: 3, stride: 2 }, 'its result is no multiple of its stride'],
  [{ kernel: 3, stride: 2, dilation: 2, padding: 1 }, 'its taps lie apart'],
  [{ kernel: 1, stride: 1, padding: 1 }, 'more is cut off than its windows overlap'],
])('%o: %s', (written, reason) => expect(phased(written).made).toBe(reason));
