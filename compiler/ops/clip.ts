// Holds numbers between two bounds.

import { constant, less, max, min, x } from '../ir/scalar.ts';
import { numberOf } from './attributes.ts';
import { defineElementwise } from './elementwise.ts';
import { step } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';

export const clip = defineElementwise({
  name: 'clip',
  attributes: {
    min: { type: 'float' },
    max: { type: 'float' },
  },
  constraints: { C1: '`min` must not exceed `max`' },
  check: (_, attributes, report) => {
    const [low, high] = [numberOf(attributes, 'min'), numberOf(attributes, 'max')];
    if (low <= high) return true;
    report('C1', { found: `min ${low}, max ${high}`, expected: `at most ${high}`, attribute: 'min' });
    return false;
  },
  clips: (attributes) => ({ low: numberOf(attributes, 'min'), high: numberOf(attributes, 'max') }),
  monotone: () => 'exact',
  unchanged: ({ attributes }) => numberOf(attributes, 'min') === -Infinity && numberOf(attributes, 'max') === Infinity,
  // At the bounds themselves it is 1, as in PyTorch, so that the result does not tell.
  slope: (attributes) => {
    const [low, high] = [numberOf(attributes, 'min'), numberOf(attributes, 'max')];
    const below = less(constant(high), x, constant(0), constant(1));
    return { of: 'operand', expression: less(x, constant(low), constant(0), below) };
  },
  expression: (attributes) => min(max(x, constant(numberOf(attributes, 'min'))), constant(numberOf(attributes, 'max'))),
});

/** Examples of its rules. */
export const clipExamples: RuleExamples = () => ({
  C1: step('The first number is the lower bound.', '[8]', 'clip(1, 0)', 'clip(0, 1)'),
});
