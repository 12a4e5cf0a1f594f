// Elementary functions of a number or a vector, whichever the argument is.

import { fmul } from '../kernel/builder.ts';
import type { Expression } from '../kernel/ir.ts';
import * as vectors from '../kernel/math-lanes.ts';
import * as numbers from '../kernel/math.ts';

type Apply = (argument: Expression) => Expression;

const either =
  (number: Apply, vector: Apply): Apply =>
  (argument) =>
    argument.type === 'f32x4' ? vector(argument) : number(argument);

export const exp = either(numbers.exp, vectors.expLanes);
export const log = either(numbers.log, vectors.logLanes);
export const sigmoid = either(numbers.sigmoid, vectors.sigmoidLanes);
/** x · sigmoid(x). */
export const silu: Apply = (argument) => fmul(argument, sigmoid(argument));
/** Both in fewer steps, for targets with fused products. */
export const fusedSigmoid = either(numbers.sigmoid, vectors.fusedSigmoidLanes);
export const fusedSilu = either(silu, vectors.fusedSiluLanes);
export const tanh = either(numbers.tanh, vectors.tanhLanes);
export const erf = either(numbers.erf, vectors.erfLanes);
