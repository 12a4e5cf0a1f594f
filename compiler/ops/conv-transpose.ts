// Transposed convolution (Zeiler et al., 2010), the adjoint of `conv`, as in PyTorch's ConvTranspose2d.

import type { Attributes, ValueId } from '../ir/graph.ts';
import type { Operator, Tensor } from '../ir/operator.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';
import { numberOf, sizeAt, weightSpecs, windowSpecs } from './attributes.ts';
import { convolutionParameters, groupConstraints, groupExamples, groupsDivide, groupsSpec } from './convolution.ts';
import { isImage, notAnImage, sentences, withinLimit } from './limits.ts';
import { image, size, step } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { allocateLike, batchOf } from './tensors.ts';
import { axesOf, describeWindow, eachAxis, reach, windowOf } from './window.ts';
import type { Axis } from './window.ts';

export const convTranspose: Operator = {
  name: 'conv_transpose',
  attributes: {
    channels: { type: 'int', minimum: 1 },
    kernel: windowSpecs.kernel,
    stride: windowSpecs.stride,
    padding: {
      ...windowSpecs.padding,
    },
    output_padding: {
      type: 'size',
      default: [0, 0],
      minimum: 0,
    },
    dilation: windowSpecs.dilation,
    groups: groupsSpec,
    ...weightSpecs,
  },
  constraints: {
    C1: sentences.image('conv_transpose'),
    ...groupConstraints('conv_transpose'),
    C4: 'padding must leave at least one row and one column of the result',
    C5: 'output_padding must be smaller than the stride or the dilation',
    C6: sentences.size('conv_transpose'),
  },
  canonical: resolveTransposedSame,
  infer([input], attributes, report) {
    const { shape } = input!;
    if (!isImage(shape)) return report('C1', notAnImage(shape));
    const [channels, groups] = [numberOf(attributes, 'channels'), numberOf(attributes, 'groups')];
    if (!groupsDivide(shape[0]!, { channels, groups }, report)) return undefined;
    const axes = transposedAxes(attributes, shape);
    const result = [channels, ...axes.map(enlargedExtent)];
    if (!result.every((extent) => extent >= 1)) {
      return report('C4', {
        found: result.slice(1).join('×'),
        expected: 'at least 1×1',
        notes: [explainEnlarged(axes)],
        attribute: 'padding',
      });
    }
    if (axes.some(({ extra, stride, dilation }) => extra >= Math.max(stride, dilation))) {
      const limits = axes.map(({ stride, dilation }) => Math.max(stride, dilation));
      const value = axes.map(({ extra }, at) => Math.min(extra, limits[at]! - 1));
      return report('C5', {
        found: axes.map(({ extra }) => extra).join('×'),
        expected: `less than ${limits.join('×')}`,
        attribute: 'output_padding',
        suggestion: { attribute: 'output_padding', value },
      });
    }
    const whole = [channels, ...axes.map((axis) => enlargedExtent(axis) + axis.before + axis.after)];
    return withinLimit([{ ...input!, shape: result }], report, 'C6', transposedWeight(attributes, shape), whole);
  },
  reference: (operands, attributes, [input]) => [transposedConvolve(operands, attributes, input!)],
  parameters: (attributes, [input]) =>
    convolutionParameters(transposedWeight(attributes, input!.shape), numberOf(attributes, 'channels'), attributes),
  // One per weight and input pixel: C · O/g · KH · KW · H · W
  macs: (attributes, [input]) => sizeOf(transposedWeight(attributes, input!.shape)) * sizeOf(input!.shape.slice(1)),
  // Output o sees the inputs (o + before − tap·dilation) / stride.
  window(attributes) {
    const { kernel, stride, padding, dilation } = windowOf(attributes);
    const [down, across] = stride;
    const lead = [dilation[0] * (kernel[0] - 1), dilation[1] * (kernel[1] - 1)] as const;
    const { 0: top, 1: left, 2: bottom, 3: right } = padding;
    return {
      kernel,
      stride: [1 / down, 1 / across],
      padding: [
        (lead[0] - top) / down,
        (lead[1] - left) / across,
        (lead[0] - bottom) / down,
        (lead[1] - right) / across,
      ],
      dilation: [dilation[0] / down, dilation[1] / across],
    };
  },
  explain: (attributes, [input]) => explainEnlarged(transposedAxes(attributes, input!.shape)),
  describe: (attributes) => describeWindow('conv_transpose', attributes).replace('/', '·'),
  lowering: { kind: 'transposed-convolution' },
  groups: (attributes) => numberOf(attributes, 'groups'),
  // Its adjoint is the convolution: dx = conv(dy), and the weight's gradient is that of this convolution with x in the place of dy.
  gradient({ apply, attributes, operands: [x, weight, bias], upstream: [dy], typeOf, needs }) {
    const [channels, height, width] = typeOf(x!).shape as [number, number, number];
    // Output padding of a stride or more, which a dilation allows, has room for more windows than x has pixels.
    const cut = (result: ValueId): ValueId => {
      const [, rows, columns] = typeOf(result).shape as [number, number, number];
      if (rows === height && columns === width) return result;
      return apply('pad_gradient', [result], { padding: [0, 0, rows - height, columns - width] });
    };
    const window = Object.fromEntries(
      ['kernel', 'stride', 'padding', 'dilation', 'groups'].map((name) => [name, attributes[name]!]),
    );
    return [
      needs(0) ? cut(apply('conv', [dy!], { ...window, channels, bias: false }, [weight!])) : undefined,
      needs(1) ? apply('conv_weight_gradient', [dy!, x!], window) : undefined,
      ...(bias === undefined ? [] : [needs(2) ? apply('channel_sum', [dy!]) : undefined]),
    ];
  },
};

