import { describe, expect, test } from 'vitest';
import { mergeActivations } from '../../compiler/passes/merge-activations.ts';
import { mergeConcats } from '../../compiler/passes/merge-concats.ts';
import { mergeReshapes } from '../../compiler/passes/merge-reshapes.ts';
import type { Pass } from '../../compiler/passes/pass.ts';
import { graphOf, runPass } from '../support/pass.ts';

/** The nodes left, `op` or `op {…}`, when `before` reads x and `node` reads it. */
function chain(pass: Pass, shape: string, ...ops: readonly string[]) {
  const lines = ops.map((op, at) => {
    const [, name, rest] = /^(\w+)(.*)$/.exec(op)!;
    return `%${at + 1} = ${name}(%${at})${rest} as n${at + 1}`;
  });
  const run = runPass(pass, graphOf(`%0 = input x : ${shape}\n${lines.join('\n')}\noutput y = %${ops.length}`));
  expect(run.distance).toBe(0);
  const left = run.lines.slice(0, -1).map((line) => line.replace(/^%\d+ = (\w+)\(%\d+\)( \{.*\})? : .*/, '$1$2'));
  return { ...run, left, reasons: run.records.misses.map(({ reason }) => reason) };
}

describe('merge-activations', () => {
  test.each<[readonly string[], readonly string[]]>([
    [['relu', 'relu'], ['relu']],
    [['relu6', 'relu'], ['relu6']],
    [['relu', 'relu6'], ['relu6']],
    [['clip {min=-1, max=6}', 'relu'], ['relu6']],
    [['clip {min=-1, max=2}', 'clip {min=0.5, max=3}', 'clip {min=-9, max=1}'], ['clip {min=0.5, max=1}']],
    [['clip {min=-2, max=-1}', 'relu'], ['clip {min=0, max=0}']],
    [['clip {min=-1, max=Infinity}', 'relu'], ['relu']],
    [['relu', 'leaky_relu'], ['relu']],
    [['softmax', 'relu'], ['softmax']],
    [['hard_sigmoid', 'relu6'], ['hard_sigmoid']],
    [['tanh', 'clip {min=-1, max=1}'], ['tanh']],
    [
      ['tanh', 'relu'],
      ['tanh', 'relu'],
    ],
    [
      ['sigmoid', 'clip {min=0.1, max=1}'],
      ['sigmoid', 'clip {min=0.1, max=1}'],
    ],
    [
      ['leaky_relu', 'relu'],
      ['leaky_relu', 'relu'],
    ],
    [['relu', 'elu {alpha=-1}'], ['relu']],
    // relu turns −0 into +0.
    [
      ['clip {min=-0, max=1}', 'sigmoid', 'relu'],
      ['clip {min=-0, max=1}', 'sigmoid'],
    ],
    [
      ['clip {min=-0, max=1}', 'global_max_pool', 'relu'],
      ['clip {min=-0, max=1}', 'global_max_pool', 'relu'],
    ],
    [
      ['clip {min=0, max=1}', 'global_max_pool', 'relu'],
      ['clip {min=0, max=1}', 'global_max_pool'],
    ],
    [
      ['relu', 'avg_pool {kernel=2}', 'flatten', 'relu'],
      ['relu', 'avg_pool {kernel=[2, 2]}', 'flatten'],
    ],
    [
      ['relu', 'pad {padding=1, value=-1}', 'relu'],
      ['relu', 'pad {padding=[1, 1, 1, 1], value=-1}', 'relu'],
    ],
    [
      ['relu', 'dropout', 'relu'],
      ['relu', 'dropout', 'relu'],
    ],
  ])('%j', (before, after) => {
    expect(chain(mergeActivations, '[N,2,4,4]', ...before).left).toEqual(after);
  });

  test('through concatenations and sums, if every path is bounded', () => {
    const body = (last: string) => `
      %0 = input x : [N,2]
      %1 = relu(%0) as a
      %2 = ${last}(%0) as b
      %3 = concat(%1, %2) as concat
      %4 = add(%3, %3) as add
      %5 = relu(%4) as last
      output y = %5`;
    const names = (last: string) => runPass(mergeActivations, graphOf(body(last))).graph.nodes.map(({ name }) => name);
    expect(names('sigmoid')).toEqual(['a', 'b', 'concat', 'add']);
    expect(names('tanh')).toEqual(['a', 'b', 'concat', 'add', 'last']);
  });

  test('a clip that others read stays; what it saves', () => {
    const body = '%0 = input x : [N,3]\n%1 = relu(%0) as inner\n%2 = relu6(%1) as outer';
    const run = runPass(mergeActivations, graphOf(`${body}\n%3 = add(%1, %2) as sum\noutput y = %3`));
    expect(run.unchanged).toBe(true);
    expect(run.records.misses.map(({ reason }) => reason)).toEqual(['inner is also read by sum']);
    expect(runPass(mergeActivations, graphOf(`${body}\noutput y = %2\noutput z = %1`)).records.misses).toMatchObject([
      { rule: 'clip', nodes: ['outer', 'inner'], reason: 'inner is also an output' },
    ]);
    expect(runPass(mergeActivations, graphOf(`${body}\noutput y = %2`)).records.rewrites).toMatchObject([
      { rule: 'clip', nodes: ['outer', 'inner'], bytesSaved: 24, callsSaved: 1 },
    ]);
  });
});

