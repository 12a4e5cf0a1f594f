// The mean of each sliding window of codes; padding counts as the number zero. Where all windows have the same count, it is in the
// multiplier; otherwise the multiplier is divided by it.

import type { Operator } from '../../ir/operator.ts';
import { windowSpecs } from '../attributes.ts';
import { avgPool } from '../avg-pool.ts';
import { poolAttributes } from '../pool-windows.ts';
import { foldWindows } from '../pooling.ts';
import { describeWindow, windowOf } from '../window.ts';
import { areCodes, codesSentence, multipliers, rangeOf, rangeParameter, requantized } from './codes.ts';

const name = 'quantized_mean';

export const quantizedMean: Operator = {
  name,
  // The mean of each window of codes.
  internal: true,
  attributes: {
    kernel: windowSpecs.kernel,
    stride: poolAttributes.stride,
    padding: windowSpecs.padding,
    ceil: poolAttributes.ceil,
    counts: {
      type: 'choice',
      choices: ['alike', 'padded', 'inside'],
      default: 'alike',
      // What the multiplier is divided by: nothing, or the pixels of the window inside image and padding, or inside the image.
    },
  },
  constraints: { ...sentencesOfPool(), C5: codesSentence(name) },
  canonical: (attributes, inputs) => avgPool.canonical!(attributes, inputs),
  infer: (inputs, attributes, report) =>
    areCodes(inputs, 'C5', report) ? avgPool.infer(inputs, attributes, report) : undefined,
  parameters: () => [multipliers('multiplier', [1]), rangeParameter('input_range'), rangeParameter('range')],
  // codes [N,C,H,W] · multiplier [1] · ranges [3] → y [N,C,OH,OW]
  reference([x, multiplier, before, after], attributes, [input]) {
    const [factor, { zero }, range] = [multiplier!.data[0]!, rangeOf(before!), rangeOf(after!)];
    const mean = (codes: readonly number[], taps: number): number => {
      const sum = codes.reduce((total, code) => total + (code - zero), 0);
      const counts = { alike: 1, padded: taps, inside: codes.length };
      return requantized(sum, Math.fround(factor / counts[attributes['counts'] as keyof typeof counts]), range);
    };
    return [foldWindows(x!, input!, attributes, mean)];
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
