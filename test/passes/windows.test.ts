import { describe, expect, test } from 'vitest';
import { foldPadding } from '../../compiler/passes/fold-padding.ts';
import { poolBeforeActivation } from '../../compiler/passes/pool-before-activation.ts';
import { poolBeforeCurve } from '../../compiler/passes/pool-before-curve.ts';
import type { Pass } from '../../compiler/passes/pass.ts';
import { graphOf, runPass } from '../support/pass.ts';

/** x → n1 → n2 → … → y; `w` stands for a parameter where an operator needs one. */
function chain(pass: Pass, ...ops: readonly string[]) {
  const lines = ops.map((op, at) => {
    const [, name, parameter, rest] = /^(\w+)( \[[\d,]+\])?(.*)$/.exec(op)!;
    const weight = parameter ? `%${at + 100} = parameter w${at} :${parameter} he(4, 4)\n` : '';
    return `${weight}%${at + 1} = ${name}(%${at}${weight && `, %${at + 100}`})${rest} as n${at + 1}`;
  });
  const run = runPass(pass, graphOf(`%0 = input x : [N,2,5,5]\n${lines.join('\n')}\noutput y = %${ops.length}`));
  const left = run.lines.slice(0, -1).map((line) => line.replace(/^%\d+ = (\w+)\([^)]*\)( \{.*\})? : .*/, '$1$2'));
  return { ...run, left, reasons: run.records.misses.map(({ reason }) => reason) };
}

describe('fold-padding', () => {
  test.each<[readonly string[], readonly string[]]>([
    [
      ['pad {padding=1}', 'conv [3,2,3,3] {channels=3, kernel=3, stride=2, bias=false}'],
      ['conv {channels=3, kernel=[3, 3], stride=[2, 2], padding=[1, 1, 1, 1], bias=false}'],
    ],
    [
      ['pad {padding=[1, 0, 0, 2]}', 'depthwise_conv [2,1,3,3] {kernel=3, padding=1, dilation=2, bias=false}'],
      ['depthwise_conv {kernel=[3, 3], padding=[2, 1, 1, 3], dilation=[2, 2], bias=false}'],
    ],
    [
      ['relu', 'pad {padding=1}', 'avg_pool {kernel=3, stride=2}'],
      ['relu', 'avg_pool {kernel=[3, 3], stride=[2, 2], padding=[1, 1, 1, 1]}'],
    ],
    [
      ['relu', 'pad {padding=1}', 'avg_pool {kernel=3, stride=2, count_padding=false}'],
      ['relu', 'avg_pool {kernel=[3, 3], stride=[2, 2], padding=[1, 1, 1, 1]}'],
    ],
    [
      ['pad {padding=1, value=-Infinity}', 'max_pool {kernel=3, stride=2}'],
      ['max_pool {kernel=[3, 3], stride=[2, 2], padding=[1, 1, 1, 1]}'],
    ],
    [
      ['sigmoid', 'max_pool {kernel=2, stride=1}', 'pad {padding=1}', 'max_pool {kernel=3, padding=1}'],
      ['sigmoid', 'max_pool {kernel=[2, 2], stride=[1, 1]}', 'max_pool {kernel=[3, 3], padding=[2, 2, 2, 2]}'],
    ],
    [['pad {padding=1, value=2}', 'pad {padding=[0, 1, 2, 0], value=2}'], ['pad {padding=[1, 2, 3, 1], value=2}']],
    [
      ['pad {padding=1, mode=replicate}', 'pad {padding=2, mode=replicate}'],
      ['pad {padding=[3, 3, 3, 3], mode=replicate}'],
    ],
  ])('%j', (before, after) => {
    const { left, distance, records } = chain(foldPadding, ...before);
    expect(left).toEqual(after);
    expect(distance).toBe(0);
    expect(records.rewrites).toMatchObject([{ macsSaved: 0, callsSaved: 1 }]);
  });

  test.each<[readonly string[], string]>([
    [['pad {padding=1}', 'max_pool {kernel=3}'], 'n1 fills in 0, and what n2 reads may be negative'],
    [['relu', 'pad {padding=1, value=1}', 'max_pool {kernel=3}'], 'n2 fills in 1, n3 pads with -Infinity'],
    [['pad {padding=1, value=1}', 'avg_pool {kernel=3}'], 'n1 fills in 1, n2 pads with 0'],
    [['pad {padding=1, mode=reflect}', 'avg_pool {kernel=3}'], 'n1 fills in pixels of the image (reflect)'],
    [['pad {padding=1}', 'avg_pool {kernel=3}'], 'what n2 reads may hold -0, which n1 makes +0'],
    [
      ['relu', 'pad {padding=1}', 'avg_pool {kernel=3, padding=1, count_padding=false}'],
      'n3 counts the zeros of n2 but not its own padding',
    ],
    [['pad {padding=1, value=1}', 'pad {padding=1}'], 'n1 and n2 fill in different values'],
    [['pad {padding=1, mode=reflect}', 'pad {padding=1, mode=reflect}'], 'n1 and n2 fill in different values'],
    [
      ['relu', 'pad {padding=[0, 0, 1, 1]}', 'max_pool {kernel=1, stride=5, ceil=true}'],
      'n3 rounds up, and its last window would start in the padding of n2',
    ],
  ])('%j: %s', (before, reason) => {
    const run = chain(foldPadding, ...before);
    expect(run.unchanged).toBe(true);
    expect(run.reasons).toEqual([reason]);
  });

  test('a window that would see nothing but padding', () => {
    const { reasons } = chain(foldPadding, 'relu', 'pad {padding=2}', 'max_pool {kernel=2}');
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(/^n3 cannot take the padding of n2: .*every window must contain a pixel of the image/);
  });

  test('a padded value that others read stays', () => {
    const run = runPass(
      foldPadding,
      graphOf(`
        %0 = input x : [N,1,3,3]
        %1 = pad(%0) {padding=1} as pad
        %2 = pad(%1) {padding=1} as outer
        %3 = flatten(%1) as flat
        output y = %2
        output z = %3`),
    );
    expect(run.unchanged).toBe(true);
    expect(run.records.misses.map(({ reason }) => reason)).toEqual(['pad is also read by flat']);
  });
});

