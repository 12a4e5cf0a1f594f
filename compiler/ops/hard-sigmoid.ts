// min(max(slope · x + offset, 0), 1), a sigmoid of straight lines (Courbariaux et al., 2015). PyTorch and Keras 3 have min(max(x + 3, 0), 6) / 6
// (Howard et al., 2019, MobileNetV3); Keras 2 and ONNX the slope 0.2.

import type { Attributes } from '../ir/graph.ts';
import { add, constant, div, less, max, min, mul, x } from '../ir/scalar.ts';
import { numberOf } from './attributes.ts';
import { defineElementwise } from './elementwise.ts';

const [sixth, half] = [1 / 6, 1 / 2];

const isDefault = (attributes: Attributes): boolean =>
  numberOf(attributes, 'slope') === sixth && numberOf(attributes, 'offset') === half;

export const hardSigmoid = defineElementwise({
  name: 'hard_sigmoid',
  attributes: {
    slope: { type: 'float', default: sixth },
    offset: { type: 'float', default: half },
  },
  monotone(attributes) {
    const slope = numberOf(attributes, 'slope');
    if (slope > 0) return 'exact';
    return { not: slope === 0 ? 'may turn infinities into NaN' : 'falls' };
  },
  range: () => ({ low: 0, high: 1 }),
  // With 3 and 6, which are exact, where that is the same.
  expression: (attributes) => {
    if (isDefault(attributes)) return div(min(max(add(x, constant(3)), constant(0)), constant(6)), constant(6));
    const line = add(mul(constant(numberOf(attributes, 'slope')), x), constant(numberOf(attributes, 'offset')));
    return min(max(line, constant(0)), constant(1));
  },
  slope: (attributes) => {
    const inside = less(x, constant(1), constant(numberOf(attributes, 'slope')), constant(0));
    return { of: 'result', expression: less(constant(0), x, inside, constant(0)) };
  },
});
