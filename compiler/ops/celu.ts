// x, or α · (e^(x/α) − 1) below 0, which has no corner for any α (Barron, 2017).

import { as, silent } from '../ir/foreign.ts';
import { add, constant, div, less, mul, x } from '../ir/scalar.ts';
import { expMinusOne } from './accurate.ts';
import { numberOf } from './attributes.ts';
import { defineElementwise } from './elementwise.ts';
import { alphaSpec } from './elu.ts';
import { step } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';

export const celu = defineElementwise({
  name: 'celu',
  attributes: { alpha: alphaSpec },
  constraints: { C1: '`alpha` must be positive' },
  check: (_, attributes, report) => {
    const alpha = numberOf(attributes, 'alpha');
    if (alpha > 0) return true;
    report('C1', { found: `${alpha}`, expected: 'more than 0', attribute: 'alpha' });
    return false;
  },
  keepsPositive: true,
  monotone: () => 'rounded',
  expression: (attributes) => {
    const alpha = constant(numberOf(attributes, 'alpha'));
    return less(x, constant(0), mul(alpha, expMinusOne(div(x, alpha))), x);
  },
  slope: (attributes) => {
    const below = add(div(x, constant(numberOf(attributes, 'alpha'))), constant(1));
    return { of: 'result', expression: less(x, constant(0), below, constant(1)) };
  },
  elsewhere: {
    PyTorch: { CELU: { arguments: { alpha: as('alpha', '1'), inplace: silent } } },
    ONNX: { Celu: { arguments: { alpha: as('alpha', '1') }, positional: 0 } },
  },
});

/** Examples of its rules. */
export const celuExamples: RuleExamples = () => ({
  C1: step('Negative numbers are divided by alpha; for alpha 1 it is elu.', '[8]', 'celu(0)', 'celu(0.5)'),
});
