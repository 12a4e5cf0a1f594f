// The pass remove-identity: its text before and after, and the same numbers on both sides.

import { describe, expect, test } from 'vitest';
import { removeIdentity } from '../../compiler/passes/remove-identity.ts';
import { graphOf, runPass } from '../support/pass.ts';

describe('remove-identity', () => {
  test('identity and dropout disappear; their users read the operand', () => {
    const run = runPass(
      removeIdentity,
      graphOf(`
        %0 = input x : [N,3]
        %1 = relu(%0) : [N,3] as relu1
        %2 = dropout(%1) {p=0.5} : [N,3] as dropout1
        %3 = identity(%2) : [N,3] as identity1
        %4 = add(%3, %1) : [N,3] as add1
        output y = %4
        output z = %3`),
    );
    expect(run.lines).toEqual([
      '%1 = relu(%0) : [N,3] as relu1',
      '%2 = add(%1, %1) : [N,3] as add1',
      'output y = %2',
      'output z = %1',
    ]);
    expect(run.distance).toBe(0);
    // Read and written once less: 2 · 3 f32 values.
    const saved = { macsSaved: 0, bytesSaved: 24, callsSaved: 1 };
    expect(run.records).toEqual({
      rewrites: [
        { pass: 'remove-identity', rule: 'dropout', nodes: ['dropout1'], ...saved },
        { pass: 'remove-identity', rule: 'identity', nodes: ['identity1'], ...saved },
      ],
      misses: [],
    });
  });

  test('an output may be an input', () => {
    const { lines, distance } = runPass(
      removeIdentity,
      graphOf('%0 = input x : [N,3]\n%1 = identity(%0) : [N,3] as identity1\noutput y = %1'),
    );
    expect(lines).toEqual(['output y = %0']);
    expect(distance).toBe(0);
  });

  test('returns the same graph where nothing matches', () => {
    const run = runPass(removeIdentity, graphOf('%0 = input x : [N,3]\n%1 = relu(%0) : [N,3] as relu1\noutput y = %1'));
    expect(run.unchanged).toBe(true);
    expect(run.records).toEqual({ rewrites: [], misses: [] });
  });

  test('takes no part in training, where dropout drops', () => {
    const body = '%0 = input x : [N,3]\n%1 = dropout(%0) {p=0.5} : [N,3] as dropout1\noutput y = %1';
    expect(runPass(removeIdentity, graphOf(body, 'train')).unchanged).toBe(true);
  });
});
