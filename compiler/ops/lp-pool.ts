// The p-norm of each window: (Σ |x|^p)^(1/p), as ONNX's LpPool, and as PyTorch's LPPool2d with an even p, where |x|^p = x^p.

import type { Attributes } from '../ir/graph.ts';
import { as, noAutoPad, only } from '../ir/foreign.ts';
import { positive } from '../ir/range.ts';
import { abs, constant, div, exp, less, log, mul, sqrt, x } from '../ir/scalar.ts';
import type { ScalarExpression } from '../ir/scalar.ts';
import { numberOf } from './attributes.ts';
import { defineFoldPooling } from './fold-pooling.ts';
import { wholePower } from './whole-power.ts';

const normOf = (attributes: Attributes): number => numberOf(attributes, 'p');

const pytorch = {
  norm_type: as('p', undefined, 'even', 'PyTorch adds up x^p, lp_pool |x|^p, and these differ where p is odd'),
  kernel_size: as('kernel'),
  stride: as('stride', 'None'),
  ceil_mode: only('false', 'PyTorch scales windows that overhang the image by the pixels that they lack'),
} as const;

export const lpPool = defineFoldPooling({
  name: 'lp_pool',
  attributes: {
    p: {
      type: 'int',
      default: 2,
      minimum: 1,
      maximum: 8,
    },
  },
  reduces: 'sum',
  fold: (attributes) => ({
    term: wholePower(normOf(attributes) % 2 === 0 ? x : abs(x), normOf(attributes)),
    finish: root(normOf(attributes)),
  }),
  // p·|x|^(p − 1) with the sign of x; 0 at 0.
  termSlope(attributes) {
    const p = normOf(attributes);
    const slope = mul(constant(p), wholePower(x, p - 1));
    return p % 2 === 0 ? slope : mul(slope, sign);
  },
  // y^(1 − p) / p; where all pixels are 0 the norm has a corner, and its gradient is taken as 0.
  finishSlope(attributes) {
    const p = normOf(attributes);
    return less(constant(0), x, div(constant(1), mul(constant(p), wholePower(x, p - 1))), x);
  },
  range: () => positive,
  elsewhere: {
    PyTorch: { LPPool2d: { arguments: pytorch }, lp_pool2d: { arguments: pytorch } },
    ONNX: {
      LpPool: {
        arguments: {
          kernel_shape: as('kernel'),
          p: as('p', '2'),
          strides: as('stride', '1'),
          pads: as('padding', '0'),
          ceil_mode: as('ceil', 'false'),
          auto_pad: noAutoPad,
          dilations: only('1'),
        },
        positional: 0,
      },
    },
  },
});

const sign: ScalarExpression = less(x, constant(0), constant(-1), less(constant(0), x, constant(1), x));

/** x^(1/p) of a sum that is not negative. */
function root(p: number): ScalarExpression {
  let value = x;
  let rest = p;
  for (; rest % 2 === 0; rest /= 2) value = sqrt(value);
  // exp(log 0) is no number on every target; NaN and 0 stay what they are.
  return rest === 1 ? value : less(constant(0), value, exp(div(log(value), constant(rest))), value);
}
