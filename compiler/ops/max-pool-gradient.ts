// ∂loss/∂x of pools that take maxima, from ∂loss/∂y and x: a window's gradient goes to its largest pixel, the first of equal ones.

import type { Attributes } from '../ir/graph.ts';
import type { Lowering } from '../ir/lowering.ts';
import type { AttributeSpec, Operator } from '../ir/operator.ts';
import type { Shape } from '../ir/tensor-type.ts';
import { adaptiveSpan } from './adaptive-windows.ts';
import { resultSize, sizeAt } from './attributes.ts';
import { eachWindow, indexOfMaximum } from './pool-gradients.ts';
import type { Span } from './pool-gradients.ts';
import { maxPoolAttributes, poolSpans } from './pool-windows.ts';

interface MaximumGradient extends Pick<Operator, 'name'> {
  readonly attributes: Readonly<Record<string, AttributeSpec>>;
  readonly windows: Extract<Lowering, { kind: 'pool-gradient' }>['windows'];
  readonly spans: (attributes: Attributes, shape: Shape) => readonly [(index: number) => Span, (index: number) => Span];
}

function defineMaximumGradient({ windows, spans, ...rest }: MaximumGradient): Operator {
  return {
    ...rest,
    internal: true,
    arity: { min: 2, max: 2 },
    constraints: {},
    infer: ([, x]) => [x!],
    // dy [N,C,OH,OW] · x [N,C,H,W] → dx [N,C,H,W]
    reference([dy, x], attributes, [type, input]) {
      const [, height, width] = input!.shape as [number, number, number];
      const data = new Float64Array(x!.data.length);
      eachWindow(dy!, type!, [height, width], spans(attributes, input!.shape), (result, plane, rows, columns) => {
        data[indexOfMaximum(x!.data, width, plane, rows, columns)]! += dy!.data[result]!;
      });
      return [{ shape: x!.shape, data }];
    },
    lowering: { kind: 'pool-gradient', reduces: 'max', windows },
  };
}

export const maxPoolGradient = defineMaximumGradient({
  name: 'max_pool_gradient',
  attributes: maxPoolAttributes,
  windows: 'sliding',
  spans: poolSpans,
});

export const adaptiveMaxPoolGradient = defineMaximumGradient({
  name: 'adaptive_max_pool_gradient',
  attributes: { size: resultSize },
  windows: 'adaptive',
  spans(attributes, [, height, width]) {
    const [oh, ow] = sizeAt(attributes, 'size');
    return [(index) => adaptiveSpan(index, height!, oh), (index) => adaptiveSpan(index, width!, ow)];
  },
});

export const globalMaxPoolGradient = defineMaximumGradient({
  name: 'global_max_pool_gradient',
  attributes: {},
  windows: 'global',
  spans: (_, [, height, width]) => [() => ({ start: 0, end: height! }), () => ({ start: 0, end: width! })],
});
