import { describe, expect, test } from 'vitest';
import { commonSubexpressions } from '../../compiler/passes/common-subexpressions.ts';
import { deadCode } from '../../compiler/passes/dead-code.ts';
import { foldConstants } from '../../compiler/passes/fold-constants.ts';
import { removeNoOps } from '../../compiler/passes/remove-no-ops.ts';
import { graphOf, runPass } from '../support/pass.ts';

const unary = (op: string, before = '') =>
  graphOf(
    `%0 = input x : [N,4,2,2]\n${before || '%1 = tanh(%0) as tanh'}\n%2 = ${op} as node\n%3 = tanh(%2) as last\noutput y = %3`,
  );

describe('remove-no-ops', () => {
  test.each([
    'max_pool(%1) {kernel=1}',
    'avg_pool(%1) {kernel=1, count_padding=false}',
    'pad(%1) {padding=0, mode=reflect}',
    'upsample(%1) {factor=1}',
    'channel_shuffle(%1) {groups=1}',
    'channel_shuffle(%1) {groups=4}',
    'reshape(%1) {shape=[4, 2, 2]}',
    'split(%1) {parts=1}',
    'concat(%1)',
    'add(%1)',
    'mul(%1)',
    'clip(%1) {min=-Infinity, max=Infinity}',
    'leaky_relu(%1) {slope=1}',
  ])('%s', (op) => {
    const run = runPass(removeNoOps, unary(op));
    expect(run.lines).toEqual([
      '%1 = tanh(%0) : [N,4,2,2] as tanh',
      '%2 = tanh(%1) : [N,4,2,2] as last',
      'output y = %2',
    ]);
    expect(run.distance).toBe(0);
    // 16 numbers are neither stored nor loaded; reshape and split are views.
    const [calls, bytes] = /^(reshape|split)/.test(op) ? [0, 0] : [1, 128];
    expect(run.records.rewrites).toMatchObject([
      { nodes: ['node'], macsSaved: 0, bytesSaved: bytes, callsSaved: calls },
    ]);
  });

  test.each([
    'max_pool(%1) {kernel=1, stride=2}',
    'max_pool(%1) {kernel=3, stride=1, padding=1}',
    'avg_pool(%1) {kernel=3, stride=1, padding=1}',
    'pad(%1) {padding=[0, 0, 1, 0]}',
    'upsample(%1) {factor=2}',
    'upsample(%1) {factor=1, mode=bilinear}',
    'channel_shuffle(%1) {groups=2}',
    'reshape(%1) {shape=[2, 4, 2]}',
    'concat(%1, %1)',
    'add(%1, %1)',
    'mul(%1, %1)',
    'clip(%1) {min=-3e38, max=Infinity}',
    'clip(%1) {min=-Infinity, max=3e38}',
    'leaky_relu(%1) {slope=0.99}',
  ])('%s stays', (op) => {
    expect(runPass(removeNoOps, unary(op)).unchanged).toBe(true);
  });

  test('a mean of one pixel stays where it would change the sign of zeros, and says so', () => {
    const run = runPass(removeNoOps, unary('adaptive_avg_pool(%1) {size=2}'));
    expect(run.unchanged).toBe(true);
    expect(run.records.misses.map(({ reason }) => reason)).toEqual([
      'node changes nothing but the sign of zeros, and its operand may hold -0',
    ]);
    const positive = runPass(removeNoOps, unary('adaptive_avg_pool(%1) {size=2}', '%1 = softmax(%0) as softmax'));
    expect(positive.records.rewrites.map(({ rule }) => rule)).toEqual(['adaptive_avg_pool']);
  });

  test.each([
    ['%8 = constant : [4] [1, 1, 1, 1]\n%2 = scale(%0, %8) {bias=false}', true],
    ['%8 = constant : [4] [1, 1, 1, 2]\n%2 = scale(%0, %8) {bias=false}', false],
    ['%8 = constant : [4] [1, 1, 1, 1]\n%9 = constant : [4] [-0, -0, -0, -0]\n%2 = scale(%0, %8, %9)', true],
    ['%8 = constant : [4] [1, 1, 1, 1]\n%9 = constant : [4] [0, 0, 0, 0]\n%2 = scale(%0, %8, %9)', false],
    ['%8 = parameter w : [4] constant(1)\n%2 = scale(%0, %8) {bias=false}', false],
    ['%8 = constant : [1] [1]\n%2 = prelu(%0, %8) {shared=true}', true],
    ['%8 = constant : [1,1,1] [1]\n%2 = mul(%0, %8)', true],
  ])('%s: removed %s', (lines, removed) => {
    const run = runPass(removeNoOps, graphOf(`%0 = input x : [N,4,2,2]\n${lines} as node\noutput y = %2`));
    expect(run.graph.nodes.length === 0).toBe(removed);
  });
});

