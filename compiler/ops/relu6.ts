// min(max(x, 0), 6) (Krizhevsky, 2010; used by MobileNet).

import { constant, less, max, min, x } from '../ir/scalar.ts';
import { defineElementwise } from './elementwise.ts';

export const relu6 = defineElementwise({
  name: 'relu6',
  monotone: () => 'exact',
  clips: () => ({ low: 0, high: 6 }),
  expression: () => min(max(x, constant(0)), constant(6)),
  slope: () => ({
    of: 'result',
    expression: less(constant(0), x, less(x, constant(6), constant(1), constant(0)), constant(0)),
  }),
});
