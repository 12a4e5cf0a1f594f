// min(max(x + 3, 0), 6) / 6, PyTorch's definition (Howard et al., 2019, MobileNetV3). Keras 2 and ONNX use another slope.

import { add, constant, div, less, max, min, x } from '../ir/scalar.ts';
import { defineElementwise } from './elementwise.ts';

export const hardSigmoid = defineElementwise({
  name: 'hard_sigmoid',
  summary: 'x / 6 + 1/2, held between 0 and 1.',
  monotone: () => 'exact',
  range: () => ({ low: 0, high: 1 }),
  expression: () => div(min(max(add(x, constant(3)), constant(0)), constant(6)), constant(6)),
  slope: () => ({
    of: 'result',
    expression: less(constant(0), x, less(x, constant(1), constant(1 / 6), constant(0)), constant(0)),
  }),
});