describe('fold-constants', () => {
  test('through several nodes, in f64', () => {
    const run = runPass(
      foldConstants,
      graphOf(`
        %0 = input x : [N,2]
        %1 = constant : [2] [0.1, 3]
        %2 = inverse_sqrt(%1) {epsilon=1} as root
        %3 = mul(%2, %1) as product
        %4 = add(%0, %3) as sum
        output y = %4`),
    );
    expect(run.lines).toEqual([
      `%1 = constant : [2] [${0.1 / Math.sqrt(1.1)}, 1.5]`,
      '%2 = add(%0, %1) : [N,2] as sum',
      'output y = %2',
    ]);
    expect(run.records.rewrites.map(({ nodes, callsSaved, bytesSaved }) => [nodes, callsSaved, bytesSaved])).toEqual([
      [['root'], 0, 0],
      [['product'], 0, 0],
    ]);
  });

  test('every part of a split', () => {
    const body = '%0 = input x : [N,1]\n%1 = constant : [3] [1, 2, 3]\n%2, %3 = split(%1) {sizes=[1, 2]} as split';
    const run = runPass(
      foldConstants,
      graphOf(`${body}\n%4 = add(%0, %2) as a\n%5 = add(%0, %3) as b\noutput y = %4\noutput z = %5`),
    );
    expect(run.lines.slice(0, 2)).toEqual(['%1 = constant : [1] [1]', '%2 = constant : [2] [2, 3]']);
    expect(run.distance).toBe(0);
  });

  test('within its budget', () => {
    const body = (side: number) => `
      %0 = input x : [N,1]
      %1 = constant : [1,1,1] [1]
      %2 = upsample(%1) {factor=${side}} as huge
      %3 = global_max_pool(%2) as pool
      %4 = flatten(%3) as flat
      %5 = add(%0, %4) as add
      output y = %5`;
    expect(runPass(foldConstants, graphOf(body(2048))).graph.nodes.map(({ name }) => name)).toEqual(['add']);
    const run = runPass(foldConstants, graphOf(body(2049)));
    expect(run.unchanged).toBe(true);
    expect(run.records.misses.map(({ reason }) => reason)).toEqual([
      'huge would be a constant of 4198401 numbers, more than 4194304',
    ]);
  });

  test('parameters are not known when compiling', () => {
    const body = '%0 = parameter w : [2] constant(1)\n%1 = constant : [2] [1, 2]\n%2 = mul(%0, %1) as mul';
    const run = runPass(
      foldConstants,
      graphOf(`%9 = input x : [N,2]\n${body}\n%3 = add(%9, %2) as add\noutput y = %3`),
    );
    expect(run.unchanged).toBe(true);
  });
});

