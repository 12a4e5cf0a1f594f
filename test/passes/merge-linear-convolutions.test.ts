// The pass merge-linear-convolutions: every order, stride, padding and bias computes the same; costs counted by hand.

import { describe, expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes, Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { mergeLinearConvolutions } from '../../compiler/passes/merge-linear-convolutions.ts';
import { runPasses } from '../../compiler/passes/pass.ts';
import { runPass } from '../support/pass.ts';

/** x [2, 6, 7] → first → (relu) → second → y */
function pair(first: Attributes, second: Attributes, options: { relu?: boolean; tap?: boolean } = {}): Graph {
  const builder = graphBuilder('test', operators);
  const x = builder.input('x', [2, 6, 7]);
  const [a] = builder.node({ op: 'conv', name: 'first', inputs: [x], attributes: first });
  const between = options.relu ? builder.node({ op: 'relu', name: 'relu1', inputs: [a] })[0] : a;
  const [b] = builder.node({ op: 'conv', name: 'second', inputs: [between], attributes: second });
  builder.output('y', b);
  if (options.tap) builder.output('tap', a);
  return builder.finish();
}

const convolutions = (graph: Graph) => graph.nodes.filter(({ op }) => op === 'conv');

describe.each([
  [true, true],
  [true, false],
  [false, true],
  [false, false],
])('biases %s and %s', (b1, b2) => {
  test.each<[string, Attributes, Attributes]>([
    ['3×3, 1×1', { channels: 9, kernel: 3, padding: 1 }, { channels: 2, kernel: 1 }],
    [
      'strided 3×3, strided 1×1',
      { channels: 9, kernel: 3, stride: 2, padding: [1, 0, 2, 1] },
      { channels: 2, kernel: 1, stride: [2, 1] },
    ],
    [
      'flipped dilated 3×2, 1×1',
      { channels: 9, kernel: [3, 2], dilation: 2, mode: 'convolution' },
      { channels: 2, kernel: 1 },
    ],
    ['1×1, 1×1', { channels: 9, kernel: 1 }, { channels: 2, kernel: 1 }],
    ['1×1, 3×3', { channels: 9, kernel: 1 }, { channels: 2, kernel: 3, stride: 2 }],
    [
      '1×1, flipped dilated 2×3',
      { channels: 9, kernel: 1 },
      { channels: 2, kernel: [2, 3], dilation: 2, mode: 'convolution' },
    ],
  ])('%s', (_, first, second) => {
    const run = runPass(mergeLinearConvolutions, pair({ ...first, bias: b1 }, { ...second, bias: b2 }));
    expect(convolutions(run.graph)).toMatchObject([{ name: 'second', attributes: { bias: b1 || b2 } }]);
    expect(run.distance).toBeLessThan(1e-14);
  });
});

test('1×1, then 3×3 with padding, without a bias in between', () => {
  const run = runPass(
    mergeLinearConvolutions,
    pair({ channels: 9, kernel: 1, bias: false }, { channels: 2, kernel: 3, padding: 1 }),
  );
  expect(convolutions(run.graph)).toHaveLength(1);
  expect(run.distance).toBeLessThan(1e-14);
});

test('42 pixels: 2·6·9 + 6·3 products each become 2·3·9', () => {
  const run = runPass(
    mergeLinearConvolutions,
    pair({ channels: 6, kernel: 3, padding: 1 }, { channels: 3, kernel: 1 }),
  );
  const expected = { macsSaved: 42 * (108 + 18 - 54), bytesSaved: 8 * 6 * 42, callsSaved: 1 };
  expect(run.records.rewrites).toMatchObject([{ rule: '1x1-last', nodes: ['second', 'first'], ...expected }]);
});

test('three in a row become one', () => {
  const builder = graphBuilder('test', operators);
  let value = builder.input('x', [2, 4, 4]);
  for (const kernel of [1, 3, 1]) {
    [value] = builder.node({ op: 'conv', inputs: [value], attributes: { channels: kernel === 1 ? 3 : 8, kernel } });
  }
  builder.output('y', value);
  const run = runPass(mergeLinearConvolutions, builder.finish());
  expect(convolutions(run.graph)).toHaveLength(1);
  expect(run.distance).toBeLessThan(1e-14);
});

describe('misses say why', () => {
  const reasonOf = (graph: Graph): string | undefined => {
    const { unchanged, records } = runPass(mergeLinearConvolutions, graph);
    expect(unchanged).toBe(true);
    return records.misses[0]?.reason;
  };

  test.each<[string, Graph]>([
    // A bottleneck: 2·1 + 1·20 products become 2·20.
    ['would cost 756 more MACs', pair({ channels: 1, kernel: 1 }, { channels: 20, kernel: 1 })],
    ['would cost as many MACs', pair({ channels: 1, kernel: 1 }, { channels: 2, kernel: 1 })],
    ['relu1 stands between', pair({ channels: 6, kernel: 3 }, { channels: 2, kernel: 1 }, { relu: true })],
    ['first is also an output', pair({ channels: 6, kernel: 3 }, { channels: 2, kernel: 1 }, { tap: true })],
    [
      'second pads with 0, not with the bias of first',
      pair({ channels: 6, kernel: 1 }, { channels: 2, kernel: 3, padding: 1 }),
    ],
  ])('%s', (reason, graph) => expect(reasonOf(graph)).toBe(reason));

  test('filters that could not exist', () => {
    const huge = 2 ** 16;
    const builder = graphBuilder('test', operators);
    const [a] = builder.node({
      op: 'conv',
      inputs: [builder.input('x', [huge, 1, 1])],
      attributes: { channels: 1, kernel: 1 },
    });
    builder.output('y', builder.node({ op: 'conv', inputs: [a], attributes: { channels: huge, kernel: 1 } })[0]);
    const { graph, records } = runPasses(builder.finish(), [mergeLinearConvolutions], operators);
    expect(graph.nodes).toHaveLength(2);
    expect(records).toEqual({ rewrites: [], misses: [] });
  });

  test('what would be no convolution is no miss', () => {
    expect(reasonOf(pair({ channels: 6, kernel: 3 }, { channels: 2, kernel: 3 }))).toBeUndefined();
    expect(reasonOf(pair({ channels: 6, kernel: 3, groups: 2 }, { channels: 2, kernel: 1 }))).toBeUndefined();
    expect(reasonOf(pair({ channels: 6, kernel: 3 }, { channels: 2, kernel: 1, groups: 2 }))).toBeUndefined();
    expect(reasonOf(pair({ channels: 6, kernel: 1, stride: 2 }, { channels: 2, kernel: 3 }))).toBeUndefined();
    expect(reasonOf(pair({ channels: 1, kernel: 1 }, { channels: 20, kernel: 1 }, { relu: true }))).toBeUndefined();
  });
});
