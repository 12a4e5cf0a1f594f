// The largest of several values, element by element: maxout (Goodfellow et al., 2013).

import { defineArithmetic } from './broadcast.ts';

export const maximum = defineArithmetic({
  name: 'maximum',
  arity: { min: 1, max: Infinity },
  operation: 'maximum',
  range: (operands) => ({
    low: Math.max(...operands.map(({ low }) => low)),
    high: Math.max(...operands.map(({ high }) => high)),
  }),
  unchanged: ({ operands }) => operands === 1,
  elsewhere: { ONNX: { Max: { arguments: {} } } },
});
