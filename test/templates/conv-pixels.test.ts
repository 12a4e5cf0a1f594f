// Direct convolutions of maps with one channel, whose vectors are pixels: against the f64 interpreter, with every number of channels and
// pixels that a block has, and what follows them.

import { expect, test } from 'vitest';
import { printKernel } from '../../compiler/kernel/text.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import { disagreements, distances } from '../support/agreement.ts';
import { moduleOf, runModule, runOracle, weightsFile } from '../support/executors.ts';
import { graphOf } from '../support/pass.ts';
import { feedsOf } from '../support/random-network.ts';

interface Case {
  readonly channels: number;
  readonly size: readonly [height: number, width: number];
  readonly kernel: readonly [number, number];
  readonly window?: string;
  readonly bias?: boolean;
  /** Operators that follow `%3`, the result. */
  readonly then?: string;
}

const cases: readonly Case[] = [
  ...[1, 2, 3, 5, 6, 9].map((channels): Case => ({ channels, size: [5, 18], kernel: [3, 3] })),
  ...[9, 10, 12, 13, 27].map((width): Case => ({ channels: 5, size: [4, width], kernel: [2, 3], then: 'relu(%3)' })),
  ...[9, 10, 11, 45].map((width): Case => ({ channels: 1, size: [4, width], kernel: [3, 2], bias: false })),
  { channels: 6, size: [28, 28], kernel: [5, 5], window: ', padding=2', then: 'sigmoid(%3)' },
  { channels: 1, size: [9, 40], kernel: [3, 5], window: ', padding=[1, 2]', then: 'tanh(%3)' },
  { channels: 5, size: [11, 17], kernel: [3, 4], window: ', stride=[2, 1], padding=1, dilation=[2, 1]' },
  { channels: 3, size: [3, 40], kernel: [1, 9], window: ', padding=[0, 4]', then: 'relu6(%3)' },
  { channels: 2, size: [3, 40], kernel: [2, 8], window: ', mode=convolution', then: 'neg(%3)' },
  { channels: 1, size: [40, 40], kernel: [22, 23], window: ', padding=3' },
  { channels: 3, size: [40, 40], kernel: [22, 24], window: ', padding=3' },
];

test.each(cases)('%j', async ({ channels, size, kernel, window = '', bias = true, then }) => {
  const [kh, kw] = kernel;
  const parameters = bias ? [`%2 = parameter b : [${channels}] he(2, 3)`] : [];
  const graph = graphOf(
    [
      `%0 = input x : [N,1,${size.join()}]`,
      `%1 = parameter w : [${channels},1,${kernel.join()}] he(${kh * kw}, 7)`,
      ...parameters,
      `%3 = conv(%0, %1${bias ? ', %2' : ''}) {channels=${channels}, kernel=[${kernel.join(', ')}]${window}, bias=${bias}} as conv`,
      ...(then ? [`%4 = ${then} as then`] : []),
      `output y = ${then ? '%4' : '%3'}`,
    ].join('\n'),
  );
  const feeds = feedsOf(graph, 2);
  expect(await disagreements(graph, feeds, { target: 'wasm' }, 1e-6)).toEqual([]);

  const { graph: optimised, program } = lower(graph, operators, { target: 'wasm', math: 'fast' });
  const kernels = program.kernels.map(printKernel).join('\n');
  expect(kernels).toContain('direct_conv');
  if (channels > 1) expect(kernels.includes('low_lanes')).toBe(kh * kw <= 512);
  const oracle = runOracle(graph, feeds);
  const found = await runModule(moduleOf(program), weightsFile(optimised, feeds.parameters), feeds, 2);
  expect(distances(oracle.outputs, found, 1e-6 * oracle.largest)).toEqual([]);
});