describe('dead-code', () => {
  test('counts what it saves, and keeps nodes of which one result is used', () => {
    const run = runPass(
      deadCode,
      graphOf(`
        %0 = input x : [N,4]
        %1, %2 = split(%0) {parts=2} as split
        %3 = parameter w : [3,2] he(2, 3)
        %4 = dense(%2, %3) {features=3, bias=false} as dense
        output y = %1`),
    );
    expect(run.lines).toEqual(['%1, %2 = split(%0) {parts=2} : [N,2], [N,2] as split', 'output y = %1']);
    expect(run.graph.parameters).toEqual([]);
    expect(run.records.rewrites).toEqual([
      { pass: 'dead-code', rule: 'unused', nodes: ['dense'], macsSaved: 6, bytesSaved: 24, callsSaved: 1 },
    ]);
  });

  test('also in training', () => {
    const body = '%0 = input x : [N,2]\n%1 = relu(%0) as relu\noutput y = %0';
    expect(runPass(deadCode, graphOf(body, 'train')).graph.nodes).toEqual([]);
  });
});

describe('common-subexpressions', () => {
  const two = (first: string, second: string, before = '') =>
    graphOf(
      `%0 = input a : [N,2]\n%1 = input b : [N,2]\n${before}\n%5 = ${first} as first\n%6 = ${second} as second\n%7 = mul(%5, %6) as last\noutput y = %7`,
    );

  test.each([
    ['relu(%0)', 'relu(%0)'],
    ['add(%0, %1)', 'add(%1, %0)'],
    ['mul(%0, %1)', 'mul(%1, %0)'],
    ['clip(%0) {min=-1, max=1}', 'clip(%0) {max=1, min=-1}'],
  ])('%s and %s', (first, second) => {
    const run = runPass(commonSubexpressions, two(first, second));
    expect(run.graph.nodes.map(({ name }) => name)).toEqual(['first', 'last']);
    expect(run.distance).toBe(0);
    expect(run.records.rewrites).toMatchObject([{ nodes: ['second', 'first'], bytesSaved: 16, callsSaved: 1 }]);
  });

  test.each([
    ['relu(%0)', 'relu(%1)'],
    ['relu(%0)', 'relu6(%0)'],
    ['sub(%0, %1)', 'sub(%1, %0)'],
    ['add(%0, %1, %0)', 'add(%1, %0, %0)'],
    ['clip(%0) {min=0, max=1}', 'clip(%0) {min=-0, max=1}'],
    ['leaky_relu(%0) {slope=Infinity}', 'leaky_relu(%0) {slope=-Infinity}'],
  ])('%s and %s stay', (first, second) => {
    expect(runPass(commonSubexpressions, two(first, second)).unchanged).toBe(true);
  });

  test('layers are equal when they share their weights, and count their MACs', () => {
    const weights = '%2 = parameter v : [2,2] he(2, 2)\n%3 = parameter w : [2,2] he(2, 2)';
    const dense = (weight: string) => `dense(%0, ${weight}) {features=2, bias=false}`;
    expect(runPass(commonSubexpressions, two(dense('%2'), dense('%3'), weights)).unchanged).toBe(true);
    const { records } = runPass(commonSubexpressions, two(dense('%2'), dense('%2'), weights));
    expect(records.rewrites).toMatchObject([{ macsSaved: 4 }]);
  });

  test('constants that differ in shape or in the sign of a zero are different', () => {
    const constants = (first: string, second: string) => `%2 = constant : ${first}\n%3 = constant : ${second}`;
    const add = ['add(%0, %2)', 'add(%0, %3)'] as const;
    const changed = (first: string, second: string) =>
      !runPass(commonSubexpressions, two(...add, constants(first, second))).unchanged;
    expect(changed('[2] [1, 2]', '[2] [1, 2]')).toBe(true);
    const { records } = runPass(commonSubexpressions, two(...add, constants('[2] [1, 2]', '[2] [1, 2]')));
    expect(records.rewrites).toMatchObject([
      { rule: 'constant', nodes: ['second'], callsSaved: 0 },
      { rule: 'add', nodes: ['second', 'first'], callsSaved: 1 },
    ]);
    expect(changed('[2] [0, 2]', '[2] [-0, 2]')).toBe(false);
    expect(changed('[2] [1, 1]', '[1] [1]')).toBe(false);
  });
});
