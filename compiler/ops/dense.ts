// y = W·x + b.

import type { ValueId } from '../ir/graph.ts';
import type { GradientSite, Operator, ParameterSpec } from '../ir/operator.ts';
import { storedAttributes } from '../ir/signature.ts';
import { formatShape, sizeOf } from '../ir/tensor-type.ts';
import { flagOf, numberOf, weightSpecs } from './attributes.ts';
import { conv } from './conv.ts';
import { sentences, withinLimit } from './limits.ts';
import { step, size } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { allocateLike } from './tensors.ts';

export const dense: Operator = {
  name: 'dense',
  attributes: { features: { type: 'int', minimum: 1 }, ...weightSpecs },
  constraints: { C1: 'the input must be flat [features], or tokens [length, features]', C2: sentences.size('dense') },
  infer([input], attributes, report) {
    const { shape } = input!;
    const features = numberOf(attributes, 'features');
    if (shape.length > 2) {
      const expected = '[features] or [length, features]';
      return report('C1', { found: formatShape(shape), expected, insertBefore: 'flatten' });
    }
    const weights = [features, shape.at(-1)!];
    const result = [...shape.slice(0, -1), features];
    return withinLimit([{ ...input!, shape: result }], report, 'C2', weights);
  },
  // x [N,I] or [N,L,I] · w [O,I] · b [O] → y [N,O] or [N,L,O]
  reference([x, w, b], attributes, [input]) {
    const [inputs, outputs] = [input!.shape.at(-1)!, numberOf(attributes, 'features')];
    const y = allocateLike(x!, input!, [...input!.shape.slice(0, -1), outputs]);
    for (let n = 0; n < x!.data.length / inputs; n += 1) {
      for (let o = 0; o < outputs; o += 1) {
        let sum = b ? b.data[o]! : 0;
        for (let i = 0; i < inputs; i += 1) sum += w!.data[o * inputs + i]! * x!.data[n * inputs + i]!;
        y.data[n * outputs + o] = sum;
      }
    }
    return [y];
  },
  parameters(attributes, [input]) {
    const [fanIn, fanOut] = [input!.shape.at(-1)!, numberOf(attributes, 'features')];
    const weight: ParameterSpec = {
      name: 'weight',
      shape: [fanOut, fanIn],
      role: 'parameter',
      initial: { kind: 'he', fanIn, fanOut },
    };
    const bias: ParameterSpec = {
      name: 'bias',
      shape: [fanOut],
      role: 'parameter',
      initial: { kind: 'constant', value: 0 },
    };
    return flagOf(attributes, 'bias') ? [weight, bias] : [weight];
  },
  macs: (attributes, [input]) => sizeOf(input!.shape) * numberOf(attributes, 'features'),
  lowering: { kind: 'dense' },
  onImages({ apply, attributes, operands, inputs: [input] }) {
    const [x, weight, bias] = operands as readonly [ValueId, ValueId, ValueId?];
    const channels = numberOf(attributes, 'features');
    const filters = apply('reshape', [weight], { shape: [channels, input!.shape[1]!, 1, 1] });
    const parameters = [filters, ...(bias === undefined ? [] : [bias])];
    return [apply('conv', [x], { channels, kernel: 1, bias: bias !== undefined }, parameters)];
  },
  groups: () => 1,
  gradient(site) {
    const { apply, operands, upstream, needs } = site;
    const [x, weight, bias] = operands as readonly [ValueId, ValueId, ValueId?];
    if (site.typeOf(x).shape.length === 2) return gradientOfTokens(site);
    const [dy] = upstream as readonly [ValueId];
    return [
      needs(0) ? apply('dense_input_gradient', [dy, weight]) : undefined,
      needs(1) ? apply('dense_weight_gradient', [x, dy]) : undefined,
      ...(bias === undefined ? [] : [needs(2) ? apply('channel_sum', [dy]) : undefined]),
    ];
  },
};

/** Examples of its rules. */
export const denseExamples: RuleExamples = () => ({
  C1: step(
    'A dense layer has a weight for every feature of a flat list; an image becomes one with flatten.',
    '[4, 8, 8]',
    'dense(10)',
    'flatten -> dense(10)',
  ),
  C2: size('[65536]', 'dense(32768)', 'dense(1024)', true),
});

/** That of a 1×1 convolution over the tokens as a row of pixels. */
function gradientOfTokens(site: GradientSite): readonly (ValueId | undefined)[] {
  const { apply, operands, upstream, typeOf, needs } = site;
  const [x, weight, bias] = operands as readonly [ValueId, ValueId, ValueId?];
  const { shape } = typeOf(weight);
  const asRow = (value: ValueId): ValueId => apply('to_image', [value], { size: [1, typeOf(value).shape[0]!] });
  const row = asRow(x);
  const written = { channels: shape[0]!, kernel: 1, bias: bias !== undefined };
  const [dx, dw, db] = conv.gradient!({
    ...site,
    attributes: storedAttributes(conv, written, [typeOf(row)]),
    operands: [row, apply('reshape', [weight], { shape: [...shape, 1, 1] }), ...(bias === undefined ? [] : [bias])],
    upstream: [asRow(upstream[0]!)],
  });
  return [
    needs(0) ? apply('tokens', [dx!]) : undefined,
    needs(1) ? apply('reshape', [dw!], { shape }) : undefined,
    ...(bias === undefined ? [] : [db]),
  ];
}
