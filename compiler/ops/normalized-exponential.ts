// What softmax and log_softmax share: they work along the channels (or features), pixel by pixel.

import type { Operator } from '../ir/operator.ts';
import { channelAxis, channelsOf, sizeOf } from '../ir/tensor-type.ts';
import { defineSoftmaxGradient } from './softmax-gradient.ts';
import { isAnyFlow, notAnyFlow, sentences } from './limits.ts';

export interface NormalizedExponential extends Pick<Operator, 'name' | 'summary' | 'range'> {
  readonly logarithm: boolean;
  /** From x − max and Σ exp(x − max). */
  readonly value: (shifted: number, sum: number) => number;
}

/** softmax or log_softmax along the channels. x [N,C,…] → y [N,C,…] */
export function defineNormalizedExponential({ logarithm, value, ...rest }: NormalizedExponential): Operator {
  const backward = defineSoftmaxGradient(rest.name, logarithm);
  return {
    ...rest,
    attributes: {},
    constraints: { C1: sentences.anyFlow(rest.name) },
    infer: ([input], _, report) => (isAnyFlow(input!.shape) ? [input!] : report('C1', notAnyFlow(input!.shape))),
    // x [N,C,…] → y [N,C,…]
    reference([x], _, [input]) {
      const channels = channelsOf(input!);
      const inner = sizeOf(input!.shape.slice(channelAxis(input!) + 1));
      const data = new Float64Array(x!.data.length);
      for (let row = 0; row < data.length / channels; row += 1) {
        const start = Math.floor(row / inner) * channels * inner + (row % inner);
        let [largest, sum] = [-Infinity, 0];
        for (let c = 0; c < channels; c += 1) largest = Math.max(largest, x!.data[start + c * inner]!);
        for (let c = 0; c < channels; c += 1) sum += Math.exp(x!.data[start + c * inner]! - largest);
        for (let c = 0; c < channels; c += 1)
          data[start + c * inner] = value(x!.data[start + c * inner]! - largest, sum);
      }
      return [{ shape: x!.shape, data }];
    },
    lowering: { kind: 'softmax', logarithm },
    companions: [backward],
    gradient: ({ apply, results: [y], upstream: [dy] }) => [apply(backward.name, [dy!, y!])],
  };
}
