// The pass pool-linear: swaps and merges by hand-counted work, the same numbers on both sides, and what it leaves alone.

import { describe, expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes, Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { poolLinear } from '../../compiler/passes/pool-linear.ts';
import { buildExample } from '../support/examples.ts';
import { runPasses } from '../../compiler/passes/pass.ts';
import { runPass } from '../support/pass.ts';

type Step = readonly [op: string, attributes: Attributes];

/** The steps one after the other on [channels, 9, 8]; `tap` names one whose value is an output as well. */
function chain(channels: number, steps: readonly Step[], tap?: number): Graph {
  const builder = graphBuilder('test', operators);
  let value = builder.input('x', [channels, 9, 8]);
  steps.forEach(([op, attributes], at) => {
    [value] = builder.node({ op, name: `${op}${at}`, inputs: [value], attributes });
    if (tap === at) builder.output('tap', value);
  });
  builder.output('y', value);
  return builder.finish();
}

const opsOf = (graph: Graph): readonly string[] =>
  graph.nodes.filter(({ results }) => graph.types.get(results[0]!)!.batched).map(({ op }) => op);

const one: Step = ['conv', { channels: 6, kernel: 1 }];

describe.each<Step>([
  ['avg_pool', { kernel: 2 }],
  ['avg_pool', { kernel: 2, ceil: true }],
  ['avg_pool', { kernel: 3, stride: 2, padding: 1, count_padding: false }],
  ['global_avg_pool', {}],
  ['adaptive_avg_pool', { size: [4, 3] }],
])('%s %o', (...pool) => {
  test('goes before a 1×1 convolution', () => {
    const run = runPass(poolLinear, chain(4, [one, pool]));
    expect(opsOf(run.graph)).toEqual([pool[0], 'conv']);
    expect(run.distance).toBeLessThan(1e-14);
  });
  test('stays there', () => expect(runPass(poolLinear, chain(4, [pool, one])).unchanged).toBe(true));
});

test('groups do not matter', () => {
  const run = runPass(
    poolLinear,
    chain(4, [
      ['conv', { channels: 6, kernel: 1, groups: 2 }],
      ['avg_pool', { kernel: 2 }],
    ]),
  );
  expect(opsOf(run.graph)).toEqual(['avg_pool', 'conv']);
  expect(run.distance).toBeLessThan(1e-14);
});

test('fewer channels come before a pooling that keeps the size', () => {
  const pool: Step = ['avg_pool', { kernel: 3, stride: 1, padding: 1 }];
  const conv: Step = ['conv', { channels: 2, kernel: 1, bias: false }];
  const run = runPass(poolLinear, chain(8, [pool, conv]));
  expect(opsOf(run.graph)).toEqual(['conv', 'avg_pool']);
  expect(run.distance).toBeLessThan(1e-14);
  // 8 → 2 channels of 72 pixels: not fewer products, but 6 · 72 values less, each stored and loaded as f32.
  expect(run.records.rewrites).toMatchObject([{ rule: 'swap', macsSaved: 0, bytesSaved: 8 * 6 * 72, callsSaved: 0 }]);
});

describe('a convolution and the pooling behind it become one', () => {
  test.each<[Attributes, Attributes]>([
    [{ kernel: 3 }, { kernel: 2 }],
    [{ kernel: 3, padding: 1, stride: 2 }, { kernel: 2 }],
    [
      { kernel: [1, 3], padding: [0, 1] },
      { kernel: [2, 3], stride: 2 },
    ],
    [{ kernel: 2, groups: 2, mode: 'convolution' }, { kernel: 2 }],
    [
      { kernel: 3, padding: [2, 0, 1, 2], bias: false },
      { kernel: 3, stride: 3 },
    ],
  ])('%o, %o', (conv, pool) => {
    const graph = chain(4, [
      ['conv', { channels: 6, ...conv }],
      ['avg_pool', pool],
    ]);
    const run = runPass(poolLinear, graph);
    expect(opsOf(run.graph)).toEqual(['conv']);
    expect(run.distance).toBeLessThan(1e-14);
  });

  test('3×3 and 2×2: 36 products per output become 16', () => {
    const graph = chain(1, [
      ['conv', { channels: 1, kernel: 3, padding: [1, 1, 0, 1] }],
      ['avg_pool', { kernel: 2 }],
    ]);
    expect(runPass(poolLinear, graph).records.rewrites).toMatchObject([{ rule: 'merge', macsSaved: 20 * 16 }]);
  });
});

describe('misses say why', () => {
  const reasonOf = (graph: Graph): string | undefined => {
    const { unchanged, records } = runPass(poolLinear, graph);
    expect(unchanged).toBe(true);
    return records.misses[0]?.reason;
  };

  test.each<[string, readonly Step[]]>([
    ['avg_pool1 averages zeros, to which conv0 adds a bias', [one, ['avg_pool', { kernel: 3, stride: 2, padding: 1 }]]],
    [
      'avg_pool1 has padding',
      [
        ['conv', { channels: 4, kernel: 3 }],
        ['avg_pool', { kernel: 2, padding: 1 }],
      ],
    ],
    // 3×3 and 5×5: a window of 7×7.
    [
      'the weights would grow 5.4-fold',
      [
        ['conv', { channels: 4, kernel: 3 }],
        ['avg_pool', { kernel: 5 }],
      ],
    ],
    [
      'conv0 is dilated',
      [
        ['conv', { channels: 4, kernel: 2, dilation: 2 }],
        ['avg_pool', { kernel: 2 }],
      ],
    ],
    [
      'the last windows of avg_pool1 overhang',
      [
        ['conv', { channels: 4, kernel: 3 }],
        ['avg_pool', { kernel: 2, ceil: true }],
      ],
    ],
  ])('%s', (reason, steps) => expect(reasonOf(chain(4, steps))).toBe(reason));

  test('windows so large that the constant for them would be', () => {
    const builder = graphBuilder('test', operators);
    const conv = { channels: 1, kernel: [40, 12] };
    const [y] = builder.node({
      op: 'conv',
      name: 'conv0',
      inputs: [builder.input('x', [1, 60, 16])],
      attributes: conv,
    });
    builder.output('y', builder.node({ op: 'avg_pool', inputs: [y], attributes: { kernel: 2 } })[0]);
    expect(reasonOf(builder.finish())).toBe('the windows of conv0 are too large');
  });

  test('an output in between', () => {
    expect(reasonOf(chain(4, [one, ['avg_pool', { kernel: 2 }]], 0))).toBe('conv0 is also an output');
  });

  test('what does not pay or is not linear is no miss', () => {
    const many: Step = ['conv', { channels: 6, kernel: 3, stride: 3 }];
    expect(reasonOf(chain(4, [one, ['relu', {}], ['avg_pool', { kernel: 2 }]]))).toBeUndefined();
    expect(reasonOf(chain(4, [one, ['max_pool', { kernel: 2 }]]))).toBeUndefined();
    expect(reasonOf(chain(4, [many, ['avg_pool', { kernel: 2, stride: 1 }]]))).toBeUndefined();
  });
});

test("DenseNet's transitions take a quarter of their products", () => {
  const { records } = runPasses(buildExample('densenet', 'DenseNet'), [poolLinear], operators);
  // [64 + 128 → 96] on 24×24, [96 + 128 → 112] on 12×12, [112 + 128 → 120] on 6×6.
  const products = [192 * 96 * 576, 224 * 112 * 144, 240 * 120 * 36];
  expect(records.rewrites.map(({ macsSaved }) => macsSaved)).toEqual(products.map((macs) => (macs * 3) / 4));
});
