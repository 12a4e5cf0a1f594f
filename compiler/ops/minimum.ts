// The smallest of several values, element by element.

import { defineArithmetic } from './broadcast.ts';

export const minimum = defineArithmetic({
  name: 'minimum',
  arity: { min: 1, max: Infinity },
  operation: 'minimum',
  range: (operands) => ({
    low: Math.min(...operands.map(({ low }) => low)),
    high: Math.min(...operands.map(({ high }) => high)),
  }),
  unchanged: ({ operands }) => operands === 1,
  elsewhere: { ONNX: { Min: { arguments: {} } } },
});
