// The pass fold-scale: its text before and after, and the same numbers on both sides.

import { describe, expect, test } from 'vitest';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import type { Attributes, Graph } from '../../compiler/ir/graph.ts';
import { operators } from '../../compiler/ops/index.ts';
import { foldScale } from '../../compiler/passes/fold-scale.ts';
import { graphOf, runPass } from '../support/pass.ts';

const conv = `
  %0 = input x : [N,2,4,4]
  %1 = parameter conv.weight : [3,2,3,3] he(18, 27)
  %2 = parameter conv.bias : [3] constant(0)
  %3 = parameter scale.weight : [3] constant(1)
  %4 = parameter scale.bias : [3] constant(0)
  %5 = conv(%0, %1, %2) {channels=3, kernel=[3, 3]} : [N,3,2,2] as conv
  %6 = scale(%5, %3, %4) : [N,3,2,2] as scale
  %7 = relu(%6) : [N,3,2,2] as relu
  output y = %7`;

test('a scale disappears into the weights and the bias of the convolution before it', () => {
  const run = runPass(foldScale, graphOf(conv));
  expect(run.lines).toEqual([
    '%5 = reshape(%3) {shape=[3, 1, 1, 1]} : [3,1,1,1] as conv.reshape',
    '%6 = mul(%1, %5) : [3,2,3,3] as conv.mul',
    '%7 = mul(%2, %3) : [3] as conv.mul_2',
    '%8 = add(%7, %4) : [3] as conv.add',
    '%9 = conv(%0, %6, %8) {channels=3, kernel=[3, 3]} : [N,3,2,2] as conv',
    '%10 = relu(%9) : [N,3,2,2] as relu',
    'output y = %10',
  ]);
  expect(run.distance).toBeLessThan(1e-14);
  expect(run.records.rewrites).toEqual([
    { pass: 'fold-scale', rule: 'scale', nodes: ['scale', 'conv'], macsSaved: 0, bytesSaved: 8 * 12, callsSaved: 1 },
  ]);
});

interface Folding {
  readonly op: string;
  readonly attributes: Attributes;
  readonly shape?: readonly number[];
}

/** x → op → scale → y */
function followed({ op, attributes, shape = [4, 5, 5] }: Folding, scale: Attributes): Graph {
  const builder = graphBuilder('test', operators);
  const x = builder.input('x', shape);
  const [value] = builder.node({ op, name: 'first', inputs: [x], attributes });
  const [scaled] = builder.node({ op: 'scale', name: 'scale', inputs: [value], attributes: scale });
  builder.output('y', scaled);
  return builder.finish();
}

/** x → scale → op → y */
function preceded({ op, attributes, shape = [4, 5, 5] }: Folding, scale: Attributes): Graph {
  const builder = graphBuilder('test', operators);
  const x = builder.input('x', shape);
  const [scaled] = builder.node({ op: 'scale', name: 'scale', inputs: [x], attributes: scale });
  const [value] = builder.node({ op, name: 'layer', inputs: [scaled], attributes });
  builder.output('y', value);
  return builder.finish();
}

describe.each<Folding>([
  { op: 'conv', attributes: { channels: 3, kernel: 3, mode: 'convolution' } },
  { op: 'conv', attributes: { channels: 6, kernel: 2, groups: 2 } },
  { op: 'depthwise_conv', attributes: { kernel: 3, multiplier: 2 } },
  { op: 'conv_transpose', attributes: { channels: 3, kernel: 2, stride: 2 } },
  { op: 'conv_transpose', attributes: { channels: 6, kernel: 3, groups: 2 } },
  { op: 'dense', attributes: { features: 3 }, shape: [7] },
])('$op $attributes', (folding) => {
  test.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])('folds; own bias %s, shift %s', (bias, shift) => {
    const graph = followed({ ...folding, attributes: { ...folding.attributes, bias } }, { bias: shift });
    const run = runPass(foldScale, graph);
    expect(run.graph.nodes.map(({ op }) => op)).not.toContain('scale');
    expect(run.graph.nodes.find(({ name }) => name === 'first')!.attributes['bias']).toBe(bias || shift);
    expect(run.distance).toBeLessThan(1e-14);
    expect(run.records.rewrites).toHaveLength(1);
  });
});

