// The rewrite from f32 to whole numbers: which nodes it takes, where conversions stand, what shares a scale, what an activation becomes.

import { describe, expect, test } from 'vitest';
import type { Graph, Node } from '../../compiler/ir/graph.ts';
import { parseGraph, printGraph } from '../../compiler/ir/text.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { operators } from '../../compiler/ops/index.ts';
import { namesWithoutBounds } from '../../compiler/quantize/plan.ts';
import type { Quantized } from '../../compiler/quantize/rewrite.ts';
import { quantizedGraph } from '../../compiler/quantize/rewrite.ts';

/** Of the body of a graph. */
function rewritten(...lines: readonly string[]): Quantized {
  const quantized = quantizedGraph(parseGraph(`graph G {\n${lines.join('\n')}\n}`, operators), operators);
  expect(verifyGraph(quantized.graph, operators)).toEqual([]);
  return quantized;
}

/** Names of operators in order, `name:op` where the name is another one. */
const steps = ({ nodes }: Graph): string => nodes.map(({ op }) => op).join(' ');
const nodeOf = ({ graph }: Quantized, name: string): Node => graph.nodes.find((node) => node.name === name)!;

const conv = (id: number, x: number, name: string, channels = 4, inputs = 4): string =>
  [
    `%${id + 1} = parameter ${name}.weight : [${channels},${inputs},3,3] he(36, 36)`,
    `%${id + 2} = parameter ${name}.bias : [${channels}] constant(0)`,
    `%${id} = conv(%${x}, %${id + 1}, %${id + 2}) {channels=${channels}, kernel=3, padding=1} as ${name}`,
  ].join('\n');

const image = '%0 = input x : [N,4,8,8]';

describe('conversions', () => {
  test('a residual block has one at its beginning and one at its end', () => {
    const quantized = rewritten(
      image,
      conv(10, 0, 'a'),
      '%1 = relu(%10) as relu1',
      conv(20, 1, 'b'),
      '%2 = add(%20, %1) as sum',
      '%3 = relu(%2) as relu2',
      '%4 = max_pool(%3) {kernel=2} as pool',
      conv(30, 4, 'c'),
      '%5 = softmax(%30) as p',
      'output y = %5',
    );
    expect(steps(quantized.graph)).toBe(
      'quantize quantized_conv quantized_conv quantized_add max_pool quantized_conv_f32 softmax',
    );
    expect(quantized.misses).toMatchObject([{ nodes: ['p'], reason: 'softmax has no form on codes' }]);
  });
  test('a value that f32 reads, too, is converted once', () => {
    const quantized = rewritten(
      image,
      conv(10, 0, 'a'),
      conv(20, 10, 'b'),
      '%1 = softmax(%10) as s',
      '%2 = log_softmax(%10) as t',
      'output y = %20',
      'output s = %1',
      'output t = %2',
      'output u = %10',
    );
    expect(steps(quantized.graph)).toBe('quantize quantized_conv quantized_conv_f32 dequantize softmax log_softmax');
  });
  test('what only f32 reads stays f32, up to the last layer', () => {
    const quantized = rewritten(
      image,
      conv(10, 0, 'a'),
      '%1 = relu(%10) as r',
      '%2 = global_avg_pool(%1) as mean',
      '%3 = flatten(%2) as flat',
      'output y = %3',
    );
    expect(steps(quantized.graph)).toBe('quantize quantized_conv_f32 relu global_avg_pool flatten');
    expect(quantized.misses.map(({ nodes, reason }) => `${nodes[0]}: ${reason}`)).toEqual([
      'r: nothing on codes reads it',
      'mean: nothing on codes reads it',
      'flat: nothing on codes reads it',
    ]);
  });
  test('an operand in f32 is converted where it is joined with codes, and not where it is added to them', () => {
    const [a, b] = [conv(10, 0, 'a'), '%1 = softmax(%10) as s'];
    const joined = rewritten(image, a, b, '%2 = concat(%10, %1) as j', conv(20, 2, 'b', 4, 8), 'output y = %20');
    expect(steps(joined.graph)).toBe('quantize quantized_conv dequantize softmax quantize concat quantized_conv_f32');
    const added = rewritten(image, a, b, '%2 = add(%10, %1) as j', conv(20, 2, 'b'), 'output y = %20');
    expect(steps(added.graph)).toBe('quantize quantized_conv_f32 softmax add quantize quantized_conv_f32');
    expect(added.misses).toContainEqual(expect.objectContaining({ nodes: ['j'], reason: 'an operand is f32' }));
  });
  test('without a layer nothing changes', () => {
    const quantized = rewritten(image, '%1 = relu(%0) as r', 'output y = %1');
    expect(printGraph(quantized.graph, operators)).toContain('%1 = relu(%0) : [N,4,8,8] as r');
    expect(quantized.plan.fillings).toEqual([]);
  });
});

