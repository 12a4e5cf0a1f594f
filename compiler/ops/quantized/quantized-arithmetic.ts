// Sums and products of two values of codes, element by element; a factor [C,1,1] is repeated over the pixels of its channel.

import type { Operator, Tensor } from '../../ir/operator.ts';
import type { TensorType } from '../../ir/tensor-type.ts';
import { formatShape, sameShape, sizeOf } from '../../ir/tensor-type.ts';
import { areCodes, clampedCode, codesSentence, multipliers, rangeOf, rangeParameter, requantized } from './codes.ts';

const rules = (name: string) => ({
  C1: `the operands of \`${name}\` must agree in shape, or the second one be [C, 1, 1]`,
  C2: codesSentence(name),
});

/** What both have in common: two values of codes, and their ranges and that of the result after the multipliers. */
const shared = (name: string, factors: number) =>
  ({
    name,
    internal: true,
    attributes: {},
    arity: { min: 2, max: 2 },
    constraints: rules(name),
    infer(inputs, _, report) {
      if (!areCodes(inputs, 'C2', report)) return undefined;
      const [a, b] = inputs as readonly [TensorType, TensorType];
      const isPerChannel = a.shape.length === 3 && sameShape(b.shape, [a.shape[0]!, 1, 1]);
      if (sameShape(a.shape, b.shape) || isPerChannel) return [a];
      return report('C1', { found: formatShape(b.shape), expected: formatShape(a.shape), operand: 1 });
    },
    parameters: () => [
      multipliers('multiplier', [factors]),
      rangeParameter('left_range'),
      rangeParameter('right_range'),
      rangeParameter('range'),
    ],
    takes: () => 'codes',
  }) as const satisfies Partial<Operator>;

export const quantizedAdd: Operator = {
  ...shared('quantized_add', 2),
  summary: 'The sum of two values of codes.',
  // a, b [N,…] · multipliers [2], of each operand's scale over the result's · ranges [3] → y [N,…]
  reference([a, b, multiplier, left, right, after]) {
    const [ma, mb] = multiplier!.data as unknown as readonly [number, number];
    const [za, zb, range] = [rangeOf(left!).zero, rangeOf(right!).zero, rangeOf(after!)];
    const other = repeated(b!, a!);
    const data = a!.data.map((code, at) => {
      const units = Math.fround(Math.fround((code - za) * ma) + Math.fround((other(at) - zb) * mb));
      return clampedCode(units, range);
    });
    return [{ shape: a!.shape, data }];
  },
  lowering: { kind: 'quantized-arithmetic', operation: 'add' },
};

export const quantizedMul: Operator = {
  ...shared('quantized_mul', 1),
  summary: 'The product of two values of codes.',
  // a, b [N,…] · multiplier [1] · ranges [3] → y [N,…]
  reference([a, b, multiplier, left, right, after]) {
    const [za, zb, range] = [rangeOf(left!).zero, rangeOf(right!).zero, rangeOf(after!)];
    const other = repeated(b!, a!);
    const data = a!.data.map((code, at) => requantized((code - za) * (other(at) - zb), multiplier!.data[0]!, range));
    return [{ shape: a!.shape, data }];
  },
  lowering: { kind: 'quantized-arithmetic', operation: 'mul' },
};

/** The second operand's element beside an element of the first one, [N,C,H,W] or of any shape that both have. */
function repeated(b: Tensor, a: Tensor): (at: number) => number {
  if (b.data.length === a.data.length) return (at) => b.data[at]!;
  const pixels = sizeOf(a.shape.slice(2));
  return (at) => b.data[Math.floor(at / pixels)]!;
}