describe.each<Folding>([
  { op: 'conv', attributes: { channels: 3, kernel: 3, mode: 'convolution' } },
  { op: 'conv', attributes: { channels: 6, kernel: 2, groups: 2, stride: 2 } },
  { op: 'depthwise_conv', attributes: { kernel: 3, multiplier: 2 } },
  { op: 'dense', attributes: { features: 3 }, shape: [7] },
])('before $op $attributes', (folding) => {
  test.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])('folds; own bias %s, shift %s', (bias, shift) => {
    const graph = preceded({ ...folding, attributes: { ...folding.attributes, bias } }, { bias: shift });
    const run = runPass(foldScale, graph);
    expect(run.graph.nodes.map(({ op }) => op)).not.toContain('scale');
    expect(run.graph.nodes.find(({ name }) => name === 'layer')!.attributes['bias']).toBe(bias || shift);
    expect(run.distance).toBeLessThan(1e-14);
  });
});

test('a factor goes through padding and into transposed convolutions', () => {
  const conv = { op: 'conv', attributes: { channels: 3, kernel: 3, padding: 1 } };
  const transposed = { op: 'conv_transpose', attributes: { channels: 4, kernel: 3, stride: 2, padding: 1, groups: 2 } };
  for (const folding of [conv, transposed]) {
    const run = runPass(foldScale, preceded(folding, { bias: false }));
    expect(run.graph.nodes.map(({ op }) => op)).not.toContain('scale');
    expect(run.distance).toBeLessThan(1e-14);
  }
});

test('a shift of constant zeros goes through padding', () => {
  const run = runPass(
    foldScale,
    graphOf(`
      %0 = input x : [N,1,3,3]
      %1 = parameter s : [1] constant(1)
      %2 = constant : [1] [0]
      %3 = parameter w : [1,1,3,3] he(9, 9)
      %4 = scale(%0, %1, %2) as scale
      %5 = conv(%4, %3) {channels=1, kernel=3, padding=1, bias=false} as conv
      output y = %5`),
  );
  expect(run.graph.nodes.find(({ name }) => name === 'conv')!.attributes['bias']).toBe(false);
  expect(run.distance).toBeLessThan(1e-14);
});

test('a scale goes through flatten into a dense layer', () => {
  const builder = graphBuilder('test', operators);
  const [scaled] = builder.node({ op: 'scale', inputs: [builder.input('x', [3, 2, 2])] });
  const [flat] = builder.node({ op: 'flatten', inputs: [scaled] });
  builder.output('y', builder.node({ op: 'dense', inputs: [flat], attributes: { features: 5 } })[0]);
  const run = runPass(foldScale, builder.finish());
  expect(run.graph.nodes.filter(({ op }) => op === 'scale')).toEqual([]);
  expect(run.distance).toBeLessThan(1e-14);
});

test('two scales become one', () => {
  const run = runPass(foldScale, followed({ op: 'scale', attributes: { bias: true } }, { bias: true }));
  expect(run.graph.nodes.filter(({ op }) => op === 'scale')).toHaveLength(1);
  expect(run.distance).toBeLessThan(1e-14);
});

