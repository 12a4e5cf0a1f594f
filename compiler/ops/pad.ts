// Rows and columns around the image: a constant, the mirrored image, its border repeated, or the image as if it were tiled.

import type { Operator } from '../ir/operator.ts';
import { hull } from '../ir/range.ts';
import { numberOf, paddingOf, wordOf } from './attributes.ts';
import { padGradient } from './pad-gradient.ts';
import { padModeSpec, padSources } from './pad-sources.ts';
import { isImage, notAnImage, sentences, withinLimit } from './limits.ts';
import { step, image, size } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { allocateLike } from './tensors.ts';
import { eachAxis, wholeMap } from './window.ts';

export const pad: Operator = {
  name: 'pad',
  attributes: {
    padding: { type: 'padding', minimum: 0 },
    value: { type: 'float', default: 0 },
    mode: padModeSpec,
  },
  constraints: {
    C1: sentences.image('pad'),
    C2: 'padding must be given in numbers',
    C3: 'reflected padding must be smaller than the image',
    C4: sentences.result('pad'),
    C5: 'circular padding must not be larger than the image',
  },
  infer([input], attributes, report) {
    const { shape } = input!;
    if (!isImage(shape)) return report('C1', notAnImage(shape));
    if (attributes['padding'] === 'same') {
      const suggestion = { attribute: 'padding', value: [1, 1, 1, 1] };
      return report('C2', {
        found: 'same',
        expected: 'a number, a size or four numbers',
        attribute: 'padding',
        suggestion,
      });
    }
    const [channels, height, width] = shape as [number, number, number];
    const [top, left, bottom, right] = paddingOf(attributes);
    const mode = wordOf(attributes, 'mode');
    const most = mode === 'reflect' ? [height - 1, width - 1] : mode === 'circular' ? [height, width] : undefined;
    if (most && (Math.max(top, bottom) > most[0]! || Math.max(left, right) > most[1]!)) {
      return report(mode === 'reflect' ? 'C3' : 'C5', {
        found: `padding ${paddingOf(attributes).join(', ')}`,
        expected: `at most ${most.join('×')}`,
        attribute: 'padding',
        suggestion: {
          attribute: 'padding',
          value: [top, left, bottom, right].map((side, at) => Math.min(side, most[at % 2]!)),
        },
      });
    }
    const result = [channels, height + top + bottom, width + left + right];
    return withinLimit([{ ...input!, shape: result }], report, 'C4');
  },
  // x [N,C,H,W] → y [N,C,T+H+B,L+W+R]
  reference([x], attributes, [input]) {
    const [channels, height, width] = input!.shape as [number, number, number];
    const [top, left, bottom, right] = paddingOf(attributes);
    const [oh, ow] = [height + top + bottom, width + left + right];
    const source = padSources[wordOf(attributes, 'mode') as keyof typeof padSources];
    const y = allocateLike(x!, input!, [channels, oh, ow]);
    for (let at = 0; at < y.data.length; at += 1) {
      const plane = Math.floor(at / (oh * ow));
      const iy = source((Math.floor(at / ow) % oh) - top, height);
      const ix = source((at % ow) - left, width);
      const inside = iy >= 0 && ix >= 0;
      y.data[at] = inside ? x!.data[(plane * height + iy) * width + ix]! : numberOf(attributes, 'value');
    }
    return [y];
  },
  window(attributes, inputs) {
    // The other side of the image lies around it.
    if (wordOf(attributes, 'mode') === 'circular') return wholeMap(attributes, inputs);
    return { kernel: [1, 1], stride: [1, 1], padding: paddingOf(attributes), dilation: [1, 1] };
  },
  explain(attributes, [input]) {
    const [, height, width] = input!.shape as [number, number, number];
    const [top, left, bottom, right] = paddingOf(attributes);
    const rows = `${top} + ${height} + ${bottom} = ${top + height + bottom}`;
    const columns = `${left} + ${width} + ${right} = ${left + width + right}`;
    return eachAxis(rows, columns);
  },
  lowering: { kind: 'pad' },
  companions: [padGradient],
  gradient: ({ apply, attributes, upstream: [dy] }) => [
    apply('pad_gradient', [dy!], { padding: attributes['padding']!, mode: attributes['mode']! }),
  ],
  range([operand], attributes) {
    const value = numberOf(attributes, 'value');
    return hull([operand!, ...(wordOf(attributes, 'mode') === 'constant' ? [{ low: value, high: value }] : [])]);
  },
  unchanged: ({ attributes }) => paddingOf(attributes).every((width) => width === 0),
};

/** Examples of its rules. */
export const padExamples: RuleExamples = () => ({
  C1: image('pad(1)'),
  C2: step(
    '`same` is the padding with which a window keeps the size; pad has no window.',
    '[4, 8, 8]',
    'pad(same)',
    'pad(1)',
  ),
  C3: step(
    'The image is mirrored at its border, which itself is not repeated: of 4 rows there are 3 others.',
    '[4, 4, 4]',
    'pad(4, mode: reflect)',
    'pad(3, mode: reflect)',
  ),
  C4: size('[3, 4, 4]', 'pad(100_000)', 'pad(1)'),
  C5: step(
    'The image is repeated from its other side, once.',
    '[4, 4, 4]',
    'pad(5, mode: circular)',
    'pad(4, mode: circular)',
  ),
});
