// Local response normalisation (Krizhevsky et al., 2012) as in PyTorch, Caffe and ONNX, which divide alpha by the size:
// y = x / (k + alpha/size · Σ x²)^beta, summed over `size` neighbouring channels.

import type { Operator } from '../ir/operator.ts';
import { numberOf } from './attributes.ts';
import {
  localResponseNormGradient,
  localResponseNormInput,
  localResponseNormWeighted,
} from './local-response-norm-gradient.ts';
import { isImage, notAnImage, sentences } from './limits.ts';
import { image } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';

export const localResponseNorm: Operator = {
  name: 'local_response_norm',
  attributes: {
    size: { type: 'int', minimum: 1 },
    alpha: { type: 'float', default: 1e-4 },
    beta: { type: 'float', default: 0.75 },
    k: { type: 'float', default: 1 },
  },
  constraints: { C1: sentences.image('local_response_norm') },
  infer: ([input], _, report) => (isImage(input!.shape) ? [input!] : report('C1', notAnImage(input!.shape))),
  // x [N,C,H,W] → y [N,C,H,W]
  reference([x], attributes, [input]) {
    const [channels, height, width] = input!.shape as [number, number, number];
    const [size, alpha] = [numberOf(attributes, 'size'), numberOf(attributes, 'alpha')];
    const [beta, k] = [numberOf(attributes, 'beta'), numberOf(attributes, 'k')];
    const before = Math.floor(size / 2);
    const data = x!.data.map((value, index) => {
      const c = Math.floor(index / (height * width)) % channels;
      let squares = 0;
      for (let d = Math.max(0, c - before); d < Math.min(channels, c - before + size); d += 1) {
        squares += x!.data[index + (d - c) * height * width]! ** 2;
      }
      return value / (k + (alpha / size) * squares) ** beta;
    });
    return [{ shape: x!.shape, data }];
  },
  lowering: { kind: 'local-response-norm' },
  companions: [localResponseNormWeighted, localResponseNormGradient],
  gradient: (site) => [localResponseNormInput(site)],
};

/** Examples of its rules. */
export const localResponseNormExamples: RuleExamples = () => ({
  C1: image('local_response_norm(5)'),
});