describe('scales', () => {
  const inception = rewritten(
    image,
    conv(10, 0, 'a'),
    conv(20, 0, 'b'),
    '%1 = relu(%20) as r',
    '%2 = max_pool(%0) {kernel=3, stride=1, padding=1} as pool',
    conv(30, 2, 'c'),
    '%3 = concat(%10, %1, %30) as joined',
    '%4 = channel_shuffle(%3) {groups=3} as shuffled',
    conv(40, 4, 'd', 4, 12),
    'output y = %40',
  );
  test('what is joined has one', () => {
    expect(inception.plan.groups).toEqual([
      { name: 'x', observed: [0] },
      { name: 'a', observed: [10, 1, 30] },
      { name: 'pool', observed: [2] },
    ]);
  });
  test('a relu before the join holds the codes of its path alone', () => {
    const clips = inception.plan.fillings.flatMap((filling) => (filling.kind === 'range' ? [filling] : []));
    expect(clips.map(({ range, clip }) => [range, clip?.low])).toEqual([
      ['x_codes.range', undefined],
      ['a.range', undefined],
      ['b.range', 0],
      ['pool_codes.range', undefined],
      ['c.range', undefined],
    ]);
  });
});

describe('activations', () => {
  test('one behind a pool is folded into the layer before that, and only its result is observed', () => {
    const quantized = rewritten(
      image,
      conv(10, 0, 'a'),
      '%1 = max_pool(%10) {kernel=2} as pool',
      '%2 = relu6(%1) as r',
      conv(20, 2, 'b'),
      'output y = %20',
    );
    expect(steps(quantized.graph)).toBe('quantize quantized_conv max_pool quantized_conv_f32');
    expect(quantized.plan.groups[1]).toEqual({ name: 'r', observed: [2], bounds: { low: 0, high: 6 } });
    expect(quantized.plan.fillings).toContainEqual({
      kind: 'range',
      range: 'a.range',
      group: 1,
      clip: { low: 0, high: 6 },
    });
  });
  test('what follows one of two bounds has the bounds that its operator makes of them', () => {
    const { plan } = rewritten(
      image,
      '%1 = clip(%0) {min=-1, max=3} as c',
      conv(10, 1, 'a'),
      '%2 = clip(%10) {min=-2, max=5} as d',
      '%3 = relu(%2) as r',
      conv(20, 3, 'b'),
      '%4 = sigmoid(%20) as s',
      conv(30, 4, 'e'),
      conv(40, 30, 'f'),
      'output y = %40',
    );
    expect(plan.groups.map(({ name, bounds }) => [name, bounds])).toEqual([
      ['c', { low: -1, high: 3 }],
      ['d', { low: -2, high: 5 }],
      ['r', { low: 0, high: 5 }],
      ['b', undefined],
      ['s', { low: 0, high: 1 }],
      ['e', undefined],
    ]);
    expect(namesWithoutBounds(plan)).toEqual(['b', 'e']);
  });
  test('one whose operand is read by another node is a table', () => {
    const quantized = rewritten(
      image,
      conv(10, 0, 'a'),
      '%1 = relu(%10) as r',
      '%2 = add(%10, %1) as sum',
      conv(20, 2, 'b'),
      'output y = %20',
    );
    expect(steps(quantized.graph)).toBe('quantize quantized_conv quantized_lookup quantized_add quantized_conv_f32');
  });
  test('one between f32 and codes is what the conversion does, unless f32 reads it, too', () => {
    const lines = [image, '%1 = softmax(%0) as s', '%2 = relu6(%1) as r', conv(20, 2, 'b'), 'output y = %20'];
    const folded = rewritten(...lines);
    expect(steps(folded.graph)).toBe('softmax quantize quantized_conv_f32');
    const clip = { low: 0, high: 6 };
    expect(folded.plan.fillings).toContainEqual({ kind: 'range', range: 'r_codes.range', group: 0, clip });
    expect(folded.misses.map(({ nodes }) => nodes[0])).toEqual(['s']);
    expect(steps(rewritten(...lines, 'output r = %2').graph)).toBe('softmax relu6 quantize quantized_conv_f32');
  });
  test('any other function is a table', () => {
    const quantized = rewritten(image, conv(10, 0, 'a'), '%1 = tanh(%10) as t', conv(20, 1, 'b'), 'output y = %20');
    expect(steps(quantized.graph)).toBe('quantize quantized_conv quantized_lookup quantized_conv_f32');
  });
});

