// The pass one-pixel-dense: which convolutions are dense layers, and what happens to what follows them.

import { describe, expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes, Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { onePixelDense } from '../../compiler/passes/one-pixel-dense.ts';
import { runPass } from '../support/pass.ts';

type Step = readonly [op: string, attributes?: Attributes];

function chain(shape: readonly number[], steps: readonly Step[], taps: readonly number[] = []): Graph {
  const builder = graphBuilder('test', operators);
  let value = builder.input('x', shape);
  steps.forEach(([op, attributes = {}], at) => {
    [value] = builder.node({ op, name: `${op}${at}`, inputs: [value], attributes });
    if (taps.includes(at)) builder.output(`tap${at}`, value);
  });
  builder.output('y', value);
  return builder.finish();
}

const namesOf = (graph: Graph): readonly string[] =>
  graph.nodes.filter(({ results }) => graph.types.get(results[0]!)!.batched).map(({ name }) => name);

describe('becomes dense', () => {
  test.each<[string, readonly number[], Attributes]>([
    ['1×1 on a pixel', [4, 1, 1], { kernel: 1 }],
    ['flipped, strided, dilated on a pixel', [4, 1, 1], { kernel: 1, mode: 'convolution', stride: 2, dilation: 3 }],
    ['3×2 on 3×2', [4, 3, 2], { kernel: [3, 2], bias: false }],
    ['3×2 on 3×2, strided', [4, 3, 2], { kernel: [3, 2], stride: 2 }],
  ])('%s', (_, shape, attributes) => {
    const run = runPass(onePixelDense, chain(shape, [['conv', { channels: 3, ...attributes }]]));
    expect(namesOf(run.graph)).toEqual(['conv0.flatten', 'conv0', 'conv0.pixel']);
    expect(run.graph.nodes.find(({ name }) => name === 'conv0')!.op).toBe('dense');
    expect(run.distance).toBeLessThan(1e-15);
  });
});

describe('stays a convolution', () => {
  test.each<[string, readonly number[], Attributes]>([
    ['smaller than its map', [4, 3, 3], { kernel: 2 }],
    ['padded', [4, 1, 1], { kernel: 3, padding: 1 }],
    ['grouped', [4, 1, 1], { kernel: 1, groups: 2, channels: 2 }],
    ['flipped', [4, 2, 2], { kernel: 2, mode: 'convolution' }],
    ['dilated', [4, 3, 3], { kernel: 2, dilation: 2 }],
  ])('%s', (_, shape, attributes) => {
    const run = runPass(onePixelDense, chain(shape, [['conv', { channels: 3, ...attributes }]]));
    expect(run.unchanged).toBe(true);
    expect(run.records.misses).toEqual([]);
  });
});

const conv: Step = ['conv', { channels: 3, kernel: 1 }];

test('activations with parameters follow it, and flatten disappears', () => {
  const run = runPass(onePixelDense, chain([4, 1, 1], [conv, ['relu'], ['prelu', { shared: false }], ['flatten']]));
  expect(namesOf(run.graph)).toEqual(['conv0.flatten', 'conv0', 'relu1', 'prelu2']);
  expect(run.distance).toBeLessThan(1e-15);
});

test('values that others read stay images', () => {
  const run = runPass(onePixelDense, chain([4, 1, 1], [conv, ['relu'], ['flatten']], [0]));
  expect(namesOf(run.graph)).toEqual(['conv0.flatten', 'conv0', 'conv0.pixel', 'relu1', 'flatten2']);
  expect(run.graph.types.get(run.graph.outputs[0]!.value)!.shape).toEqual([3, 1, 1]);
  expect(run.distance).toBeLessThan(1e-15);
});

test('two in a row', () => {
  const run = runPass(onePixelDense, chain([4, 1, 1], [conv, ['relu'], conv, ['flatten']]));
  expect(run.graph.nodes.filter(({ op }) => op === 'dense')).toHaveLength(2);
  expect(run.distance).toBeLessThan(1e-15);
});

test('a part of a larger map would have to be copied', () => {
  const builder = graphBuilder('test', operators);
  const parts = builder.node({
    op: 'split',
    name: 'split',
    inputs: [builder.input('x', [4, 2, 2])],
    attributes: { parts: 2 },
  });
  const [y] = builder.node({ op: 'conv', name: 'conv', inputs: [parts[1]!], attributes: { channels: 3, kernel: 2 } });
  const [z] = builder.node({ op: 'relu', inputs: [parts[0]] });
  const [joined] = builder.node({ op: 'concat', name: 'concat', inputs: [z, parts[0]] });
  builder.output('y', y);
  builder.output(
    'z',
    builder.node({ op: 'conv', name: 'other', inputs: [z], attributes: { channels: 1, kernel: 2 } })[0],
  );
  builder.output('joined', joined);
  const { unchanged, records } = runPass(onePixelDense, builder.finish());
  expect(unchanged).toBe(true);
  expect(records.misses.map(({ nodes, reason }) => [nodes[0], reason])).toEqual([
    ['conv', 'its map is a part of split'],
    ['other', 'its map is a part of concat'],
  ]);
});
