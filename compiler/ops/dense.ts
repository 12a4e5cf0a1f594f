// y = W·x + b.

import type { Operator, ParameterSpec } from '../ir/operator.ts';
import { formatShape } from '../ir/tensor-type.ts';
import { flagOf, numberOf, weightSpecs } from './attributes.ts';
import { fits, sentences, tooLarge } from './limits.ts';
import { allocateLike, batchOf } from './tensors.ts';

export const dense: Operator = {
  name: 'dense',
  summary: 'A fully connected layer: every output is a weighted sum of all inputs.',
  attributes: { features: { type: 'int', minimum: 1, doc: 'Number of outputs.' }, ...weightSpecs },
  constraints: { C1: 'the input must be flat: [features]', C2: sentences.size('dense') },
  infer([input], attributes, report) {
    const { shape } = input!;
    const features = numberOf(attributes, 'features');
    if (shape.length !== 1) {
      return report('C1', { found: formatShape(shape), expected: '[features]', insertBefore: 'flatten' });
    }
    if (!fits([features, shape[0]!])) return report('C2', tooLarge([features, shape[0]!]));
    return [{ ...input!, shape: [features] }];
  },
  // x [N,I] · w [O,I] · b [O] → y [N,O]
  reference([x, w, b], attributes, [input]) {
    const [inputs, outputs] = [input!.shape[0]!, numberOf(attributes, 'features')];
    const y = allocateLike(x!, input!, [outputs]);
    for (let n = 0; n < batchOf(x!, input!); n += 1) {
      for (let o = 0; o < outputs; o += 1) {
        let sum = b ? b.data[o]! : 0;
        for (let i = 0; i < inputs; i += 1) sum += w!.data[o * inputs + i]! * x!.data[n * inputs + i]!;
        y.data[n * outputs + o] = sum;
      }
    }
    return [y];
  },
  parameters(attributes, [input]) {
    const [fanIn, fanOut] = [input!.shape[0]!, numberOf(attributes, 'features')];
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
  macs: (attributes, [input]) => input!.shape[0]! * numberOf(attributes, 'features'),
  lowering: { kind: 'dense' },
  groups: () => 1,
  gradient: ({ apply, operands: [x, weight, bias], upstream: [dy], needs }) => [
    needs(0) ? apply('dense_input_gradient', [dy!, weight!]) : undefined,
    needs(1) ? apply('dense_weight_gradient', [x!, dy!]) : undefined,
    ...(bias === undefined ? [] : [needs(2) ? apply('channel_sum', [dy!]) : undefined]),
  ],
};
