// Functions of each number by itself.

import type { Attributes } from '../../../compiler/ir/graph.ts';
import { completeAttributes } from '../../../compiler/ir/attributes.ts';
import { scalarFunction } from '../../../compiler/ir/scalar-evaluate.ts';
import { operatorOf } from '../../../compiler/ir/signature.ts';
import { operators } from '../../../compiler/ops/index.ts';
import { countOf, mapped, reshapedConstant } from '../constant.ts';
import type { Constant } from '../constant.ts';
import { ofOneImage } from '../of-one-image.ts';
import { refuse } from '../problem.ts';
import { broadcastDims, channelShape, padded } from '../shapes.ts';
import type { Importer, Site } from '../site.ts';
import { scaled, sum } from './arithmetic.ts';

const each =
  (op: string, attributes: (site: Site) => Attributes | undefined = () => undefined): Importer =>
  (site) => {
    const operand = site.operand(0);
    if (operand.is === 'constant') return [mapped(operand, functionOf(op, attributes(site) ?? {}))];
    return [site.result(site.apply(op, [operand.value], attributes(site)), operand.dims)];
  };

/** What an elementwise operator does to a number. */
function functionOf(name: string, given: Attributes): (value: number) => number {
  const operator = operatorOf(operators, name);
  const compute = scalarFunction(operator.pointwise!(completeAttributes(operator, given)));
  return (value) => compute(value, []);
}

const float =
  (name: string, absent: number, stored = name) =>
  ({ attributes }: Site): Attributes => ({ [stored]: attributes.float(name, absent) });

const hardSigmoid = ({ attributes }: Site): Attributes => ({
  slope: attributes.float('alpha', 0.2),
  offset: attributes.float('beta', 0.5),
});

/** Bounds are attributes before version 11, inputs since; the upper one wins where they cross. */
const clip: Importer = (site) => {
  const { value, dims } = site.flow(0);
  const bound = (at: number, name: string, absent: number): number =>
    site.version < 11
      ? site.attributes.float(name, absent)
      : (site.optionalConstant(at, `the bound ${name}`)?.data[0] ?? absent);
  const max = bound(2, 'max', Infinity);
  const min = Math.min(bound(1, 'min', -Infinity), max);
  if (min === -Infinity && max === Infinity) return [site.flow(0)];
  const result =
    min === 0 && max === Infinity
      ? site.apply('relu', [value])
      : min === 0 && max === 6
        ? site.apply('relu6', [value])
        : site.apply('clip', [value], { min, max });
  return [site.result(result, dims)];
};

/** One slope for all, one per channel, or any that broadcasts: max(x, 0) + slope · min(x, 0). */
const prelu: Importer = (site) => {
  const { value, dims } = site.flow(0);
  const slope = slopeOf(site, dims.length);
  const own = padded(slope.dims, dims.length);
  const isPerChannel = own[0] === dims[0] && own.slice(1).every((extent) => extent === 1);
  const isShared = countOf(own) === 1;
  if (isShared || isPerChannel) {
    const weight = reshapedConstant(slope, [countOf(own)]);
    const result = site.apply('prelu', [site.shaped(value, channelShape(dims))], { shared: isShared }, [weight]);
    return [site.result(result, dims)];
  }
  if (broadcastDims(dims, own).some((extent, axis) => extent !== dims[axis]))
    refuse(`its slope has the shape [${slope.dims.join(', ')}]`, 'it is repeated along the axes of the value only');
  const negative = site.result(site.helper('clip', [value], { min: -Infinity, max: 0 }), dims);
  const positive = site.result(site.helper('relu', [value]), dims);
  return [sum(site, positive, scaled(site, negative, slope))];
};

/** Without the batch. Before version 7, a list of numbers is one per channel. */
function slopeOf(site: Site, rank: number): Constant {
  const slope = site.constant(1, 'the slope');
  if (site.version < 7 && slope.dims.length === 1)
    return reshapedConstant(slope, [countOf(slope.dims), ...Array<number>(rank - 1).fill(1)]);
  const own = site.outer === 1 && slope.dims.length === rank + 1 ? ofOneImage(site, slope) : slope;
  if (own.dims.length > rank)
    refuse(`its slope has the shape [${slope.dims.join(', ')}]`, 'it is repeated along the axes of the value only');
  return own;
}

const gelu: Importer = (site) =>
  each('gelu', () => ({ approximate: site.attributes.text('approximate', 'none') }))(site);

/** Of the usual scale and alpha; f32 has them to seven digits. */
const selu: Importer = (site) => {
  const [alpha, gamma] = [site.attributes.float('alpha', 1.67326319), site.attributes.float('gamma', 1.05070102)];
  if (Math.abs(alpha - 1.67326319) < 1e-6 && Math.abs(gamma - 1.05070102) < 1e-6) return each('selu')(site);
  const { value, dims } = site.flow(0);
  return [site.result(site.apply('times', [site.helper('elu', [value], { alpha })], { factor: gamma }), dims)];
};

/** x · sigmoid(alpha · x) */
const swish: Importer = (site) => {
  const alpha = site.attributes.float('alpha', 1);
  if (alpha === 1) return each('silu')(site);
  const { value, dims } = site.flow(0);
  const gate = site.helper('sigmoid', [site.helper('times', [value], { factor: alpha })]);
  return [site.result(site.apply('mul', [value, gate]), dims)];
};

const identity: Importer = (site) => [site.operand(0)];

/** Since version 12 an input can say that numbers are dropped even when the network is used, which says nothing where none are. */
const dropout: Importer = (site) => {
  if (site.optionalConstant(2, 'whether it drops numbers')?.data[0]) {
    const ratio = site.optionalConstant(1, 'the part that it drops')?.data[0] ?? 0.5;
    if (ratio !== 0) refuse('it is in training mode', 'export the model in evaluation mode');
  }
  return identity(site);
};

export const activations = {
  Relu: each('relu'),
  LeakyRelu: each('leaky_relu', float('alpha', 0.01, 'slope')),
  Elu: each('elu', float('alpha', 1)),
  Celu: each('celu', float('alpha', 1)),
  Selu: selu,
  Sigmoid: each('sigmoid'),
  Tanh: each('tanh'),
  HardSigmoid: each('hard_sigmoid', hardSigmoid),
  HardSwish: each('hard_swish'),
  Mish: each('mish'),
  Softplus: each('softplus'),
  Softsign: each('softsign'),
  Exp: each('exp'),
  Log: each('log'),
  Sqrt: each('sqrt'),
  Abs: each('abs'),
  Neg: each('neg'),
  Reciprocal: each('reciprocal'),
  Gelu: gelu,
  Swish: swish,
  ThresholdedRelu: each('thresholded_relu', float('alpha', 1, 'threshold')),
  Erf: each('erf'),
  Clip: clip,
  PRelu: prelu,
  Identity: identity,
  Dropout: dropout,
} satisfies Record<string, Importer>;
