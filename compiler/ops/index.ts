// Every operator the compiler knows; a new one adds its line here.

import type { Operator, OperatorTable } from '../ir/operator.ts';
import { add } from './add.ts';
import { avgPool } from './avg-pool.ts';
import { batchNorm } from './batch-norm.ts';
import { clip } from './clip.ts';
import { concat } from './concat.ts';
import { conv } from './conv.ts';
import { dense } from './dense.ts';
import { div } from './div.ts';
import { dropout } from './dropout.ts';
import { elu } from './elu.ts';
import { flatten } from './flatten.ts';
import { gelu } from './gelu.ts';
import { hardSigmoid } from './hard-sigmoid.ts';
import { hardSwish } from './hard-swish.ts';
import { identity } from './identity.ts';
import { inverseSqrt } from './inverse-sqrt.ts';
import { leakyRelu } from './leaky-relu.ts';
import { maxPool } from './max-pool.ts';
import { mul } from './mul.ts';
import { prelu } from './prelu.ts';
import { relu } from './relu.ts';
import { relu6 } from './relu6.ts';
import { sigmoid } from './sigmoid.ts';
import { silu } from './silu.ts';
import { sub } from './sub.ts';
import { tanh } from './tanh.ts';

const all: readonly Operator[] = [
  add,
  avgPool,
  batchNorm,
  clip,
  concat,
  conv,
  dense,
  div,
  dropout,
  elu,
  flatten,
  gelu,
  hardSigmoid,
  hardSwish,
  identity,
  inverseSqrt,
  leakyRelu,
  maxPool,
  mul,
  prelu,
  relu,
  relu6,
  sigmoid,
  silu,
  sub,
  tanh,
];

/** By name, in the order of the list. */
export const operators: OperatorTable = new Map(all.map((operator) => [operator.name, operator]));
