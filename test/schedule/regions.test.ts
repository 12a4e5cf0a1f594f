// Where parts of maps lie: in their place where their pixels lie evenly, else in a copy.

import { describe, expect, test } from 'vitest';
import { operators } from '../../compiler/ops/index.ts';
import { lower } from '../../compiler/pipeline.ts';
import { graphOf } from '../support/pass.ts';

/** Names of the kernels that run, without their geometry; copies at the border left out. */
function kernelsOf(text: string): readonly string[] {
  const { program } = lower(graphOf(text), operators, { target: 'wasm', level: 2 });
  return program.run
    .map(({ kernel }) => /^[a-z_]+?(?=_\d)/.exec(kernel)![0])
    .filter((name) => name !== 'input' && name !== 'output');
}

const joined = (along: string, shape: string): string => `
  %0 = input x : [N,${shape}]
  %1 = relu(%0) as a
  %2 = sigmoid(%0) as b
  %3 = concat(%1, %2) {along=${along}} as y
  output y = %3
`;

describe('joins are written in their place', () => {
  test.each([
    ['channels', '4,6,6'],
    ['height', '4,6,6'],
    ['length', '6,4'],
    ['features', '6,4'],
    ['width', '4,1,6'],
  ])('along the %s of [%s]', (along, shape) => {
    expect(kernelsOf(joined(along, shape)).toSorted()).toEqual(['a', 'b'].map((_, at) => ['relu', 'sigmoid'][at]));
  });
  test('but side by side', () => expect(kernelsOf(joined('width', '4,6,6'))).toContain('copy'));
});

const part = (step: string, shape: string): string =>
  `
  %0 = input x : [N,4,6,6]
  %1 = ${step} as part
  %2 = softmax(%1) as y
  output y = %2
`.replace('4,6,6', shape);

describe('parts are read where they are', () => {
  test.each([
    ['slice(%0) {along=channels, start=1, end=3}', '4,6,6'],
    ['slice(%0) {along=height, start=1, end=4}', '4,6,6'],
    ['slice(%0) {along=length, start=1, step=2}', '6,4'],
    ['slice(%0) {along=width, start=1, step=2}', '4,1,6'],
    ['slice(%0) {along=height, start=1, step=2}', '4,6,1'],
    ['crop(%0) {size=[3, 6]}', '4,6,6'],
    ['to_image(%0) {size=[2, 3]}', '6,4'],
    ['tokens(%0)', '4,6,6'],
  ])('%s of [%s]', (step, shape) => expect(kernelsOf(part(step, shape))).toEqual(['softmax']));
  test.each([
    ['slice(%0) {along=width, start=1}', '4,6,6'],
    ['slice(%0) {along=height, step=2}', '4,6,6'],
    ['slice(%0) {along=channels, step=2}', '4,6,6'],
    ['crop(%0) {size=3}', '4,6,6'],
  ])('%s of [%s] is copied', (step, shape) => expect(kernelsOf(part(step, shape))).toEqual(['copy', 'softmax']));
});
