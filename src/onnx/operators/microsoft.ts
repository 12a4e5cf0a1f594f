// Operators that onnxruntime has beside those of ONNX (its docs/ContribOperators.md): on codes of 8 bits, which its quantisation writes and
// which become what they are on numbers, held between two codes, as QLinearConv does; and Conv with what its optimiser joins with it.

import { constantOf } from '../constant.ts';
import type { Flow, Operand } from '../flow.ts';
import { refuse } from '../problem.ts';
import type { Importer, Site } from '../site.ts';
import { activations } from './activations.ts';
import { arithmetic, sum } from './arithmetic.ts';
import { convolutions } from './convolutions.ts';
import { dense } from './dense.ts';
import { parts } from './parts.ts';
import { pools } from './pools.ts';
import { asNumbers, codesAt, dequantized, held, perElement, typeAt, withOperands } from './quantized.ts';
import { reductions } from './reductions.ts';

/** The numbers of operand `at`, which has its scale and zero point behind it. */
function numbersAt(site: Site, at: number): Operand {
  const operand = site.operand(at);
  if (operand.is === 'flow') return asNumbers(operand, codesAt(site, at + 1));
  const zero = site.optionalConstant(at + 2, 'a zero point');
  return dequantized(site, operand, site.constant(at + 1, 'a scale'), zero, 0);
}

/** Codes of the scale at operand `at`, and of the zero point behind it. */
function codesOfResult(site: Site, result: Operand | undefined, at: number): Flow {
  if (result?.is !== 'flow') return refuse('its operands are constants', 'simplify the model before');
  return held(site, result, codesAt(site, at), typeAt(site, at + 1));
}

/** Operands that are codes, each with its scale and zero point, then those of the result. */
const onCodes =
  (importer: Importer, count = 1): Importer =>
  (site) => {
    if (site.attributes.flag('channels_last', false))
      refuse('its channels are the last axis (channels_last)', 'quantise the model before its layout is changed');
    const numbers = Array.from({ length: count }, (_, at) => numbersAt(site, 3 * at));
    const [result] = importer(withOperands(site, numbers));
    return [codesOfResult(site, result, 3 * count)];
  };

/** The scale and zero point of the result come first. */
const qLinearConcat: Importer = (site) => {
  const numbers = Array.from({ length: Math.floor((site.count - 2) / 3) }, (_, at) => numbersAt(site, 2 + 3 * at));
  const [result] = parts.Concat(withOperands(site, numbers));
  return [codesOfResult(site, result, 0)];
};

/** a, b and their scales and zero points, a bias of their products' scale, and the scale and zero point of the result, or numbers. */
const qGemm: Importer = (site) => {
  const { scale } = codesAt(site, 1);
  const scales = site.constant(4, 'the scale of the matrix');
  const axis = site.attributes.flag('transB', false) ? 0 : -1;
  const zeros = site.optionalConstant(5, 'the zero point of the matrix');
  const matrix = dequantized(site, site.constant(3, 'the matrix'), scales, zeros, axis);
  const bias = site.optionalConstant(6, 'the bias');
  const alpha = site.attributes.float('alpha', 1);
  const units = bias && perElement(site, bias, scales, undefined, (code, s) => alpha * code * scale * s, -1);
  const summands = bias && constantOf(bias.name, bias.dims, 'float', () => Float32Array.from(units!()));
  const [result] = dense.Gemm(withOperands(site, [numbersAt(site, 0), matrix, summands]));
  return [site.optional(7) ? codesOfResult(site, result, 7) : result!];
};

/** What a convolution ends with, and the attributes of it that `activation_params` are. */
const ends: Readonly<Record<string, readonly [string, ...(readonly string[])]>> = {
  Relu: ['relu'],
  Sigmoid: ['sigmoid'],
  Tanh: ['tanh'],
  LeakyRelu: ['leaky_relu', 'slope'],
  Clip: ['clip', 'min', 'max'],
  HardSigmoid: ['hard_sigmoid', 'slope', 'offset'],
};

/** Where whole tensors are one image, the first operand alone is given without axis 0. */
function besideImage(operand: Operand, rank: number): Operand {
  const [images, ...dims] = operand.dims;
  return operand.is === 'flow' && operand.dims.length > rank && images === 1 ? { ...operand, dims } : operand;
}

/** x, its weight and bias, and what is added before the activation. */
const fusedConv: Importer = (site) => {
  const operands = [0, 1, 2].map((at) => site.optional(at));
  const [convolved] = convolutions.Conv(withOperands(site, operands)) as readonly [Flow];
  const added = site.optional(3);
  const result = added ? (sum(site, convolved, besideImage(added, convolved.dims.length)) as Flow) : convolved;
  const name = site.attributes.text('activation', '');
  const given = site.attributes.floats('activation_params', []);
  const [op, ...names] =
    ends[name] ?? refuse(`it ends with ${name.slice(0, 40)}`, 'save the model before it is optimised');
  if (given.length !== names.length)
    refuse(`${name} has ${given.length} numbers, expected ${names.length}`, 'save the model before it is optimised');
  const attributes = Object.fromEntries(names.map((one, at) => [one, given[at]!]));
  return [site.result(site.helper(op, [result.value], attributes), result.dims)];
};

export const microsoft = {
  FusedConv: fusedConv,
  QGemm: qGemm,
  QLinearAdd: onCodes(arithmetic.Add, 2),
  QLinearMul: onCodes(arithmetic.Mul, 2),
  QLinearAveragePool: onCodes(pools.AveragePool),
  QLinearGlobalAveragePool: onCodes(pools.GlobalAveragePool),
  QLinearLeakyRelu: onCodes(activations.LeakyRelu),
  QLinearSigmoid: onCodes(activations.Sigmoid),
  QLinearSoftmax: onCodes(reductions.Softmax),
  QLinearConcat: qLinearConcat,
} satisfies Record<string, Importer>;
