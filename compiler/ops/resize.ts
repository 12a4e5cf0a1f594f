// An image of another size, as PyTorch's interpolate makes it: by a size or a factor, which need not be whole.

import type { Attributes } from '../ir/graph.ts';
import { as, only } from '../ir/foreign.ts';
import type { Operator } from '../ir/operator.ts';
import { rangeOfFirst, rangeOfSign, unbounded } from '../ir/range.ts';
import type { Shape } from '../ir/tensor-type.ts';
import { flagOf, resultSize, sizeAt, wordOf } from './attributes.ts';
import { isImage, notAnImage, sentences, withinLimit } from './limits.ts';
import { alignSpec, resample, resamplingOf, resamplingWindow, resizeGradient, resizeModeSpec } from './resample.ts';
import { image, size, step } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { eachAxis } from './window.ts';

const pytorch = {
  size: as('size', 'None'),
  scale_factor: as('factor', 'None'),
  mode: as('mode', 'nearest'),
  align_corners: as('align_corners', 'false'),
  recompute_scale_factor: only('false', 'coordinates use the factor as given'),
  antialias: only('false'),
} as const;

export const resize: Operator = {
  name: 'resize',
  attributes: {
    size: { ...resultSize, default: null },
    factor: {
      type: 'factor',
      default: null,
    },
    mode: resizeModeSpec,
    align_corners: alignSpec,
  },
  constraints: {
    C1: sentences.image('resize'),
    C2: 'exactly one of size and factor must be given',
    C3: 'the result of `resize` must have a row and a column',
    C4: '`align_corners` needs a mode that blends',
    C5: sentences.result('resize'),
  },
  infer([input], attributes, report) {
    const { shape } = input!;
    if (!isImage(shape)) return report('C1', notAnImage(shape));
    const given = ['size', 'factor'].filter((name) => attributes[name] !== undefined);
    if (given.length !== 1) {
      return report('C2', {
        found: given.length === 2 ? 'both' : 'neither',
        expected: 'size: 28x28 or factor: 2',
        remedy: `${given.length === 2 ? 'leave out' : 'give'} \`size\` or \`factor\``,
      });
    }
    const result = [shape[0]!, ...resizedTo(attributes, shape)];
    // A factor of no number makes none of the comparisons true.
    if (!result.every((extent) => extent >= 1)) {
      return report('C3', {
        found: result.slice(1).join('×'),
        expected: `a factor of at least ${smallestFactors(shape).join(' and ')}`,
        attribute: 'factor',
      });
    }
    if (flagOf(attributes, 'align_corners') && wordOf(attributes, 'mode') === 'nearest') {
      const suggestion = { attribute: 'align_corners', value: false };
      return report('C4', { found: 'nearest', expected: 'bilinear or bicubic', attribute: 'mode', suggestion });
    }
    return withinLimit([{ ...input!, shape: result }], report, 'C5');
  },
  reference: ([x], attributes, [input]) => [resample(x!, input!, resize.resampling!(attributes, [input!]))],
  resampling(attributes, [input]) {
    const [, height, width] = input!.shape as [number, number, number];
    return resamplingOf(attributes, [height, width], resizedTo(attributes, input!.shape));
  },
  window: (attributes, inputs) => resamplingWindow(resize.resampling!(attributes, inputs)),
  explain(attributes, [input]) {
    if (attributes['factor'] === undefined) return undefined;
    const [down, across] = sizeAt(attributes, 'factor');
    const [, height, width] = input!.shape as [number, number, number];
    return eachAxis(scaled(height, down), scaled(width, across));
  },
  describe(attributes) {
    if (attributes['factor'] === undefined) return `resize ${sizeAt(attributes, 'size').join('×')}`;
    const [down, across] = sizeAt(attributes, 'factor');
    return `resize ·${down === across ? down : `${down}×${across}`}`;
  },
  lowering: { kind: 'resample' },
  takes: (attributes) => (wordOf(attributes, 'mode') === 'nearest' ? 'moves' : 'numbers'),
  companions: [resizeGradient],
  gradient: ({ apply, attributes, operands: [x], upstream: [dy], typeOf }) => [
    apply('resize_gradient', [dy!], { ...attributes, size: typeOf(x!).shape.slice(1) }),
  ],
  range(operands, attributes) {
    const mode = wordOf(attributes, 'mode');
    return mode === 'nearest' ? rangeOfFirst(operands) : mode === 'bilinear' ? rangeOfSign(operands) : unbounded;
  },
  // Blending adds neighbours with a weight of 0, which makes infinities NaN.
  unchanged({ attributes, shape }) {
    const [height, width] = shape.slice(1) as [number, number];
    const resampling = resamplingOf(attributes, [height, width], resizedTo(attributes, shape));
    return (
      resampling.mode === 'nearest' &&
      [resampling.rows, resampling.columns].every(({ input, output, scale }) => input === output && scale === 1)
    );
  },
  elsewhere: {
    PyTorch: {
      interpolate: { arguments: pytorch },
      UpsamplingBilinear2d: {
        arguments: { size: pytorch.size, scale_factor: pytorch.scale_factor },
        also: { mode: 'bilinear', align_corners: 'true' },
      },
    },
    ONNX: {
      Resize: {
        differs:
          'height and width alone are written; coordinates are half_pixel, or align_corners, and asymmetric for nearest',
      },
    },
  },
};

/** Examples of its rules. */
export const resizeExamples: RuleExamples = () => ({
  C1: image('resize(4x4)'),
  C2: step(
    'The result has the size given, or that of the image times the factor.',
    '[3, 8, 8]',
    'resize',
    'resize(4x4)',
  ),
  C3: step('Sizes are rounded down.', '[3, 8, 8]', 'resize(factor: 0.1)', 'resize(factor: 0.5)'),
  C4: step(
    'The nearest pixel does not depend on it; PyTorch refuses it, too.',
    '[3, 8, 8]',
    'resize(4x4, align_corners: true)',
    'resize(4x4, mode: bilinear, align_corners: true)',
  ),
  C5: size('[3, 8, 8]', 'resize(65536)', 'resize(16)'),
});

function resizedTo(attributes: Attributes, [, height, width]: Shape): readonly [number, number] {
  if (attributes['factor'] === undefined) return sizeAt(attributes, 'size');
  const [down, across] = sizeAt(attributes, 'factor');
  return [Math.floor(height! * down), Math.floor(width! * across)];
}

/** With which an axis keeps a pixel, rounded up to three digits. */
const smallestFactors = ([, height, width]: Shape): readonly number[] =>
  [...new Set([height!, width!])].map((extent) => Math.ceil(1000 / extent) / 1000);

function scaled(extent: number, factor: number): string {
  const exact = extent * factor;
  return Number.isInteger(exact) ? `${extent}·${factor} = ${exact}` : `⌊${extent}·${factor}⌋ = ${Math.floor(exact)}`;
}
