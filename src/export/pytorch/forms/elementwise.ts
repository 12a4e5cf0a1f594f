// What is computed number by number, and joins of several values.

import { numberOf, wordOf } from '../../../../compiler/ops/attributes.ts';
import type { TensorType } from '../../../../compiler/ir/tensor-type.ts';
import type { Code } from '../code.ts';
import { hole, py } from '../code.ts';
import { pythonText } from '../python.ts';
import type { FormOf } from './form.ts';
import { formula } from './form.ts';

/** A function of one operand. */
const call =
  (name: string): FormOf =>
  () =>
    formula((x) => [`${name}(${x})`]);

/** One that takes a number beside it. */
const callWith =
  (name: string, ...attributes: readonly string[]): FormOf =>
  (site) =>
    formula((x) => [
      `${name}(${x}`,
      ...attributes.flatMap((at) => [', ', hole(at, numberOf(site.attributes, at))]),
      ')',
    ]);

/** `x * 2`: operators with a number that the text gives. */
const withNumber =
  (attribute: string, code: (x: string, number: ReturnType<typeof hole>) => Code): FormOf =>
  ({ attributes }) =>
    formula((x) => code(x!, hole(attribute, numberOf(attributes, attribute))));

export const activations: Readonly<Record<string, FormOf>> = {
  abs: call('torch.abs'),
  celu: callWith('F.celu', 'alpha'),
  clip: ({ attributes }) =>
    formula((x) => py`${x!}.clamp(${boundsText(attributes['min'] as number, attributes['max'] as number)})`),
  elu: callWith('F.elu', 'alpha'),
  erf: call('torch.erf'),
  exp: call('torch.exp'),
  gelu: ({ attributes }) =>
    formula((x) => [
      wordOf(attributes, 'approximate') === 'tanh' ? `F.gelu(${x}, approximate="tanh")` : `F.gelu(${x})`,
    ]),
  hard_sigmoid: ({ attributes }) => {
    const [slope, offset] = [numberOf(attributes, 'slope'), numberOf(attributes, 'offset')];
    if (slope === 1 / 6 && offset === 0.5) return formula((x) => [`F.hardsigmoid(${x})`]);
    return formula((x) => py`(${hole('slope', slope)} * ${x!} + ${hole('offset', offset)}).clamp(0, 1)`);
  },
  hard_swish: call('F.hardswish'),
  leaky_relu: callWith('F.leaky_relu', 'slope'),
  log: call('torch.log'),
  mish: call('F.mish'),
  neg: () => formula((x) => [`-${x}`]),
  pow: withNumber('exponent', (x, number) => py`${x}.pow(${number})`),
  reciprocal: () => formula((x) => [`1 / ${x}`]),
  relu: call('F.relu'),
  relu6: call('F.relu6'),
  selu: call('F.selu'),
  sigmoid: call('torch.sigmoid'),
  silu: call('F.silu'),
  softplus: callWith('F.softplus', 'beta', 'threshold'),
  softsign: call('F.softsign'),
  sqrt: call('torch.sqrt'),
  tanh: call('torch.tanh'),
  thresholded_relu: ({ attributes }) =>
    formula((x) => py`F.threshold(${x!}, ${hole('threshold', numberOf(attributes, 'threshold'))}, 0.0)`),
  dropout: ({ attributes }) =>
    formula((x) => py`F.dropout(${x!}, ${hole('p', numberOf(attributes, 'p'))}, self.training)`),
  times: withNumber('factor', (x, number) => py`${x} * ${number}`),
  plus: withNumber('number', (x, number) => py`${x} + ${number}`),
  subtracted_from: withNumber('number', (x, number) => py`${number} - ${x}`),
  divided_by: withNumber('number', (x, number) => py`${x} / ${number}`),
  dividing: withNumber('number', (x, number) => py`${number} / ${x}`),
};

function boundsText(low: number, high: number): Code {
  const bounds = [
    ...(low === -Infinity ? [] : [['min=', hole('min', low)]]),
    ...(high === Infinity ? [] : [[', max=', hole('max', high)]]),
  ];
  const code = bounds.flat();
  return code.length === 0
    ? ['min=float("-inf")']
    : bounds.length === 1 && code[0] === ', max='
      ? ['max=', code[1]!]
      : code;
}

/** Operands one after the other, joined by an operator or a function of two. */
const fold =
  (join: (left: string, right: string) => string): FormOf =>
  ({ inputs }) =>
    formula((...operands) => [beside(operands, inputs).reduce(join)]);

export const joins: Readonly<Record<string, FormOf>> = {
  add: fold((a, b) => `${a} + ${b}`),
  sub: fold((a, b) => `${a} - ${b}`),
  mul: fold((a, b) => `${a} * ${b}`),
  div: fold((a, b) => `${a} / ${b}`),
  maximum: fold((a, b) => `torch.maximum(${a}, ${b})`),
  minimum: fold((a, b) => `torch.minimum(${a}, ${b})`),
};

/** Numbers per channel, [C], beside maps [C,H,W] or tokens [L,F] get axes of one. */
function beside(operands: readonly string[], inputs: readonly TensorType[]): readonly string[] {
  const rank = Math.max(...inputs.map(({ shape }) => shape.length));
  return operands.map((operand, at) => {
    const { shape, batched } = inputs[at]!;
    if (shape.length !== 1 || rank === 1) return operand;
    if (rank === 2) return batched ? `${operand}[:, None]` : operand;
    return `${operand}[${batched ? ':, ' : ''}:${', None'.repeat(rank - 1)}]`;
  });
}

/** The numbers of a list in brackets, for a constant. */
export const listText = (values: readonly number[]): string =>
  `[${values.map((value) => pythonText(value)).join(', ')}]`;
