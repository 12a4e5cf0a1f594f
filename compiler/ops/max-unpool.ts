// The inverse of a max_pool as far as it has one: each number goes back to the pixel that was the largest of its window, all others
// are 0 (Zeiler et al., 2011, "Adaptive Deconvolutional Networks for Mid and High Level Feature Learning"; PyTorch's MaxUnpool2d). The
// places are found again in the map that was pooled, so that no indices flow through a network.

import type { Attributes } from '../ir/graph.ts';
import type { Operator } from '../ir/operator.ts';
import { formatShape, sameShape } from '../ir/tensor-type.ts';
import type { TensorType } from '../ir/tensor-type.ts';
import { paddingOf, sizeAt } from './attributes.ts';
import { isImage, notAnImage, sentences } from './limits.ts';
import { maxPoolGradient } from './max-pool-gradient.ts';
import { maxPool } from './max-pool.ts';
import { eachWindow, indexOfMaximum } from './pool-gradients.ts';
import { poolAttributes, poolSpans } from './pool-windows.ts';
import { network } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { allocateLike } from './tensors.ts';
import { describeWindow, resolveSame } from './window.ts';

export const maxUnpoolGradient: Operator = {
  name: 'max_unpool_gradient',
  // The gradient of `max_unpool`: what comes from above, taken where each window has its largest number.
  internal: true,
  arity: { min: 2, max: 2 },
  attributes: poolAttributes,
  constraints: {},
  infer: ([, x], attributes) => pooledType(x!, attributes) && [pooledType(x!, attributes)!],
  // dy [N,C,H,W] · x [N,C,H,W] → dv [N,C,OH,OW]
  reference([dy, x], attributes, [, input]) {
    const type = pooledType(input!, attributes)!;
    const dv = allocateLike(dy!, type, type.shape);
    const [, height, width] = input!.shape as [number, number, number];
    eachWindow(dv, type, [height, width], poolSpans(attributes, input!.shape), (result, plane, rows, columns) => {
      dv.data[result] = dy!.data[indexOfMaximum(x!.data, width, plane, rows, columns)]!;
    });
    return [dv];
  },
  lowering: { kind: 'maximum-gather' },
};

export const maxUnpool: Operator = {
  name: 'max_unpool',
  arity: { min: 2, max: 2 },
  attributes: poolAttributes,
  constraints: {
    C1: sentences.image('max_unpool'),
    C2: 'the windows of `max_unpool` must not overlap',
    C3: 'the input of `max_unpool` must have the shape that `max_pool` gives the other value',
  },
  canonical: (attributes, inputs) => resolveSame(attributes, inputs.slice(1)),
  infer([values, x], attributes, report) {
    const other = [values!, x!].findIndex(({ shape }) => !isImage(shape));
    if (other >= 0) return report('C1', { ...notAnImage([values!, x!][other]!.shape), operand: other });
    const [kernel, stride] = [sizeAt(attributes, 'kernel'), sizeAt(attributes, 'stride')];
    if (kernel.some((extent, axis) => extent > stride[axis]!)) {
      return report('C2', {
        found: `windows of ${kernel.join('×')}, ${stride.join('×')} apart`,
        expected: 'a stride of at least the kernel',
        attribute: 'stride',
      });
    }
    const pooled = pooledType(x!, attributes);
    if (pooled && sameShape(pooled.shape, values!.shape) && values!.batched === x!.batched) return [x!];
    return report('C3', {
      found: formatShape(values!.shape),
      expected: pooled ? formatShape(pooled.shape) : 'a window that fits into the other value',
      operand: 0,
      remedy: 'give it the value that was pooled, with the kernel, stride and padding of its `max_pool`',
    });
  },
  // v [N,C,OH,OW] · x [N,C,H,W] → y [N,C,H,W]
  reference: maxPoolGradient.reference,
  window(attributes) {
    const [down, across] = sizeAt(attributes, 'stride');
    const [top, left] = paddingOf(attributes);
    // Pixel i lies in window (i + padding) / stride.
    const [up, aside] = [-top / down, -left / across];
    return { kernel: [1, 1], stride: [1 / down, 1 / across], padding: [up, aside, up, aside], dilation: [1, 1] };
  },
  describe: (attributes) => describeWindow('max_unpool', attributes),
  lowering: { kind: 'pool-gradient', reduces: 'max', windows: 'sliding' },
  companions: [maxUnpoolGradient],
  gradient: ({ apply, attributes, operands: [, x], upstream: [dy], needs }) => [
    needs(0) ? apply('max_unpool_gradient', [dy!, x!], attributes) : undefined,
    undefined,
  ],
  elsewhere: {
    PyTorch: {
      MaxUnpool2d: { differs: 'instead of indices it takes the value that was pooled: max_unpool(x, kernel: 2)' },
    },
    ONNX: {
      MaxUnpool: { differs: 'instead of indices it takes the value that was pooled: max_unpool(x, kernel: 2)' },
    },
  },
};

/** Examples of its rules. */
export const maxUnpoolExamples: RuleExamples = () => ({
  C1: {
    explanation: 'It works on channels of height and width; after flatten there is only a list of features.',
    bad: network('[4, 8, 8]', 'max_pool(2)', 'flatten', 'max_unpool(x, kernel: 2)'),
    good: network('[4, 8, 8]', 'max_pool(2)', 'max_unpool(x, kernel: 2)'),
  },
  C2: {
    explanation: 'Two windows could have the same largest pixel, which then would have to hold two numbers.',
    bad: network('[4, 9, 9]', 'max_pool(3, stride: 2)', 'max_unpool(x, kernel: 3, stride: 2)'),
    good: network('[4, 9, 9]', 'max_pool(3)', 'max_unpool(x, kernel: 3)'),
  },
  C3: {
    explanation: 'There is one number for each window of the value that was pooled.',
    bad: network('[4, 8, 8]', 'max_pool(4)', 'max_unpool(x, kernel: 2)'),
    good: network('[4, 8, 8]', 'max_pool(4)', 'max_unpool(x, kernel: 4)'),
  },
});

/** What `max_pool` makes of a value; undefined where it refuses it. */
const pooledType = (x: TensorType, attributes: Attributes): TensorType | undefined =>
  maxPool.infer([x], { ...attributes, dilation: [1, 1] }, () => undefined)?.[0];