/** Examples of its rules. */
export const convTransposeExamples: RuleExamples = () => ({
  C1: image('conv_transpose(6, kernel: 3)'),
  ...groupExamples('conv_transpose'),
  C4: step(
    'Padding is cut off the result: (extent − 1)·stride − 2·padding + kernel must be at least 1.',
    '[4, 2, 2]',
    'conv_transpose(4, kernel: 2, padding: 2)',
    'conv_transpose(4, kernel: 2, padding: 1)',
  ),
  C5: step(
    'output_padding chooses between the sizes that a convolution with this stride would shrink to the same; there are as many as the stride.',
    '[4, 2, 2]',
    'conv_transpose(4, kernel: 2, stride: 2, output_padding: 2)',
    'conv_transpose(4, kernel: 2, stride: 2, output_padding: 1)',
  ),
  C6: size(
    '[1, 4096, 4096]',
    'conv_transpose(1, kernel: 16, stride: 16)',
    'conv_transpose(1, kernel: 2, stride: 2)',
    true,
  ),
});

/** The reference in f64. x [N,C,H,W] · w [C,O/g,KH,KW] · b [O] → y [N,O,OH,OW] */
export function transposedConvolve([x, w, b]: readonly Tensor[], attributes: Attributes, input: TensorType): Tensor {
  const [inputs, height, width] = input.shape as [number, number, number];
  const [, share, kh, kw] = transposedWeight(attributes, input.shape) as [number, number, number, number];
  const axes = transposedAxes(attributes, input.shape);
  const [rows, columns] = axes;
  const [oh, ow] = [enlargedExtent(rows), enlargedExtent(columns)];
  const [channels, groups] = [numberOf(attributes, 'channels'), numberOf(attributes, 'groups')];
  const y = allocateLike(x!, input, [channels, oh, ow]);
  for (let n = 0; n < batchOf(x!, input); n += 1) {
    for (let o = 0; b && o < channels; o += 1) {
      y.data.fill(b.data[o]!, (n * channels + o) * oh * ow, (n * channels + o + 1) * oh * ow);
    }
    for (let c = 0; c < inputs; c += 1) {
      const first = Math.floor(c / (inputs / groups)) * share;
      for (let d = 0; d < share; d += 1) {
        const plane = (n * channels + first + d) * oh * ow;
        for (let ky = 0; ky < kh; ky += 1) {
          for (let kx = 0; kx < kw; kx += 1) {
            const weight = w!.data[((c * share + d) * kh + ky) * kw + kx]!;
            for (let iy = 0; iy < height; iy += 1) {
              const oy = iy * rows.stride - rows.before + ky * rows.dilation;
              if (oy < 0 || oy >= oh) continue;
              for (let ix = 0; ix < width; ix += 1) {
                const ox = ix * columns.stride - columns.before + kx * columns.dilation;
                if (ox < 0 || ox >= ow) continue;
                y.data[plane + oy * ow + ox]! += weight * x!.data[((n * inputs + c) * height + iy) * width + ix]!;
              }
            }
          }
        }
      }
    }
  }
  return y;
}

