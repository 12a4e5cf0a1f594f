// A dense layer on codes, in sums of 32 bits; the bias has taken away what the operand's zero point adds.

import type { Operator } from '../../ir/operator.ts';
import { formatShape } from '../../ir/tensor-type.ts';
import { numberOf } from '../attributes.ts';
import { sentences, withinLimit } from '../limits.ts';
import { allocateLike } from '../tensors.ts';
import { areCodes, codesSentence, integers, multipliers, rangeOf, rangeParameter, requantized } from './codes.ts';

/** Codes of another scale: each sum times its feature's multiplier. */
export const quantizedDense = quantizedLayer('quantized_dense', 'u8');

/** Numbers: for scores that go out. */
export const quantizedDenseF32 = quantizedLayer('quantized_dense_f32', 'f32');

function quantizedLayer(name: string, result: 'u8' | 'f32'): Operator {
  return {
    name,
    internal: true,
    // Number of outputs.
    attributes: { features: { type: 'int', minimum: 1 } },
    constraints: {
      C1: `the input of \`${name}\` must be flat [features]`,
      C2: sentences.size(name),
      C3: codesSentence(name),
    },
    infer(inputs, attributes, report) {
      if (!areCodes(inputs, 'C3', report)) return undefined;
      const { shape } = inputs[0]!;
      const features = numberOf(attributes, 'features');
      if (shape.length !== 1) return report('C1', { found: formatShape(shape), expected: '[features]' });
      const type = { ...inputs[0]!, shape: [features], element: result };
      return withinLimit([type], report, 'C2', [features, shape[0]!]);
    },
    // codes [N,I] · weight [O,I] · bias [O] · multiplier [O] · range [3] → y [N,O]
    reference([x, weight, bias, multiplier, after], attributes, [input]) {
      const [inputs, outputs] = [input!.shape[0]!, numberOf(attributes, 'features')];
      const y = allocateLike(x!, input!, [outputs]);
      const range = after && rangeOf(after);
      for (let at = 0; at < y.data.length; at += 1) {
        const [n, o] = [Math.floor(at / outputs), at % outputs];
        let sum = bias!.data[o]!;
        for (let i = 0; i < inputs; i += 1) sum += weight!.data[o * inputs + i]! * x!.data[n * inputs + i]!;
        const factor = multiplier!.data[o]!;
        y.data[at] = range ? requantized(sum, factor, range) : Math.fround(Math.fround(sum) * factor);
      }
      return [y];
    },
    parameters(attributes, [input]) {
      const features = numberOf(attributes, 'features');
      return [
        integers('weight', [features, input!.shape.at(-1)!], 'i8'),
        integers('bias', [features], 'i32'),
        multipliers('multiplier', [features]),
        ...(result === 'u8' ? [rangeParameter('range')] : []),
      ];
    },
    macs: (attributes, [input]) => input!.shape[0]! * numberOf(attributes, 'features'),
    takes: () => 'codes',
    lowering: { kind: 'quantized-dense', result },
    groups: () => 1,
  };
}
