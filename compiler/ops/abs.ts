// |x|, whose slope at 0 is taken as 0.

import { positive } from '../ir/range.ts';
import { abs as magnitude, x } from '../ir/scalar.ts';
import { defineElementwise } from './elementwise.ts';

export const abs = defineElementwise({
  name: 'abs',
  range: () => positive,
  expression: () => magnitude(x),
  elsewhere: { ONNX: { Abs: { arguments: {} } } },
});