/**
 * The output padding with which the result for an image of `shape` gets that height and width: what the windows of a convolution
 * with these attributes leave over.
 */
export function outputPaddingFor(
  attributes: Attributes,
  shape: Shape,
  size: readonly [number, number],
): readonly [number, number] {
  const [rows, columns] = transposedAxes({ ...attributes, output_padding: [0, 0] }, shape);
  return [size[0] - enlargedExtent(rows), size[1] - enlargedExtent(columns)];
}

/** [C, O/g, KH, KW] */
function transposedWeight(attributes: Attributes, [inputs]: Shape): Shape {
  return [inputs!, numberOf(attributes, 'channels') / numberOf(attributes, 'groups'), ...sizeAt(attributes, 'kernel')];
}

interface TransposedAxis extends Axis {
  /** Output padding. */
  readonly extra: number;
}

function transposedAxes(attributes: Attributes, shape: Shape): readonly [TransposedAxis, TransposedAxis] {
  const [rows, columns] = axesOf(windowOf(attributes), shape);
  const [down, across] = sizeAt(attributes, 'output_padding');
  return [
    { ...rows, extra: down },
    { ...columns, extra: across },
  ];
}

function enlargedExtent(axis: TransposedAxis): number {
  return (axis.input - 1) * axis.stride - axis.before - axis.after + reach(axis) + axis.extra;
}

function explainEnlarged([rows, columns]: readonly [TransposedAxis, TransposedAxis]): string {
  return eachAxis(explainExtent(rows), explainExtent(columns));
}

function explainExtent(axis: TransposedAxis): string {
  const { input, kernel, stride, dilation, before, after, extra } = axis;
  const steps = stride === 1 ? `(${input} − 1)` : `(${input} − 1)·${stride}`;
  const cut = before === after ? `2·${before}` : `${before} − ${after}`;
  const taps = dilation === 1 ? `${kernel}` : `${dilation}·(${kernel} − 1) + 1`;
  return `${steps} − ${cut} + ${taps}${extra > 0 ? ` + ${extra}` : ''} = ${enlargedExtent(axis)}`;
}

/** `same` makes the result input · stride: the overlap is cut, the odd row at the end; a gap becomes output padding. */
function resolveTransposedSame(attributes: Attributes, inputs: readonly TensorType[]): Attributes {
  const shape = inputs[0]?.shape;
  if (attributes['padding'] !== 'same' || shape?.length !== 3) return attributes;
  const axes = transposedAxes({ ...attributes, padding: [0, 0, 0, 0] }, shape);
  const overlaps = axes.map((axis) => reach(axis) + axis.extra - axis.stride);
  const [rows, columns] = overlaps.map((overlap) => Math.max(0, overlap));
  return {
    ...attributes,
    padding: [Math.floor(rows! / 2), Math.floor(columns! / 2), Math.ceil(rows! / 2), Math.ceil(columns! / 2)],
    output_padding: axes.map((axis, index) => axis.extra + Math.max(0, -overlaps[index]!)),
  };
}