describe('pool-before-activation', () => {
  test.each(['clip {min=-0.25, max=0.5}', 'hard_sigmoid', 'leaky_relu {slope=0.5}', 'leaky_relu {slope=2}'])(
    '%s',
    (activation) => {
      const run = chain(poolBeforeActivation, activation, 'max_pool {kernel=3, stride=2, padding=1}');
      expect(run.left).toEqual(['max_pool {kernel=[3, 3], stride=[2, 2], padding=[1, 1, 1, 1]}', activation]);
      expect(run.distance).toBe(0);
      // Of 2·25 numbers 2·9 are left.
      expect(run.records.rewrites).toMatchObject([{ nodes: ['n1', 'n2'], bytesSaved: 8 * 32, callsSaved: 0 }]);
      expect(chain(poolBeforeCurve, activation, 'max_pool {kernel=2}').unchanged).toBe(true);
    },
  );

  test.each(['sigmoid', 'tanh', 'elu {alpha=0.5}'])('%s belongs to pool-before-curve', (activation) => {
    expect(chain(poolBeforeActivation, activation, 'global_max_pool').unchanged).toBe(true);
    const run = chain(poolBeforeCurve, activation, 'global_max_pool');
    expect(run.left).toEqual(['global_max_pool', activation]);
    expect(run.distance).toBeLessThan(1e-15);
  });

  test.each<[readonly string[], readonly string[]]>([
    [['leaky_relu {slope=-0.5}', 'max_pool {kernel=2}'], ['n1 falls below 0']],
    [['leaky_relu {slope=0}', 'max_pool {kernel=2}'], ['n1 may turn -Infinity into NaN']],
    [
      ['prelu [2]', 'max_pool {kernel=2}'],
      ['n1 has slopes that are known only when weights are loaded, and may be negative'],
    ],
    [
      ['leaky_relu {slope=0.5}', 'max_pool {kernel=3, stride=1, padding=1}'],
      ['n2 does not shrink the map, so n1 may stay'],
    ],
    [['relu', 'max_pool {kernel=3, stride=2, padding=1}'], []],
    [['relu6', 'max_pool {kernel=2}'], []],
    [['clip {min=0, max=0.5}', 'max_pool {kernel=2}'], []],
    [['relu', 'avg_pool {kernel=2}'], []],
    [['hard_swish', 'max_pool {kernel=2}'], []],
    [['silu', 'max_pool {kernel=2}'], []],
  ])('%j stays: %j', (before, reasons) => {
    const run = chain(poolBeforeActivation, ...before);
    expect(run.unchanged).toBe(true);
    expect(run.reasons).toEqual(reasons);
  });

  test('a map that others read, or that is an output, stays', () => {
    const body =
      '%0 = input x : [N,1,4,4]\n%1 = leaky_relu(%0) as leaky\n%2 = max_pool(%1) {kernel=2} as pool\noutput y = %2';
    const reasons = (more: string) =>
      runPass(poolBeforeActivation, graphOf(`${body}\n${more}`)).records.misses.map(({ reason }) => reason);
    expect(reasons('output z = %1')).toEqual(['leaky is also an output']);
    expect(reasons('%3 = flatten(%1) as flat\noutput z = %3')).toEqual(['leaky is also read by flat']);
  });

  test('names, outputs and later readers keep to the activated value', () => {
    const run = runPass(
      poolBeforeActivation,
      graphOf(`
        %0 = input x : [N,1,4,4]
        %1 = leaky_relu(%0) as leaky
        %2 = max_pool(%1) {kernel=2} as pool
        %3 = tanh(%2) as tanh
        output y = %2
        output z = %3`),
    );
    expect(run.lines).toEqual([
      '%1 = max_pool(%0) {kernel=[2, 2]} : [N,1,2,2] as pool',
      '%2 = leaky_relu(%1) : [N,1,2,2] as leaky',
      '%3 = tanh(%2) : [N,1,2,2] as tanh',
      'output y = %2',
      'output z = %3',
    ]);
    expect(run.distance).toBe(0);
  });
});
