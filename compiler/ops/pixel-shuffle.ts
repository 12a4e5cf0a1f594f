// Pixels out of channels, and back (Shi et al., 2016, "Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel
// Convolutional Neural Network"), in the order of PyTorch's PixelShuffle and PixelUnshuffle.

import type { Attributes } from '../ir/graph.ts';
import { as } from '../ir/foreign.ts';
import type { AttributeSpec, Operator } from '../ir/operator.ts';
import { rangeOfFirst } from '../ir/range.ts';
import type { Shape } from '../ir/tensor-type.ts';
import { numberOf } from './attributes.ts';
import { isImage, notAnImage, sentences } from './limits.ts';
import { image, step } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { allocateLike } from './tensors.ts';
import { eachAxis } from './window.ts';

const factorSpec: AttributeSpec = { type: 'int', minimum: 1, maximum: 1024 };
const factorOf = (attributes: Attributes): number => numberOf(attributes, 'factor');

export const pixelShuffle: Operator = {
  name: 'pixel_shuffle',
  attributes: { factor: factorSpec },
  constraints: {
    C1: sentences.image('pixel_shuffle'),
    C2: 'the channels of `pixel_shuffle` must be a multiple of the square of its factor',
  },
  infer([input], attributes, report) {
    const { shape } = input!;
    if (!isImage(shape)) return report('C1', notAnImage(shape));
    const factor = factorOf(attributes);
    const [channels, height, width] = shape as [number, number, number];
    if (channels % factor ** 2 === 0)
      return [{ ...input!, shape: [channels / factor ** 2, height * factor, width * factor] }];
    return report('C2', {
      found: `${channels} channels`,
      expected: `a multiple of ${factor} · ${factor} = ${factor ** 2}`,
      attribute: 'factor',
      suggestion: { attribute: 'factor', value: largestFactor(channels, factor) },
    });
  },
  // x [N,C·f²,H,W] → y [N,C,H·f,W·f]
  reference([x], attributes, [input]) {
    const [channels, height, width] = input!.shape as [number, number, number];
    const factor = factorOf(attributes);
    const y = allocateLike(x!, input!, [channels / factor ** 2, height * factor, width * factor]);
    eachPlace(y.shape.slice(-3), factor, y.data.length, (small, large) => void (y.data[large] = x!.data[small]!));
    return [y];
  },
  window: (attributes) => scaledWindow(1, 1 / factorOf(attributes)),
  explain: (attributes, [input]) => explained(input!.shape, '·', factorOf(attributes)),
  describe: (attributes) => `pixel_shuffle ·${factorOf(attributes)}`,
  lowering: { kind: 'pixel-shuffle', makes: 'pixels' },
  takes: () => 'moves',
  gradient: ({ apply, attributes, upstream: [dy] }) => [
    apply('pixel_unshuffle', [dy!], { factor: factorOf(attributes) }),
  ],
  range: rangeOfFirst,
  unchanged: ({ attributes }) => factorOf(attributes) === 1,
  elsewhere: {
    PyTorch: { PixelShuffle: { arguments: { upscale_factor: as('factor') } } },
    ONNX: {
      DepthToSpace: {
        differs: 'it is pixel_shuffle where mode is CRD; DCR, its default, takes the channels in another order',
      },
    },
  },
};

/** Examples of its rules. */
export const pixelShuffleExamples: RuleExamples = () => ({
  C1: image('pixel_shuffle(2)'),
  C2: step(
    'Each square of factor × factor pixels takes as many channels.',
    '[8, 4, 4]',
    'pixel_shuffle(3)',
    'pixel_shuffle(2)',
  ),
});

export const pixelUnshuffle: Operator = {
  name: 'pixel_unshuffle',
  attributes: { factor: factorSpec },
  constraints: {
    C1: sentences.image('pixel_unshuffle'),
    C2: 'the factor of `pixel_unshuffle` must divide height and width',
  },
  infer([input], attributes, report) {
    const { shape } = input!;
    if (!isImage(shape)) return report('C1', notAnImage(shape));
    const factor = factorOf(attributes);
    const [channels, height, width] = shape as [number, number, number];
    if (height % factor === 0 && width % factor === 0)
      return [{ ...input!, shape: [channels * factor ** 2, height / factor, width / factor] }];
    return report('C2', { found: `${height}×${width}`, expected: `multiples of ${factor}`, attribute: 'factor' });
  },
  // x [N,C,H·f,W·f] → y [N,C·f²,H,W]
  reference([x], attributes, [input]) {
    const [channels, height, width] = input!.shape as [number, number, number];
    const factor = factorOf(attributes);
    const y = allocateLike(x!, input!, [channels * factor ** 2, height / factor, width / factor]);
    eachPlace(input!.shape, factor, y.data.length, (small, large) => void (y.data[small] = x!.data[large]!));
    return [y];
  },
  window: (attributes) => scaledWindow(factorOf(attributes), factorOf(attributes)),
  explain: (attributes, [input]) => explained(input!.shape, '/', factorOf(attributes)),
  describe: (attributes) => `pixel_unshuffle /${factorOf(attributes)}`,
  lowering: { kind: 'pixel-shuffle', makes: 'channels' },
  takes: () => 'moves',
  gradient: ({ apply, attributes, upstream: [dy] }) => [
    apply('pixel_shuffle', [dy!], { factor: factorOf(attributes) }),
  ],
  range: rangeOfFirst,
  unchanged: ({ attributes }) => factorOf(attributes) === 1,
  elsewhere: {
    PyTorch: { PixelUnshuffle: { arguments: { downscale_factor: as('factor') } } },
    ONNX: { SpaceToDepth: { differs: 'it takes the channels in another order than pixel_unshuffle' } },
  },
};

/** Examples of its rules. */
export const pixelUnshuffleExamples: RuleExamples = () => ({
  C1: image('pixel_unshuffle(2)'),
  C2: step(
    'The image is divided into squares of factor × factor pixels.',
    '[3, 8, 8]',
    'pixel_unshuffle(3)',
    'pixel_unshuffle(2)',
  ),
});

/**
 * Calls `visit` with the two indices of each element: where channels were made of pixels, [C·f²,H,W], and where they were not,
 * `large`, [C,H·f,W·f]. Channel c·f² + i·f + j is the pixel at row i and column j of each square of channel c.
 */
function eachPlace(large: Shape, factor: number, length: number, visit: (small: number, large: number) => void): void {
  const [, rows, columns] = large as [number, number, number];
  const [height, width] = [rows / factor, columns / factor];
  for (let at = 0; at < length; at += 1) {
    const [plane, row, column] = [Math.floor(at / (rows * columns)), Math.floor(at / columns) % rows, at % columns];
    const channel = (plane * factor + (row % factor)) * factor + (column % factor);
    visit((channel * height + Math.floor(row / factor)) * width + Math.floor(column / factor), at);
  }
}

/** The largest factor up to `wanted` whose square divides the channels. */
function largestFactor(channels: number, wanted: number): number {
  let factor = Math.min(wanted, Math.floor(Math.sqrt(channels)));
  while (channels % factor ** 2 !== 0) factor -= 1;
  return factor;
}

const scaledWindow = (kernel: number, stride: number) =>
  ({ kernel: [kernel, kernel], stride: [stride, stride], padding: [0, 0, 0, 0], dilation: [1, 1] }) as const;

function explained([, height, width]: Shape, sign: '·' | '/', factor: number): string {
  const one = (extent: number): string =>
    `${extent} ${sign} ${factor} = ${sign === '·' ? extent * factor : extent / factor}`;
  return eachAxis(one(height!), one(width!));
}