describe('arithmetic with constants is a scale', () => {
  const constants = { 'a number per channel': [3, 1, 1], 'one number': [1, 1, 1] };
  const chain = (op: string, swapped: boolean, shape: readonly number[]): Graph => {
    const builder = graphBuilder('test', operators);
    const x = builder.input('x', [3, 2, 2]);
    const constant = builder.constant(shape, [2, -3, 0.5].slice(0, shape[0]));
    const [y] = builder.node({ op, inputs: swapped ? [constant, x] : [x, constant] });
    builder.output('y', y);
    return builder.finish();
  };
  test.each(
    Object.entries(constants).flatMap(([what, shape]) =>
      ['add', 'sub', 'mul', 'div'].map((op) => [op, what, shape] as const),
    ),
  )('%s: %s', (op, _, shape) => {
    const run = runPass(foldScale, chain(op, false, shape));
    expect(run.graph.nodes.filter(({ results }) => run.graph.types.get(results[0]!)!.batched)).toMatchObject([
      { op: 'scale' },
    ]);
    expect(run.distance).toBeLessThan(1e-15);
  });

  test('on either side where the order does not matter', () => {
    expect(runPass(foldScale, chain('mul', true, [3, 1, 1])).unchanged).toBe(false);
    expect(runPass(foldScale, chain('sub', true, [3, 1, 1])).unchanged).toBe(true);
    expect(runPass(foldScale, chain('div', true, [3, 1, 1])).unchanged).toBe(true);
  });

  test('not where the constant is a map, or makes one', () => {
    for (const shape of ['[2,1,1]', '[1,1,2]']) {
      const body = `
        %0 = input x : [N,1,1,1]
        %1 = constant : ${shape} [1, 2]
        %2 = add(%0, %1) as add
        output y = %2`;
      expect(runPass(foldScale, graphOf(body)).unchanged).toBe(true);
    }
  });
});

describe('misses say why', () => {
  const missOf = (graph: Graph) => {
    const { unchanged, records } = runPass(foldScale, graph);
    expect(unchanged).toBe(true);
    expect(records.rewrites).toEqual([]);
    return records.misses.map(({ nodes, reason }) => ({ nodes, reason }));
  };

  test('another node reads the unscaled value', () => {
    const body = conv.replace('output y = %7', '%8 = add(%5, %7) : [N,3,2,2] as add\noutput y = %8');
    expect(missOf(graphOf(body))).toEqual([{ nodes: ['scale', 'conv'], reason: 'conv is also read by add' }]);
  });

  test('the unscaled value is an output', () => {
    expect(missOf(graphOf(`${conv}\noutput z = %5`))).toEqual([
      { nodes: ['scale', 'conv'], reason: 'conv is also an output' },
    ]);
  });

  test('the borders of the layer behind a shift', () => {
    const padded = { op: 'conv', attributes: { channels: 3, kernel: 3, padding: 1 } };
    expect(missOf(preceded(padded, { bias: true }))).toEqual([
      { nodes: ['scale', 'layer'], reason: 'layer pads with 0 what scale shifts' },
    ]);
    const transposed = { op: 'conv_transpose', attributes: { channels: 3, kernel: 3 } };
    expect(missOf(preceded(transposed, { bias: true }))).toEqual([
      { nodes: ['scale', 'layer'], reason: 'the shift of scale would differ at the borders of layer' },
    ]);
  });

  test('what is no layer is no miss', () => {
    expect(missOf(followed({ op: 'relu', attributes: {} }, { bias: true }))).toEqual([]);
  });
});

test('weights that two layers share are scaled for one of them only', () => {
  const run = runPass(
    foldScale,
    graphOf(`
      %0 = input x : [N,2]
      %1 = parameter w : [2,2] he(2, 2)
      %2 = parameter s : [2] constant(1)
      %3 = dense(%0, %1) {features=2, bias=false} : [N,2] as first
      %4 = scale(%3, %2) {bias=false} : [N,2] as scale
      %5 = dense(%4, %1) {features=2, bias=false} : [N,2] as second
      output y = %5`),
  );
  expect(run.lines).toContain('%5 = dense(%0, %4) {features=2, bias=false} : [N,2] as first');
  expect(run.lines).toContain('%6 = dense(%5, %1) {features=2, bias=false} : [N,2] as second');
  expect(run.distance).toBeLessThan(1e-14);
});
