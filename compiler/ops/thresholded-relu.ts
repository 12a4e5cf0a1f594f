// x above a threshold, else 0 (Konda et al., 2014, "Zero-bias autoencoders and the benefits of co-adapting features").

import { as, only, silent } from '../ir/foreign.ts';
import { constant, less, sub, x } from '../ir/scalar.ts';
import { numberOf } from './attributes.ts';
import { defineElementwise } from './elementwise.ts';

export const thresholdedRelu = defineElementwise({
  name: 'thresholded_relu',
  summary: 'Numbers that are not above the threshold become 0.',
  attributes: { threshold: { type: 'float', default: 1, doc: 'Numbers above it stay as they are.' } },
  // Neither above nor below are the threshold itself, whose difference is 0, and NaN, which goes through.
  expression: (attributes) => {
    const threshold = constant(numberOf(attributes, 'threshold'));
    return less(threshold, x, x, less(x, threshold, constant(0), sub(x, x)));
  },
  slope: (attributes) => ({
    of: 'operand',
    expression: less(constant(numberOf(attributes, 'threshold')), x, constant(1), constant(0)),
  }),
  elsewhere: {
    PyTorch: { Threshold: { arguments: { threshold: as('threshold'), value: only('0'), inplace: silent } } },
    ONNX: { ThresholdedRelu: { arguments: { alpha: as('threshold', '1') }, positional: 0 } },
  },
});
