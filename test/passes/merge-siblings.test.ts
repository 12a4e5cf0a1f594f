// The pass merge-siblings: what is merged computes the same, and who is left out says why.

import { describe, expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes, Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import { mergeSiblings } from '../../compiler/passes/merge-siblings.ts';
import { runPasses } from '../../compiler/passes/pass.ts';
import { buildExample } from '../support/examples.ts';
import { runPass } from '../support/pass.ts';

interface Path {
  readonly conv: Attributes;
  /** Operators after it; the last value of each path goes into a concatenation. Default: a 1×1 convolution. */
  readonly then?: readonly (readonly [op: string, attributes?: Attributes])[];
}

const reading = [['conv', { channels: 2, kernel: 1 }]] as const;

/** x [4, 6, 6] → paths → concat of their means → y */
function paths(...all: readonly Path[]): Graph {
  const builder = graphBuilder('test', operators);
  const x = builder.input('x', [4, 6, 6]);
  const ends = all.map(({ conv, then = reading }, at) => {
    let [value] = builder.node({ op: 'conv', name: `conv${at + 1}`, inputs: [x], attributes: conv });
    for (const [op, attributes = {}] of then) {
      [value] = builder.node({ op, name: `${op}_of_${at + 1}`, inputs: [value], attributes });
    }
    return value;
  });
  const flat = ends.map((value) => builder.node({ op: 'global_max_pool', inputs: [value] })[0]);
  builder.output('y', builder.node({ op: 'concat', inputs: flat })[0]);
  return builder.finish();
}

const own = (channels: number, more: Attributes = {}): Attributes => ({ channels, kernel: 3, padding: 1, ...more });
const after = (...ops: readonly (readonly [string, Attributes?])[]) => [...ops, ...reading];
const count = (graph: Graph, op: string): number => graph.nodes.filter((node) => node.op === op).length;

describe('merged', () => {
  test.each<[string, readonly Path[]]>([
    ['biases and none', [{ conv: own(3) }, { conv: own(5, { bias: false }) }, { conv: own(1) }]],
    ['no biases', [{ conv: own(3, { bias: false }) }, { conv: own(5, { bias: false }) }]],
    ['flipped', [{ conv: own(3, { mode: 'convolution' }) }, { conv: own(5, { mode: 'convolution' }) }]],
    [
      'strided and dilated',
      [{ conv: own(3, { stride: 2, dilation: 2 }) }, { conv: own(5, { stride: 2, dilation: 2 }) }],
    ],
    [
      'activated',
      [
        { conv: own(3), then: after(['relu']) },
        { conv: own(5), then: after(['relu']) },
      ],
    ],
    [
      'activated with attributes',
      [
        { conv: own(3), then: after(['leaky_relu', { slope: 0.2 }]) },
        { conv: own(5), then: after(['leaky_relu', { slope: 0.2 }]) },
      ],
    ],
  ])('%s', (_, all) => {
    const run = runPass(mergeSiblings, paths(...all));
    expect(count(run.graph, 'conv')).toBe(1 + all.length);
    expect(count(run.graph, 'relu') + count(run.graph, 'leaky_relu')).toBeLessThan(2);
    expect(run.distance).toBeLessThan(1e-14);
    expect(run.records.rewrites).toMatchObject([{ macsSaved: 0, callsSaved: all.length - 1 }]);
  });

  test('two pairs that differ', () => {
    const [three, one] = [own(2), { channels: 3, kernel: 1 }];
    const run = runPass(mergeSiblings, paths({ conv: three }, { conv: one }, { conv: three }, { conv: one }));
    expect(run.records.rewrites.map(({ nodes }) => nodes)).toEqual([
      ['conv1', 'conv3'],
      ['conv2', 'conv4'],
    ]);
    expect(run.distance).toBeLessThan(1e-14);
  });

  test('once: the pass settles', () => {
    const run = runPass(mergeSiblings, paths({ conv: own(3) }, { conv: own(5) }));
    expect(runPass(mergeSiblings, run.graph)).toMatchObject({ unchanged: true, records: { misses: [] } });
  });
});

describe('misses say why', () => {
  test.each<[string, readonly Path[]]>([
    ['windows of conv1 and conv2 differ', [{ conv: own(3) }, { conv: { channels: 3, kernel: 5, padding: 1 } }]],
    ['strides of conv1 and conv2 differ', [{ conv: own(3) }, { conv: own(3, { stride: 2 }) }]],
    ['conv1 and conv2 have groups', [{ conv: own(4, { groups: 2 }) }, { conv: own(4) }]],
    [
      'activations of conv1 and conv2 differ',
      [
        { conv: own(3), then: after(['relu']) },
        { conv: own(3), then: after(['sigmoid']) },
      ],
    ],
    [
      'max_pool_of_1 reads conv1, perhaps in its kernel',
      [{ conv: own(3), then: after(['max_pool', { kernel: 2 }]) }, { conv: own(3) }],
    ],
  ])('%s', (reason, all) => {
    const { unchanged, records } = runPass(mergeSiblings, paths(...all));
    expect(unchanged).toBe(true);
    expect(records.misses.map((miss) => miss.reason)).toEqual([reason]);
  });
});

test('filters that could not exist together stay apart', () => {
  const builder = graphBuilder('test', operators);
  const x = builder.input('x', [2 ** 15, 1, 1]);
  for (const name of ['a', 'b']) {
    const [value] = builder.node({ op: 'conv', inputs: [x], attributes: { channels: 2 ** 15, kernel: 1 } });
    builder.output(name, builder.node({ op: 'conv', inputs: [value], attributes: { channels: 1, kernel: 1 } })[0]);
  }
  const { records } = runPasses(builder.finish(), [mergeSiblings], operators);
  expect(records.rewrites).toEqual([]);
  expect(records.misses[0]!.reason).toMatch('conv/C5');
});

describe('GoogLeNet', () => {
  const graph = buildExample('googlenet', 'GoogLeNet');

  test('two of the three 1×1 convolutions of every block; the first writes into the concatenation', () => {
    const { records } = runPasses(graph, [mergeSiblings], operators);
    expect(records.rewrites.map(({ nodes }) => nodes)).toEqual(
      Array.from({ length: 9 }, (_, at) => [2, 3].map((path) => `inception${at + 1}.path${path}.conv1`)),
    );
    expect(records.misses.map(({ reason }) => reason)).toEqual(
      Array.from({ length: 9 }, (_, at) => {
        const block = `inception${at + 1}`;
        return `${block}.path1.conv1 is written straight into ${block}.concat1`;
      }),
    );
  });

  test('nothing is copied', () => {
    const { program } = lower(graph, operators);
    expect(program.run.filter(({ nodes }) => nodes.some((name) => /concat|split/.test(name)))).toEqual([]);
  });
});