describe('merge-reshapes', () => {
  test.each<[string, readonly string[], readonly string[], number]>([
    ['[N,8,1,1]', ['flatten', 'reshape {shape=[8]}'], ['reshape {shape=[8]}'], 0],
    ['[N,8,1,1]', ['flatten', 'reshape {shape=[2, 2, 2]}'], ['reshape {shape=[2, 2, 2]}'], 0],
    ['[N,2,2,2]', ['reshape {shape=[4, 2, 1]}', 'flatten'], ['flatten'], 1],
    ['[N,2,2,2]', ['reshape {shape=[4, 2, 1]}', 'reshape {shape=[2, 1, 4]}'], ['reshape {shape=[2, 1, 4]}'], 2],
  ])('%s %j', (shape, before, after, callsSaved) => {
    const { left, records } = chain(mergeReshapes, shape, ...before);
    expect(left).toEqual(after);
    // In channels-last memory some of them are copies: 8 numbers, stored and loaded.
    expect(records.rewrites).toMatchObject([{ callsSaved, bytesSaved: 64 * callsSaved }]);
  });

  test('a shape that others read stays', () => {
    const body = '%0 = input x : [N,8]\n%1 = reshape(%0) {shape=[2, 2, 2]} as image\n%2 = flatten(%1) as flat';
    const run = runPass(mergeReshapes, graphOf(`${body}\noutput y = %1\noutput z = %2`));
    expect(run.unchanged).toBe(true);
    expect(run.records.misses.map(({ reason }) => reason)).toEqual(['image is also an output']);
  });
});

describe('merge-concats', () => {
  const merge = (lines: string) => {
    const run = runPass(mergeConcats, graphOf(`%0 = input x : [N,4]\n%1 = input z : [N,3]\n${lines}`));
    expect(run.distance).toBe(0);
    return { ...run, reasons: run.records.misses.map(({ reason }) => reason) };
  };

  test('nested three deep, at any place', () => {
    const { lines, records } = merge(`
      %2 = concat(%0, %1) as a
      %3 = concat(%1, %2, %0) as b
      %4 = concat(%3, %1) as c
      output y = %4`);
    expect(lines).toEqual(['%2 = concat(%1, %0, %1, %0, %1) : [N,17] as c', 'output y = %2']);
    expect(records.rewrites.map(({ nodes, bytesSaved }) => [nodes, bytesSaved])).toEqual([
      [['b', 'a'], 56],
      [['c', 'b'], 112],
    ]);
  });

  test('one that is read twice stays', () => {
    const twice = merge('%2 = concat(%0, %1) as a\n%3 = concat(%2, %2) as b\noutput y = %3');
    expect(twice.unchanged).toBe(true);
    expect(new Set(twice.reasons)).toEqual(new Set(['b reads a twice']));
    const other = merge('%2 = concat(%0, %1) as a\n%3 = concat(%2, %1) as b\noutput y = %3\noutput q = %2');
    expect(other.reasons).toEqual(['a is also an output']);
  });

  test('parts of a split, in order and complete', () => {
    const split = '%2, %3 = split(%0) {parts=2} as split';
    const joined = (values: string) => merge(`${split}\n%4 = concat(${values}) as concat\noutput y = %4`).lines;
    expect(joined('%2, %3')).toEqual(['output y = %0']);
    expect(joined('%1, %2, %3, %1')).toEqual(['%2 = concat(%1, %0, %1) : [N,10] as concat', 'output y = %2']);
    expect(joined('%3, %2')).toHaveLength(3);
    expect(joined('%2, %2')).toHaveLength(3);
    expect(joined('%3, %1')).toHaveLength(3);
  });

  test('a split at the seams of a concatenation gives its values', () => {
    const body = (sizes: string, more = '') =>
      merge(
        `%2 = concat(%0, %1) as concat\n%3, %4 = split(%2) {sizes=${sizes}} as split\n${more}output y = %3\noutput q = %4`,
      );
    expect(body('[4, 3]').lines).toEqual(['output y = %0', 'output q = %1']);
    expect(body('[4, 3]').records.rewrites).toMatchObject([{ bytesSaved: 56, callsSaved: 1 }]);
    expect(body('[4, 3]', 'output all = %2\n').records.rewrites).toMatchObject([{ bytesSaved: 0, callsSaved: 0 }]);
    expect(body('[3, 4]').unchanged).toBe(true);
    expect(body('[3, 4]').reasons).toEqual(['split cuts concat elsewhere than between its values']);
  });
});
