// x above a threshold, else 0 (Konda et al., 2014, "Zero-bias autoencoders and the benefits of co-adapting features").

import { as, only, silent } from '../ir/foreign.ts';
import type { Attributes } from '../ir/graph.ts';
import { constant, less, sub, x } from '../ir/scalar.ts';
import { numberOf } from './attributes.ts';
import { defineElementwise } from './elementwise.ts';

/** As f32 has it: the number that is the threshold is not above it, 0.1 as little as 0.5. */
const thresholdOf = (attributes: Attributes) => constant(Math.fround(numberOf(attributes, 'threshold')));

export const thresholdedRelu = defineElementwise({
  name: 'thresholded_relu',
  attributes: { threshold: { type: 'float', default: 1 } },
  // Neither above nor below are the threshold itself, whose difference is 0, and NaN, which goes through.
  expression: (attributes) => {
    const threshold = thresholdOf(attributes);
    return less(threshold, x, x, less(x, threshold, constant(0), sub(x, x)));
  },
  slope: (attributes) => ({
    of: 'operand',
    expression: less(thresholdOf(attributes), x, constant(1), constant(0)),
  }),
  elsewhere: {
    PyTorch: { Threshold: { arguments: { threshold: as('threshold'), value: only('0'), inplace: silent } } },
    ONNX: { ThresholdedRelu: { arguments: { alpha: as('threshold', '1') }, positional: 0 } },
  },
});
