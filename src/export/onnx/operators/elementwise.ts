// Functions of each number by itself, and arithmetic with numbers that are known.

import { flagOf, numberOf, wordOf } from '../../../../compiler/ops/attributes.ts';
import { channelAxis } from '../../../../compiler/ir/tensor-type.ts';
import type { Shape, TensorType } from '../../../../compiler/ir/tensor-type.ts';
import { float, text } from '../attributes.ts';
import type { Exporter, ExportSite, Layout, NamedAttributes } from '../site.ts';

const each =
  (opType: string, attributes: (site: ExportSite) => NamedAttributes = () => ({})): Exporter =>
  (site) =>
    site.emit(opType, [site.operand(0)], attributes(site));

/** Attribute `name` of ONNX is the operator's own attribute of the name `attribute`. */
const own =
  (name: string, attribute: string) =>
  ({ attributes }: ExportSite): NamedAttributes => ({ [name]: float(numberOf(attributes, attribute)) });

const hardSigmoid = ({ attributes }: ExportSite): NamedAttributes => ({
  alpha: float(numberOf(attributes, 'slope')),
  beta: float(numberOf(attributes, 'offset')),
});

/** Bounds that are infinite are left out. */
const clip: Exporter = (site) => {
  const bound = (name: string, value: number): string | undefined =>
    Number.isFinite(value) ? site.number(name, value) : undefined;
  const [min, max] = ['min', 'max'].map((name) => bound(name, numberOf(site.attributes, name)));
  return site.emit('Clip', [site.operand(0), min, max]);
};

const relu6: Exporter = (site) => site.emit('Clip', [site.operand(0), site.number('min', 0), site.number('max', 6)]);

/** x · sigmoid(x): an operator of its own from operator set 24 on. */
const silu: Exporter = (site) => {
  const x = site.operand(0);
  return site.emit('Mul', [x, site.emit('Sigmoid', [x])]);
};

/** At this beta · x, ln(1 + e^(beta · x)) is beta · x in f32. */
const LINEAR_FROM = 17;

/** ln(1 + e^(beta · x)) / beta, and x where beta · x is above the threshold. */
const softplus: Exporter = (site) => {
  const x = site.operand(0);
  const [beta, threshold] = [numberOf(site.attributes, 'beta'), numberOf(site.attributes, 'threshold')];
  const scaled = beta === 1 ? x : site.emit('Mul', [x, site.number('beta', beta)]);
  const soft = site.emit('Softplus', [scaled]);
  const curve = beta === 1 ? soft : site.emit('Div', [soft, site.number('beta', beta)]);
  if (threshold >= LINEAR_FROM) return curve;
  return site.emit('Where', [site.emit('Greater', [scaled, site.number('threshold', threshold)]), x, curve]);
};

/** A number per channel beside a value of this type. */
export function perChannel(type: TensorType, count = type.shape[channelAxis(type)]!): Layout {
  const dims: Shape = type.shape.length === 3 ? [count, 1, 1] : [count];
  return { key: `per channel ${dims.length}`, dims };
}

const prelu: Exporter = (site) => {
  const layout = flagOf(site.attributes, 'shared') ? undefined : perChannel(site.inputs[0]!);
  return site.emit('PRelu', [site.operand(0), site.parameter('weight', layout)]);
};

const scale: Exporter = (site) => {
  const layout = perChannel(site.inputs[0]!);
  const product = site.emit('Mul', [site.operand(0), site.parameter('weight', layout)]);
  const bias = site.parameter('bias', layout);
  return bias === undefined ? product : site.emit('Add', [product, bias]);
};

const withNumber =
  (opType: string, attribute: string, side: 'left' | 'right' = 'right'): Exporter =>
  (site) => {
    const [x, number] = [site.operand(0), site.number(attribute, numberOf(site.attributes, attribute))];
    return site.emit(opType, side === 'right' ? [x, number] : [number, x]);
  };

export const elementwise = {
  abs: each('Abs'),
  celu: each('Celu', own('alpha', 'alpha')),
  clip,
  divided_by: withNumber('Div', 'number'),
  dividing: withNumber('Div', 'number', 'left'),
  dropout: (site) => site.emit('Dropout', [site.operand(0), site.number('ratio', numberOf(site.attributes, 'p'))]),
  elu: each('Elu', own('alpha', 'alpha')),
  erf: each('Erf'),
  exp: each('Exp'),
  gelu: each('Gelu', ({ attributes }) => ({ approximate: text(wordOf(attributes, 'approximate')) })),
  hard_sigmoid: each('HardSigmoid', hardSigmoid),
  hard_swish: each('HardSwish'),
  identity: each('Identity'),
  leaky_relu: each('LeakyRelu', own('alpha', 'slope')),
  log: each('Log'),
  mish: each('Mish'),
  neg: each('Neg'),
  plus: withNumber('Add', 'number'),
  pow: withNumber('Pow', 'exponent'),
  prelu,
  reciprocal: each('Reciprocal'),
  relu: each('Relu'),
  relu6,
  scale,
  selu: each('Selu'),
  sigmoid: each('Sigmoid'),
  silu,
  softplus,
  softsign: each('Softsign'),
  sqrt: each('Sqrt'),
  subtracted_from: withNumber('Sub', 'number', 'left'),
  tanh: each('Tanh'),
  thresholded_relu: each('ThresholdedRelu', own('alpha', 'threshold')),
  times: withNumber('Mul', 'factor'),
} satisfies Record<string, Exporter>;
