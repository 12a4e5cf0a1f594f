// x · sigmoid(x) (Elfwing et al., 2018; "swish" in Ramachandran et al., 2017).

import { mul, sigmoid, x } from '../ir/scalar.ts';
import { defineElementwise } from './elementwise.ts';

export const silu = defineElementwise({
  name: 'silu',
  expression: () => mul(x, sigmoid(x)),
});
