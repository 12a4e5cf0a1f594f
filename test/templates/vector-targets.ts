// The targets on vectors whose matrix products have register blocks of their own.

import { fusedTarget, vectorTarget, wideTarget } from '../../compiler/templates/target.ts';

/** Each with its name in a test. */
export const vectorTargets = [
  ['two roundings', vectorTarget],
  ['one rounding', fusedTarget],
  ['wide blocks', wideTarget(fusedTarget)],
] as const;
