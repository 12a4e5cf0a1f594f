// Functions of each number by itself.

import type { Attributes } from '../../../compiler/ir/graph.ts';
import { completeAttributes } from '../../../compiler/ir/attributes.ts';
import { scalarFunction } from '../../../compiler/ir/scalar-evaluate.ts';
import { operatorOf } from '../../../compiler/ir/signature.ts';
import { operators } from '../../../compiler/ops/index.ts';
import { countOf, mapped, reshapedConstant } from '../constant.ts';
import { refuse } from '../problem.ts';
import { plainShape } from '../shapes.ts';
import type { Importer, Site } from '../site.ts';

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

/** One slope for all, or one per channel. */
const prelu: Importer = (site) => {
  const { value, dims } = site.flow(0);
  const slope = site.constant(1, 'the slope');
  const count = countOf(slope.dims);
  if (count !== 1 && count !== dims[0])
    refuse(`its slope has the shape [${slope.dims.join(', ')}]`, 'it is one number, or one per channel');
  const result = site.apply('prelu', [site.shaped(value, plainShape(dims))], { shared: count === 1 }, [
    reshapedConstant(slope, [count]),
  ]);
  return [site.result(result, dims)];
};

const gelu: Importer = (site) =>
  each('gelu', () => ({ approximate: site.attributes.text('approximate', 'none') }))(site);

/** Of the usual scale and alpha; f32 has them to seven digits. */
const selu: Importer = (site) => {
  const [alpha, gamma] = [site.attributes.float('alpha', 1.67326319), site.attributes.float('gamma', 1.05070102)];
  if (Math.abs(alpha - 1.6732632) < 1e-4 && Math.abs(gamma - 1.050701) < 1e-4) return each('selu')(site);
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
  Dropout: identity,
} satisfies Record<string, Importer>;