describe('nodes', () => {
  test('a gate of squeeze-and-excitation: means, a table, a product per channel', () => {
    const quantized = rewritten(
      image,
      conv(10, 0, 'a'),
      '%1 = global_avg_pool(%10) as mean',
      conv(20, 1, 'b'),
      '%2 = sigmoid(%20) as gate',
      '%3 = mul(%2, %10) as gated',
      conv(30, 3, 'c'),
      'output y = %30',
    );
    expect(steps(quantized.graph)).toBe(
      'quantize quantized_conv quantized_mean quantized_conv quantized_lookup quantized_mul quantized_conv_f32',
    );
    expect(nodeOf(quantized, 'mean').attributes).toMatchObject({
      kernel: [8, 8],
      padding: [0, 0, 0, 0],
      counts: 'alike',
    });
    // The map comes first.
    expect(nodeOf(quantized, 'gated').operands[0]).toBe(nodeOf(quantized, 'a').results[0]);
  });
  test('a sum of several values and differences: those of one pixel come last, with their signs', () => {
    const quantized = rewritten(
      image,
      conv(10, 0, 'a'),
      '%1 = global_avg_pool(%10) as mean',
      conv(20, 10, 'b'),
      '%2 = sub(%1, %10, %20) as difference',
      '%3 = add(%10, %2, %20) as sum',
      conv(30, 3, 'c'),
      'output y = %30',
    );
    expect(steps(quantized.graph)).toBe(
      'quantize quantized_conv quantized_mean quantized_conv quantized_add quantized_add quantized_conv_f32',
    );
    const made = (name: string): readonly number[] =>
      nodeOf(quantized, name)
        .operands.slice(0, 3)
        .map((value) => quantized.graph.nodes.findIndex((node) => node.results.includes(value)));
    expect(made('difference')).toEqual([1, 3, 2]);
    expect(made('sum')).toEqual([1, 4, 3]);
    const fillings = quantized.plan.fillings.flatMap((filling) => (filling.kind === 'add' ? [filling] : []));
    expect(fillings.map(({ operands }) => operands.map(({ group, sign }) => group * sign))).toEqual([
      [-1, -3, 2],
      [1, 4, 3],
    ]);
  });
  test.each([
    ['kernel=2, padding=1', { kernel: [2, 2], stride: [2, 2], padding: [1, 1, 1, 1], ceil: false, counts: 'alike' }, 4],
    [
      'kernel=3, padding=1, count_padding=false',
      { kernel: [3, 3], stride: [3, 3], padding: [1, 1, 1, 1], ceil: false, counts: 'inside' },
      1,
    ],
    ['kernel=3, ceil=true', { kernel: [3, 3], stride: [3, 3], padding: [0, 0, 0, 0], ceil: true, counts: 'padded' }, 1],
  ])('means of windows {%s} with their counts', (written, attributes, count) => {
    const quantized = rewritten(
      image,
      conv(10, 0, 'a'),
      `%1 = avg_pool(%10) {${written}} as n`,
      conv(20, 1, 'b'),
      'output y = %20',
    );
    expect(nodeOf(quantized, 'n')).toMatchObject({ op: 'quantized_mean', attributes });
    expect(quantized.plan.fillings).toContainEqual(expect.objectContaining({ kind: 'mean', count }));
  });
  test.each([
    ['adaptive_avg_pool(%10) {size=3}', 'its windows have different counts'],
    ['mul(%10, %10, %10)', 'it has 3 operands, not two'],
    ['div(%10, %10)', 'div has no form on codes'],
    ['resize(%10) {size=16, mode=bicubic}', 'it blends sixteen pixels'],
    ['resize(%10) {factor=1.3, mode=bilinear}', 'its weights are too small parts of 1'],
    ['resize(%10) {size=[509, 503], mode=bilinear}', 'its weights are too small parts of 1'],
    ['local_response_norm(%10) {size=5}', 'local_response_norm has no form on codes'],
  ])('%s stays f32: %s', (node, reason) => {
    const quantized = rewritten(image, conv(10, 0, 'a'), `%1 = ${node} as n`, conv(20, 1, 'b'), 'output y = %20');
    expect(quantized.misses).toMatchObject([{ nodes: ['n'], reason }]);
    expect(quantized.graph.nodes.find(({ name }) => name === 'n')!.op).toBe(node.slice(0, node.indexOf('(')));
  });
  test.each([
    ['upsample(%10) {factor=2, mode=bilinear}', 'quantized_resample', { size: [16, 16], align_corners: false }, 16],
    ['resize(%10) {size=[6, 15], mode=bilinear, align_corners=true}', 'quantized_resample', { size: [6, 15] }, 10],
    ['resize(%10) {factor=2.5, mode=bilinear}', 'quantized_resample', { size: [20, 20] }, 100],
    ['resize(%10) {size=5}', 'resize', { size: [5, 5], mode: 'nearest' }, undefined],
  ])('%s', (node, op, attributes, count) => {
    const quantized = rewritten(image, conv(10, 0, 'a'), `%1 = ${node} as n`, conv(20, 1, 'b'), 'output y = %20');
    expect(steps(quantized.graph)).toBe(`quantize quantized_conv ${op} quantized_conv_f32`);
    expect(nodeOf(quantized, 'n').attributes).toMatchObject(attributes);
    const fillings = quantized.plan.fillings.flatMap((filling) => (filling.kind === 'mean' ? [filling.count] : []));
    expect(fillings).toEqual(count === undefined ? [] : [count]);
  });
  test('a transposed convolution is one of its phases, and holds the activation behind it', () => {
    const quantized = rewritten(
      image,
      conv(10, 0, 'a'),
      '%1 = parameter up.weight : [4,6,2,2] he(16, 16)',
      '%2 = conv_transpose(%10, %1) {channels=6, kernel=2, stride=2, bias=false} as up',
      '%3 = relu(%2) as r',
      conv(20, 3, 'b', 4, 6),
      'output y = %20',
    );
    expect(steps(quantized.graph)).toBe('quantize quantized_conv quantized_conv quantized_conv_f32');
    expect(nodeOf(quantized, 'up').attributes).toMatchObject({ channels: 24, kernel: [1, 1], spread: [2, 2] });
    const filling = quantized.plan.fillings.find((one) => one.kind === 'layer' && one.node === 'up');
    expect(filling).toMatchObject({ phases: { stride: [2, 2], padding: [0, 0], first: [0, 0], kernel: [1, 1] } });
  });
  test('weights that f32 and codes share keep their name in f32', () => {
    const quantized = rewritten(
      image,
      '%1 = parameter w : [4] constant(1)',
      conv(10, 0, 'a'),
      '%2 = prelu(%10, %1) as p',
      conv(20, 2, 'b'),
      'output y = %20',
    );
    expect(quantized.graph.parameters.map(({ name }) => name)).toContain('w');
    expect(steps(quantized.graph)).toBe('quantize quantized_conv_f32 prelu quantize quantized_conv_f32');
  });
});
