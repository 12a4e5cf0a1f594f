// Sums of values of codes and products of two, element by element; a factor or summand [C,1,1] is repeated over the pixels of its channel.

import type { Operator, Tensor } from '../../ir/operator.ts';
import type { Shape } from '../../ir/tensor-type.ts';
import { formatShape, sameShape, sizeOf } from '../../ir/tensor-type.ts';
import { areCodes, clampedCode, codesSentence, multipliers, rangeOf, rangeParameter, requantized } from './codes.ts';

/** What both have in common: a first value of codes and others, and the ranges of all and of the result after the multipliers. */
const shared = (name: string, most: number) =>
  ({
    name,
    internal: true,
    attributes: {},
    arity: { min: 2, max: most },
    constraints: {
      C1: `the operands of \`${name}\` must agree in shape with the first one, or be [C, 1, 1]`,
      C2: codesSentence(name),
    },
    infer(inputs, _, report) {
      if (!areCodes(inputs, 'C2', report)) return undefined;
      const [{ shape: expected }] = inputs as readonly [(typeof inputs)[0]];
      const fits = (shape: Shape): boolean =>
        sameShape(shape, expected) || (expected.length === 3 && sameShape(shape, [expected[0]!, 1, 1]));
      const operand = inputs.findIndex(({ shape }) => !fits(shape));
      if (operand === -1) return [inputs[0]!];
      const found = formatShape(inputs[operand]!.shape);
      return report('C1', { found, expected: formatShape(expected), operand });
    },
    takes: () => 'codes',
  }) as const satisfies Partial<Operator>;

const rangesOf = (operands: number) => [
  ...Array.from({ length: operands }, (_, at) => rangeParameter(`operand${at + 1}_range`)),
  rangeParameter('range'),
];

export const quantizedAdd: Operator = {
  ...shared('quantized_add', Infinity),
  // Each has a range; the multipliers and the result's range are two more.
  dataCount: (operands) => Math.floor((operands - 2) / 2),
  parameters: (_, inputs) => [multipliers('multiplier', [inputs.length]), ...rangesOf(inputs.length)],
  // operands [N,…] · multipliers, of each operand's scale over the result's, with its sign · ranges [3] of each and of the result → y [N,…]
  reference(tensors, _, inputs) {
    const [multiplier, ...ranges] = tensors.slice(inputs.length);
    const [first] = tensors as readonly [Tensor];
    const terms = inputs.map((__, at) => {
      const [code, factor, { zero }] = [
        repeated(tensors[at]!, first),
        multiplier!.data[at]!,
        rangeOf(ranges[at]!),
      ] as const;
      return (place: number): number => Math.fround((code(place) - zero) * factor);
    });
    const range = rangeOf(ranges.at(-1)!);
    const data = first.data.map((__, place) =>
      clampedCode(
        terms.map((term) => term(place)).reduce((sum, term) => Math.fround(sum + term)),
        range,
      ),
    );
    return [{ shape: first.shape, data }];
  },
  lowering: { kind: 'quantized-arithmetic', operation: 'add' },
};

export const quantizedMul: Operator = {
  ...shared('quantized_mul', 2),
  parameters: () => [multipliers('multiplier', [1]), ...rangesOf(2)],
  // a, b [N,…] · multiplier [1] · ranges [3] → y [N,…]
  reference([a, b, multiplier, left, right, after]) {
    const [za, zb, range] = [rangeOf(left!).zero, rangeOf(right!).zero, rangeOf(after!)];
    const other = repeated(b!, a!);
    const data = a!.data.map((code, at) => requantized((code - za) * (other(at) - zb), multiplier!.data[0]!, range));
    return [{ shape: a!.shape, data }];
  },
  lowering: { kind: 'quantized-arithmetic', operation: 'mul' },
};

/** An operand's element beside an element of the first one, [N,C,H,W] or of any shape that both have. */
function repeated(b: Tensor, a: Tensor): (at: number) => number {
  if (b.data.length === a.data.length) return (at) => b.data[at]!;
  const pixels = sizeOf(a.shape.slice(2));
  return (at) => b.data[Math.floor(at / pixels)]!;
}
