// What max_pool, avg_pool and folds of windows share: windows over each channel, with PyTorch's rounding rules.

import type { Attributes } from '../ir/graph.ts';
import type { Reduction } from '../ir/lowering.ts';
import type { AttributeSpec, Operator, Tensor, Violation } from '../ir/operator.ts';
import { rangeOfFirst, rangeOfSign } from '../ir/range.ts';
import type { TensorType } from '../ir/tensor-type.ts';
import { sizeAt } from './attributes.ts';
import { isImage, notAnImage, sentences, withinLimit } from './limits.ts';
import { image, size, step, window } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { allocateLike, batchOf } from './tensors.ts';
import {
  describeWindow,
  explainAxes,
  noWindowFits,
  outputExtent,
  paddedShape,
  reach,
  resolveSame,
  windowOf,
} from './window.ts';
import type { Axis } from './window.ts';
import { poolAttributes, poolAxes } from './pool-windows.ts';

export interface WindowOperator
  extends
    Pick<Operator, 'name'>,
    Partial<Omit<Operator, 'name' | 'attributes' | 'constraints' | 'infer' | 'reference' | 'window'>> {
  readonly attributes?: Readonly<Record<string, AttributeSpec>>;
  /** The value of one window from its pixels inside the image; `taps` counts those inside image and padding. */
  readonly reduce: (pixels: readonly number[], taps: number, attributes: Attributes) => number;
}

/** An operator on windows [KH, KW] of every channel: [C, H, W] → [C, OH, OW]. `rest` says how it is computed, and what it claims. */
export function defineOnWindows({ name, attributes, reduce, ...rest }: WindowOperator): Operator {
  return {
    ...rest,
    name,
    attributes: { ...poolAttributes, ...attributes },
    constraints: {
      C1: sentences.image(name),
      C2: sentences.window(name),
      C3: 'every window must contain a pixel of the image',
      C4: sentences.size(name),
    },
    canonical: resolveSame,
    infer([input], values, report) {
      const { shape } = input!;
      if (!isImage(shape)) return report('C1', notAnImage(shape));
      const axes = poolAxes(values, shape);
      const result = [shape[0]!, ...axes.map(outputExtent)];
      if (!result.every((extent) => extent >= 1)) return report('C2', noWindowFits(axes));
      if (axes.some(hasEmptyWindow)) return report('C3', tooMuchPadding(axes));
      return withinLimit([{ ...input!, shape: result }], report, 'C4', paddedShape(shape, axes));
    },
    reference: ([x], values, [input]) => [foldWindows(x!, input!, values, reduce)],
    window: windowOf,
    explain: (values, [input]) => explainAxes(poolAxes(values, input!.shape)),
    describe: (values) => describeWindow(name, values),
  };
}

/** Examples of their rules. */
export const poolingExamples: RuleExamples = (name) => ({
  C1: image(`${name}(2)`),
  C2: window(name, ''),
  C3: step(
    'A window that lies in the padding alone has nothing to take a maximum or mean of. Padding of at most half the window avoids it.',
    '[4, 8, 8]',
    `${name}(2, padding: 2)`,
    `${name}(2, padding: 1)`,
  ),
  C4: size('[1, 46340, 46340]', `${name}(2, stride: 1, padding: 1)`, `${name}(2)`),
});

export interface Pooling extends Omit<WindowOperator, 'lowering' | 'range' | 'unchanged'> {
  readonly reduces: Reduction;
}

/** The maximum or mean of each window. */
export function definePooling({ reduces, ...rest }: Pooling): Operator {
  return defineOnWindows({
    ...rest,
    lowering: { kind: 'pool', reduces, windows: 'sliding' },
    range: reduces === 'max' ? rangeOfFirst : rangeOfSign,
    unchanged: ({ attributes: values }) => isOne(sizeAt(values, 'kernel')) && isOne(sizeAt(values, 'stride')),
  });
}

const isOne = ([height, width]: readonly [number, number]): boolean => height === 1 && width === 1;

/** What `reduce` makes of each window, x [N,C,H,W] → y [N,C,OH,OW]. */
export function foldWindows(
  x: Tensor,
  type: TensorType,
  attributes: Attributes,
  reduce: WindowOperator['reduce'],
): Tensor {
  const [channels, height, width] = type.shape as [number, number, number];
  const [rows, columns] = poolAxes(attributes, type.shape);
  const [oh, ow] = [outputExtent(rows), outputExtent(columns)];
  const y = allocateLike(x, type, [channels, oh, ow]);
  for (let plane = 0; plane < batchOf(x, type) * channels; plane += 1) {
    for (let oy = 0; oy < oh; oy += 1) {
      for (let ox = 0; ox < ow; ox += 1) {
        const [top, left] = [oy * rows.stride - rows.before, ox * columns.stride - columns.before];
        const pixels: number[] = [];
        let taps = 0;
        for (let iy = top; iy < Math.min(top + reach(rows), height + rows.after); iy += rows.dilation) {
          for (let ix = left; ix < Math.min(left + reach(columns), width + columns.after); ix += columns.dilation) {
            taps += 1;
            if (iy < 0 || iy >= height || ix < 0 || ix >= width) continue;
            pixels.push(x.data[(plane * height + iy) * width + ix]!);
          }
        }
        y.data[(plane * oh + oy) * ow + ox] = reduce(pixels, taps, attributes);
      }
    }
  }
  return y;
}

/** Whether the first or the last window lies wholly in the padding, or the taps of one may lie on both sides of the image. */
function hasEmptyWindow(axis: Axis): boolean {
  return (
    straddles(axis) || axis.before >= reach(axis) || (outputExtent(axis) - 1) * axis.stride - axis.before >= axis.input
  );
}

const straddles = ({ kernel, dilation, input, before, after }: Axis): boolean =>
  kernel > 1 && dilation > input && before + after > 0;

function tooMuchPadding(axes: readonly [Axis, Axis]): Violation {
  const [rows, columns] = axes;
  if (axes.some(straddles)) {
    return {
      found: `taps ${rows.dilation}×${columns.dilation} apart`,
      expected: `at most ${rows.input}×${columns.input}, height and width of the image`,
      attribute: 'dilation',
      suggestion: {
        attribute: 'dilation',
        value: [Math.min(rows.dilation, rows.input), Math.min(columns.dilation, columns.input)],
      },
    };
  }
  const [tall, wide] = [Math.floor(reach(rows) / 2), Math.floor(reach(columns) / 2)];
  return {
    found: `padding ${[rows.before, columns.before, rows.after, columns.after].join(', ')}`,
    expected: `at most half the window: ${tall}×${wide}`,
    attribute: 'padding',
    suggestion: {
      attribute: 'padding',
      value: [
        Math.min(rows.before, tall),
        Math.min(columns.before, wide),
        Math.min(rows.after, tall),
        Math.min(columns.after, wide),
      ],
    },
  };
}
