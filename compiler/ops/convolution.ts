// What conv and depthwise_conv share: two-dimensional convolution over groups of channels, as in PyTorch's Conv2d.

import type { Attributes, ValueId } from '../ir/graph.ts';
import type { AttributeSpec, GradientSite, ParameterSpec, Report, Tensor } from '../ir/operator.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';
import { flagOf, sizeAt, wordOf } from './attributes.ts';
import { greatestCommonDivisor, nearestDivisor } from './limits.ts';
import { step } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { allocateLike, batchOf } from './tensors.ts';
import { axesOf, outputExtent, windowOf } from './window.ts';

/** Output channels and groups; conv reads them from its attributes, depthwise_conv from its input. */
export interface Channels {
  readonly channels: number;
  readonly groups: number;
}

export const groupsSpec = {
  type: 'int',
  default: 1,
  minimum: 1,
} as const satisfies AttributeSpec;

/** C2 and C3 of the operator of that name. */
export const groupConstraints = (name: string) => ({
  C2: `the groups of \`${name}\` must divide the channels of the input`,
  C3: `the groups of \`${name}\` must divide the output channels`,
});

/** Examples of these rules. */
export const groupExamples: RuleExamples = (name) => ({
  C2: step(
    'The channels of the input are dealt to the groups in equal parts.',
    '[4, 8, 8]',
    `${name}(6, kernel: 3, groups: 3)`,
    `${name}(6, kernel: 3, groups: 2)`,
  ),
  C3: step(
    'Every group makes the same number of output channels.',
    '[4, 8, 8]',
    `${name}(7, kernel: 3, groups: 2)`,
    `${name}(8, kernel: 3, groups: 2)`,
  ),
});

export const modeSpec = {
  type: 'choice',
  choices: ['cross_correlation', 'convolution'],
  default: 'cross_correlation',
} as const satisfies AttributeSpec;

/** Constraints C2 and C3 of operators with groups; true when both hold. */
export function groupsDivide(inputs: number, { channels, groups }: Channels, report: Report): boolean {
  if (inputs % groups !== 0) {
    const value = nearestDivisor(greatestCommonDivisor(inputs, channels), groups);
    const suggestion = { attribute: 'groups', value };
    const expected = `a divisor of ${inputs}`;
    report('C2', { found: `${inputs} channels in ${groups} groups`, expected, attribute: 'groups', suggestion });
    return false;
  }
  if (channels % groups !== 0) {
    const suggestion = { attribute: 'channels', value: Math.ceil(channels / groups) * groups };
    const expected = `a multiple of ${groups}`;
    report('C3', { found: `${channels} channels in ${groups} groups`, expected, attribute: 'channels', suggestion });
    return false;
  }
  return true;
}

/** [O, OH, OW] for an image [C, H, W]; extents below 1 when no window fits. */
export function convolvedShape(input: Shape, attributes: Attributes, { channels }: Channels): Shape {
  return [channels, ...axesOf(windowOf(attributes), input).map(outputExtent)];
}

/** [O, C/g, KH, KW] */
export function weightShape(input: Shape, attributes: Attributes, { channels, groups }: Channels): Shape {
  return [channels, input[0]! / groups, ...sizeAt(attributes, 'kernel')];
}

/** The weight, and the bias where there is one. */
export function convolutionParameters(
  weight: Shape,
  channels: number,
  attributes: Attributes,
): readonly ParameterSpec[] {
  const taps = sizeOf(weight.slice(2));
  const initial = { kind: 'he', fanIn: weight[1]! * taps, fanOut: weight[0]! * taps } as const;
  return [
    { name: 'weight', shape: weight, role: 'parameter', initial },
    ...(flagOf(attributes, 'bias')
      ? [{ name: 'bias', shape: [channels], role: 'parameter', initial: { kind: 'constant', value: 0 } } as const]
      : []),
  ];
}

// x [N,C,H,W] · w [O,C/g,KH,KW] · b [O] → y [N,O,OH,OW]
/** The reference of a convolution in f64. x [N,C,H,W] · w [O,C/groups,KH,KW] · b [O] → y [N,O,OH,OW] */
export function convolve(
  [x, w, b]: readonly Tensor[],
  attributes: Attributes,
  input: TensorType,
  { channels, groups }: Channels,
): Tensor {
  const [inputs, height, width] = input.shape as [number, number, number];
  const { kernel, stride, padding, dilation } = windowOf(attributes);
  const [[kh, kw], [down, across], [top, left], [dy, dx]] = [kernel, stride, padding, dilation];
  const [, oh, ow] = convolvedShape(input.shape, attributes, { channels, groups }) as [number, number, number];
  const [depth, share] = [inputs / groups, channels / groups];
  const flip = wordOf(attributes, 'mode') === 'convolution';
  const y = allocateLike(x!, input, [channels, oh, ow]);
  const [source, result] = [x!.data, y.data];
  for (let n = 0; n < batchOf(x!, input); n += 1) {
    for (let o = 0; o < channels; o += 1) {
      const plane = (n * channels + o) * oh * ow;
      if (b) result.fill(b.data[o]!, plane, plane + oh * ow);
      for (let d = 0; d < depth; d += 1) {
        const channel = n * inputs + Math.floor(o / share) * depth + d;
        for (let ky = 0; ky < kh; ky += 1) {
          for (let kx = 0; kx < kw; kx += 1) {
            const tap = flip ? (kh - 1 - ky) * kw + kw - 1 - kx : ky * kw + kx;
            const weight = w!.data[(o * depth + d) * kh * kw + tap]!;
            // The columns whose tap lies inside the image.
            const shift = kx * dx - left;
            const first = Math.max(0, Math.ceil(-shift / across));
            const last = Math.min(ow - 1, Math.floor((width - 1 - shift) / across));
            for (let oy = 0; oy < oh; oy += 1) {
              const iy = oy * down - top + ky * dy;
              if (iy < 0 || iy >= height) continue;
              const to = plane + oy * ow;
              let from = (channel * height + iy) * width + shift + first * across;
              for (let at = to + first; at <= to + last; at += 1) {
                result[at]! += weight * source[from]!;
                from += across;
              }
            }
          }
        }
      }
    }
  }
  return y;
}

/** The gradients of a convolution's input, weight and bias. */
export function convolutionGradients(
  { apply, attributes, operands: [x, weight, bias], upstream: [dy], typeOf, needs }: GradientSite,
  groups: number,
): readonly (ValueId | undefined)[] {
  const [channels, ...size] = typeOf(x!).shape as [number, number, number];
  const { kernel, stride, padding, dilation, mode } = attributes as Readonly<Record<string, Attributes[string]>>;
  const window = { kernel: kernel!, stride: stride!, padding: padding!, dilation: dilation!, mode: mode!, groups };
  return [
    needs(0) ? apply('conv_input_gradient', [dy!, weight!], { ...window, channels, size }) : undefined,
    needs(1) ? apply('conv_weight_gradient', [x!, dy!], window) : undefined,
    ...(bias === undefined ? [] : [needs(2) ? apply('channel_sum', [dy!]) : undefined]),
  ];
}
