// ∂loss/∂x of pools that take means or sums, from ∂loss/∂y: each pixel of a window gets its share.

import type { Operator } from '../ir/operator.ts';
import { tensorType } from '../ir/tensor-type.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';
import { flagOf, inputSize, sizeAt } from './attributes.ts';
import { adaptiveSpan } from './adaptive-windows.ts';
import type { Attributes } from '../ir/graph.ts';
import type { Lowering } from '../ir/lowering.ts';
import type { AttributeSpec } from '../ir/operator.ts';
import { eachWindow } from './pool-gradients.ts';
import type { Span } from './pool-gradients.ts';
import { poolAttributes, poolAxes, poolSpans, tapsOf } from './pool-windows.ts';
import { allocateLike } from './tensors.ts';

interface Windows {
  readonly spans: readonly [(index: number) => Span, (index: number) => Span];
  /** By how much the sum of the window at this row and column is divided. */
  readonly divisor: (row: number, column: number) => number;
}

interface MeanGradient extends Pick<Operator, 'name'> {
  readonly attributes?: Readonly<Record<string, AttributeSpec>>;
  readonly windows: Extract<Lowering, { kind: 'pool-gradient' }>['windows'];
  readonly reduces?: 'mean' | 'sum';
  /** `input` is the pool's, `result` that of the pool. */
  readonly windowsOf: (attributes: Attributes, input: Shape, result: Shape) => Windows;
}

function defineMeanGradient({ name, attributes, windows, reduces = 'mean', windowsOf }: MeanGradient): Operator {
  return {
    name,
    internal: true,
    attributes: { size: inputSize, ...attributes },
    constraints: {},
    infer: ([dy], values) => [inputType(dy!, values)],
    // dy [N,C,OH,OW] → dx [N,C,H,W]
    reference([dy], values, [type]) {
      const { shape } = inputType(type!, values);
      const [height, width] = shape.slice(1) as [number, number];
      const dx = allocateLike(dy!, type!, shape);
      const { spans, divisor } = windowsOf(values, shape, type!.shape);
      const [, oh, ow] = type!.shape as [number, number, number];
      eachWindow(dy!, type!, [height, width], spans, (result, plane, rows, columns) => {
        const at = result % (oh * ow);
        const share = dy!.data[result]! / divisor(Math.floor(at / ow), at % ow);
        for (let iy = rows.start; iy < rows.end; iy += 1) {
          for (let ix = columns.start; ix < columns.end; ix += 1) dx.data[plane + iy * width + ix]! += share;
        }
      });
      return [dx];
    },
    lowering: { kind: 'pool-gradient', reduces, windows },
  };
}

const inputType = ({ shape, batched }: TensorType, attributes: Attributes): TensorType =>
  tensorType([shape[0]!, ...sizeAt(attributes, 'size')], batched);

const lengthOf = ({ start, end }: Span): number => end - start;

export const avgPoolGradient = defineMeanGradient({
  name: 'avg_pool_gradient',
  // The gradient of `avg_pool`.
  attributes: {
    ...poolAttributes,
    // Whether padding counts as zeros in the mean.
    count_padding: { type: 'bool', default: true },
  },
  windows: 'sliding',
  windowsOf(attributes, input) {
    const [rows, columns] = poolAxes(attributes, input);
    const spans = poolSpans(attributes, input);
    const counts = flagOf(attributes, 'count_padding');
    const divisor = (row: number, column: number): number =>
      counts ? tapsOf(rows, row) * tapsOf(columns, column) : lengthOf(spans[0](row)) * lengthOf(spans[1](column));
    return { spans, divisor };
  },
});

export const windowSumGradient = defineMeanGradient({
  name: 'window_sum_gradient',
  // The gradient of a sum over sliding windows.
  attributes: poolAttributes,
  windows: 'sliding',
  reduces: 'sum',
  windowsOf: (attributes, input) => ({ spans: poolSpans(attributes, input), divisor: () => 1 }),
});

export const adaptiveAvgPoolGradient = defineMeanGradient({
  name: 'adaptive_avg_pool_gradient',
  // The gradient of `adaptive_avg_pool`.
  windows: 'adaptive',
  windowsOf(_, input, result) {
    const [rows, columns] = ([1, 2] as const).map(
      (axis) => (index: number) => adaptiveSpan(index, input[axis]!, result[axis]!),
    ) as [(index: number) => Span, (index: number) => Span];
    return {
      spans: [rows, columns],
      divisor: (row, column) => lengthOf(rows(row)) * lengthOf(columns(column)),
    };
  },
});
