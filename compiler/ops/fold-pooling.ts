// Operators that fold each window into one number, y = finish(Σ term(x)), or the largest term in place of the sum: each says three
// scalar expressions once; shape rule, reference, kernels and gradient follow from them.

import type { Attributes } from '../ir/graph.ts';
import type { GradientSite, Operator, WindowFold } from '../ir/operator.ts';
import { scalarFunction } from '../ir/scalar-evaluate.ts';
import { derivative } from '../ir/scalar-derivative.ts';
import { channel, mul, x } from '../ir/scalar.ts';
import type { ScalarExpression } from '../ir/scalar.ts';
import { substitute } from '../ir/scalar-substitute.ts';
import { windowSumGradient } from './avg-pool-gradient.ts';
import { defineCombination } from './combination.ts';
import { defineOnWindows } from './pooling.ts';
import type { WindowOperator } from './pooling.ts';
import { maxPoolGradient } from './max-pool-gradient.ts';
import { poolAttributes } from './pool-windows.ts';

export interface FoldPooling extends Omit<WindowOperator, 'companions' | 'fold' | 'gradient' | 'lowering' | 'reduce'> {
  readonly reduces: WindowFold['reduces'];
  readonly fold: (attributes: Attributes) => Omit<WindowFold, 'reduces'>;
  /** ∂term/∂x, of the pixel `x`, where it is not what differentiating the term gives. */
  readonly termSlope?: (attributes: Attributes) => ScalarExpression;
  /** What `finish` has as its derivative, as an expression of its result y, written `x`: what was folded is not kept. */
  readonly finishSlope: (attributes: Attributes) => ScalarExpression;
}

/** An operator on windows [KH, KW] of every channel: [C, H, W] → [C, OH, OW]. Padding adds no terms. */
export function defineFoldPooling({
  reduces,
  fold,
  termSlope = (values) => derivative(fold(values).term),
  finishSlope,
  ...rest
}: FoldPooling): Operator {
  const { name, attributes = {} } = rest;
  const onPool = { ...poolAttributes, ...attributes };
  // y [N,C,OH,OW] · dy → ∂loss/∂sum
  const upstreamOf = defineCombination({
    name: `${name}_fold_gradient`,
    // The gradient of `${name}` with respect to what a window's terms make.
    attributes: onPool,
    values: 2,
    expression: (values) => mul(x, substitute(finishSlope(values), channel(1))),
  });
  // x [N,C,H,W] → the terms
  const termOf = defineCombination({
    name: `${name}_term`,
    // The terms that `${name}` takes the largest of.
    attributes: onPool,
    values: 1,
    expression: (values) => fold(values).term,
  });
  // ∂loss/∂term [N,C,H,W] · x → ∂loss/∂x
  const gradient = defineCombination({
    name: `${name}_gradient`,
    // The gradient of `${name}`.
    attributes: onPool,
    values: 2,
    expression: (values) => mul(x, substitute(termSlope(values), channel(1))),
  });
  return defineOnWindows({
    ...rest,
    reduce(pixels, _, values) {
      const { term, finish } = fold(values);
      const terms = pixels.map((pixel) => scalarFunction(term)(pixel, []));
      const folded = reduces === 'sum' ? terms.reduce((sum, one) => sum + one, 0) : Math.max(...terms);
      return scalarFunction(finish)(folded, []);
    },
    fold: (values) => ({ ...fold(values), reduces }),
    lowering: { kind: 'window-fold' },
    companions: [upstreamOf, ...(reduces === 'sum' ? [windowSumGradient] : [termOf, maxPoolGradient]), gradient],
    gradient({ apply, attributes: values, operands: [value], results: [y], upstream: [dy], typeOf }: GradientSite) {
      const windows = Object.fromEntries(Object.keys(poolAttributes).map((key) => [key, values[key]!]));
      const folded = apply(upstreamOf.name, [dy!, y!], values);
      const spread =
        reduces === 'sum'
          ? apply(windowSumGradient.name, [folded], { ...windows, size: typeOf(value!).shape.slice(1) })
          : apply(maxPoolGradient.name, [folded, apply(termOf.name, [value!], values)], windows);
      return [apply(gradient.name, [spread, value!], values)];
    },
  });
}
