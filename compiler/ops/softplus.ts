// ln(1 + eˣ) (Dugas et al., 2000), as PyTorch has it: ln(1 + e^(beta · x)) / beta, and x itself where beta · x is large.

import type { Attributes } from '../ir/graph.ts';
import { as } from '../ir/foreign.ts';
import { positive } from '../ir/range.ts';
import { abs, add, constant, div, exp, less, max, mul, neg, sigmoid, x } from '../ir/scalar.ts';
import type { ScalarExpression } from '../ir/scalar.ts';
import { logOnePlus } from './accurate.ts';
import { numberOf } from './attributes.ts';
import { defineElementwise } from './elementwise.ts';
import { step } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';

const scaled = (attributes: Attributes): ScalarExpression => mul(constant(numberOf(attributes, 'beta')), x);
const threshold = (attributes: Attributes): ScalarExpression => constant(numberOf(attributes, 'threshold'));

export const softplus = defineElementwise({
  name: 'softplus',
  attributes: {
    beta: { type: 'float', default: 1 },
    threshold: { type: 'float', default: 20 },
  },
  constraints: { C1: '`beta` must be positive' },
  check: (_, attributes, report) => {
    const beta = numberOf(attributes, 'beta');
    if (beta > 0) return true;
    report('C1', { found: `${beta}`, expected: 'more than 0', attribute: 'beta' });
    return false;
  },
  // Where x is larger than the threshold, which may be negative, it is the result.
  range: (_, attributes) => (numberOf(attributes, 'threshold') < 0 ? { low: -Infinity, high: Infinity } : positive),
  expression: (attributes) => {
    const z = scaled(attributes);
    const soft = add(max(z, constant(0)), logOnePlus(exp(neg(abs(z)))));
    return less(threshold(attributes), z, x, div(soft, constant(numberOf(attributes, 'beta'))));
  },
  slope: (attributes) => {
    const z = scaled(attributes);
    return { of: 'operand', expression: less(threshold(attributes), z, constant(1), sigmoid(z)) };
  },
  elsewhere: {
    PyTorch: { Softplus: { arguments: { beta: as('beta', '1'), threshold: as('threshold', '20') } } },
    Keras: { Softplus: { arguments: {} } },
    ONNX: { Softplus: { arguments: {} } },
  },
});

/** Examples of its rules. */
export const softplusExamples: RuleExamples = () => ({
  C1: step(
    'The logarithm is divided by beta; as it grows, softplus becomes relu.',
    '[8]',
    'softplus(0)',
    'softplus(2)',
  ),
});
