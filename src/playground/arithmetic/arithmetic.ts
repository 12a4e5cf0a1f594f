// The arithmetic of one number of a network, in the idea of CNN Explainer (Wang et al., 2020): which numbers it is made of, and
// how. All of them are the network's own values and weights.

import { attentionMixture } from './attention.ts';
import { batchNormFormula, combinedFormula, pointwiseFormula, softmaxFormula } from './formulas.ts';
import { movedFrom } from './moves.ts';
import { normalizationFormula } from './normalizations.ts';
import { pooled } from './pools.ts';
import { convolutionProducts, denseProducts, transposedProducts } from './products.ts';
import type { Application, Arithmetic } from './types.ts';

export type { Application, Arithmetic, Cell, Patch, Term } from './types.ts';

/**
 * Of the number at the row-major index `at` of the result. `map` is the shape [C,H,W] that a dense layer's input had before it was
 * flattened.
 */
export function arithmeticOf(application: Application, at: number, map?: readonly number[]): Arithmetic {
  const { operator } = application;
  const { lowering } = operator;
  switch (lowering?.kind) {
    case 'convolution':
      return convolutionProducts(application, at);
    case 'transposed-convolution':
      return transposedProducts(application, at);
    case 'dense':
      return denseProducts(application, at, map);
    case 'pool':
      return pooled(application, at, lowering);
    case 'arithmetic':
    case 'combination':
      return combinedFormula(application, at);
    case 'softmax':
      return softmaxFormula(application, at, lowering.logarithm);
    case 'normalization':
      return normalizationFormula(application, at);
    default:
      if (operator.pointwise) return pointwiseFormula(application, at);
      if (operator.name === 'batch_norm') return batchNormFormula(application, at);
      if (operator.name === 'attention') return attentionMixture(application, at);
      return movedFrom(application, at) ?? unshown;
  }
}

const unshown: Arithmetic = { kind: 'unshown', value: Number.NaN };
