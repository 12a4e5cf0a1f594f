// The mean of each sliding window of codes; padding counts as the number zero. All windows have the same count, which is in the multiplier.

import type { Operator } from '../../ir/operator.ts';
import { windowSpecs } from '../attributes.ts';
import { avgPool } from '../avg-pool.ts';
import { convolve } from '../convolution.ts';
import { describeWindow, windowOf } from '../window.ts';
import { areCodes, codesSentence, multipliers, rangeOf, rangeParameter, requantized } from './codes.ts';

const name = 'quantized_mean';

export const quantizedMean: Operator = {
  name,
  summary: 'The mean of each window of codes.',
  internal: true,
  attributes: {
    kernel: windowSpecs.kernel,
    stride: { ...windowSpecs.stride, default: '=kernel' },
    padding: windowSpecs.padding,
  },
  constraints: { ...sentencesOfPool(), C5: codesSentence(name) },
  canonical: (attributes, inputs) => avgPool.canonical!(attributes, inputs),
  infer(inputs, attributes, report) {
    return areCodes(inputs, 'C5', report) ? avgPool.infer(inputs, { ...attributes, ceil: false }, report) : undefined;
  },
  parameters: () => [multipliers('multiplier', [1]), rangeParameter('input_range'), rangeParameter('range')],
  // codes [N,C,H,W] · multiplier [1] · ranges [3] → y [N,C,OH,OW]
  reference([x, multiplier, before, after], attributes, [input]) {
    const channels = input!.shape[0]!;
    const { zero } = rangeOf(before!);
    const differences = { shape: x!.shape, data: x!.data.map((code) => code - zero) };
    const [height, width] = windowOf(attributes).kernel;
    const ones = { shape: [channels, 1, height, width], data: new Float64Array(channels * height * width).fill(1) };
    const window = { ...attributes, mode: 'cross_correlation' };
    const sums = convolve([differences, ones], window, input!, { channels, groups: channels });
    const [factor, range] = [multiplier!.data[0]!, rangeOf(after!)];
    return [{ shape: sums.shape, data: sums.data.map((sum) => requantized(sum, factor, range)) }];
  },
  window: windowOf,
  describe: (attributes) => describeWindow(name, attributes),
  takes: () => 'codes',
  lowering: { kind: 'quantized-mean' },
};

function sentencesOfPool(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(avgPool.constraints).map(([constraint, text]) => [constraint, text.replace('avg_pool', name)]),
  );
}
