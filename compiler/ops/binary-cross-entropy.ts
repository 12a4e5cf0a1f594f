// −t · ln p − (1 − t) · ln(1 − p), where the number of the output is the logit of p, as max(x, 0) − x · t + ln(1 + e^−|x|), so that
// nothing overflows and nothing is lost where p is tiny (PyTorch's BCEWithLogitsLoss).

import { abs, add, constant, exp, less, max, mul, neg, sigmoid, sub, x } from '../ir/scalar.ts';
import { logOnePlus } from './accurate.ts';
import { defineCombination } from './combination.ts';
import { defineTargetError, target } from './target-error.ts';

export const binaryCrossEntropy = defineTargetError({
  name: 'binary_cross_entropy',
  // Minus the logarithm of the probability of the target, of a logit.
  expression: () => add(sub(max(x, constant(0)), mul(x, target)), logOnePlus(exp(neg(abs(x))))),
  slope: () => sub(sigmoid(x), target),
});

/** output · target → 1 or 0 */
export const binaryCorrect = defineCombination({
  name: 'binary_correct',
  // 1 where a logit and its target are on the same side of one half, else 0.
  values: 2,
  expression: () => {
    const half = constant(0.5);
    return less(
      constant(0),
      x,
      less(half, target, constant(1), constant(0)),
      less(half, target, constant(0), constant(1)),
    );
  },
});
