// QuantizeLinear and DequantizeLinear, QLinearConv and QLinearMatMul, as networks in f32: weights are what their codes stand for, and a value
// that the file rounds to codes is held between the least and the largest of them. So what a file folded into its scales, as a relu, is
// kept, and quantising the network later finds the same intervals.

import { nearest } from '../../../compiler/ops/quantized/codes.ts';
import { constantOf, countOf, numbersOf } from '../constant.ts';
import type { Constant } from '../constant.ts';
import { bytesOf } from '../element.ts';
import type { Bytes } from '../element.ts';
import type { Codes, Flow, Operand } from '../flow.ts';
import { sameCodes } from '../codes.ts';
import { refuse } from '../problem.ts';
import { axisAt } from '../shapes.ts';
import type { Importer, Site } from '../site.ts';
import { convolutions } from './convolutions.ts';
import { dense } from './dense.ts';

const limits: Readonly<Record<Bytes, readonly [number, number]>> = { int8: [-128, 127], uint8: [0, 255] };

/** Element types of the attribute output_dtype (TensorProto.DataType). */
const outputTypes: ReadonlyMap<number, Bytes> = new Map([
  [0, 'uint8'],
  [2, 'uint8'],
  [3, 'int8'],
]);

/** Operands: x, scale, zero point. */
const quantizeLinear: Importer = (site) => {
  const x = site.operand(0);
  const scale = site.constant(1, 'the scale');
  const zero = site.optionalConstant(2, 'the zero point');
  const type = zero ? bytesOf(zero.type) : outputTypes.get(site.attributes.int('output_dtype', 0));
  if (!type) return refuse('its codes are not of 8 bits', 'quantise to int8 or uint8');
  const [least, most] = limits[type];
  if (x.is === 'constant') {
    const units = perElement(site, x, scale, zero, (value, s, z) =>
      Math.min(Math.max(nearest(Math.fround(value / s)) + z, least), most),
    );
    return [constantOf(x.name, x.dims, type, units)];
  }
  if (x.codes) return refuse('its operand is codes', 'quantise numbers');
  return [held(site, x, codesOf(scale, zero), type)];
};

/** Operands: codes, scale, zero point. */
const dequantizeLinear: Importer = (site) => {
  const x = site.operand(0);
  const scale = site.constant(1, 'the scale');
  const zero = site.optionalConstant(2, 'the zero point');
  if (x.is === 'constant') {
    const numbers = perElement(site, x, scale, zero, (code, s, z) => (code - z) * s);
    return [constantOf(x.name, x.dims, scale.type, () => numbersOf(scale.type, numbers()))];
  }
  return [asNumbers(x, codesOf(scale, zero))];
};

/** Operands: x, its scale and zero point, weight, its scales and zero points, the result's scale and zero point, bias. */
const qLinearConv: Importer = (site) => {
  const x = asNumbers(site.flow(0), codesAt(site, 1));
  const [scales, zeros] = [
    site.constant(4, 'the scale of the weight'),
    site.constant(5, 'the zero point of the weight'),
  ];
  const weight = dequantized(site, site.constant(3, 'the weight'), scales, zeros, 0);
  const { scale } = codesAt(site, 1);
  const bias = site.optionalConstant(8, 'the bias');
  const units = bias && perElement(site, bias, scales, undefined, (code, s) => code * scale * s, 0);
  const summands = bias && constantOf(bias.name, bias.dims, 'float', () => Float32Array.from(units!()));
  const [result] = convolutions.Conv(withOperands(site, [x, weight, summands])) as readonly [Flow];
  return [held(site, result, codesAt(site, 6), typeAt(site, 7))];
};

/** Operands: a, its scale and zero point, b, its scale and zero point, the result's scale and zero point. */
const qLinearMatMul: Importer = (site) => {
  const a = asNumbers(site.flow(0), codesAt(site, 1));
  const given = site.operand(3);
  const b =
    given.is === 'constant'
      ? dequantized(site, given, site.constant(4, 'a scale'), site.constant(5, 'a zero point'), -1)
      : asNumbers(given, codesAt(site, 4));
  const [result] = dense.MatMul(withOperands(site, [a, b])) as readonly [Flow];
  return [held(site, result, codesAt(site, 6), typeAt(site, 7))];
};

/** Codes as f32 holds what they stand for, along `axis` where scales are several. */
export function dequantized(
  site: Site,
  codes: Constant,
  scale: Constant,
  zero: Constant | undefined,
  axis: number,
): Constant {
  const numbers = perElement(site, codes, scale, zero, (code, s, z) => (code - z) * s, axis);
  return constantOf(codes.name, codes.dims, 'float', () => Float32Array.from(numbers()));
}

/** A value held between what the least and the largest code stand for. */
export function held(site: Site, { value, dims, kind, batchAt }: Flow, codes: Codes, type: Bytes): Flow {
  const [min, max] = limits[type].map((code) => Math.fround((code - codes.zero) * codes.scale)) as [number, number];
  const result = site.apply('clip', [value], { min, max });
  return { is: 'flow', value: result, dims, kind, codes, ...(batchAt !== undefined && { batchAt }) };
}

/** Codes as numbers, which they are here already. */
export function asNumbers({ codes, ...flow }: Flow, expected: Codes): Flow {
  if (!codes) return refuse('its operand is no codes', 'put QuantizeLinear before it');
  if (!sameCodes(codes, expected))
    return refuse(
      `its scale and zero point are ${expected.scale} and ${expected.zero}, and its operand's ${codes.scale} and ${codes.zero}`,
      'export the model again',
    );
  return flow;
}

/** A scale and a zero point of all elements together. */
function codesOf(scale: Constant, zero: Constant | undefined): Codes {
  if (countOf(scale.dims) !== 1 || (zero && countOf(zero.dims) !== 1))
    return refuse('a value that is computed has a scale for each part of it', 'quantise such values with one scale');
  return { scale: checkedScale(scale.data[0]!), zero: zero?.data[0] ?? 0 };
}

/** The scale at one operand, and the zero point at the next one. */
export const codesAt = (site: Site, at: number): Codes =>
  codesOf(site.constant(at, 'a scale'), site.optionalConstant(at + 1, 'a zero point'));

/** The type of the codes of which operand `at` is the zero point. */
export const typeAt = (site: Site, at: number): Bytes =>
  bytesOf(site.constant(at, 'a zero point').type) ?? refuse('its codes are not of 8 bits', 'quantise to int8 or uint8');

function checkedScale(scale: number): number {
  return scale > 0 && Number.isFinite(scale)
    ? scale
    : refuse(`a scale is ${scale}, expected a number above 0`, 'export the model again');
}

/** What `change` makes of each element of a constant with its scale and zero point, along the node's axis unless one is given. */
export function perElement(
  site: Site,
  tensor: Constant,
  scale: Constant,
  zero: Constant | undefined,
  change: (value: number, scale: number, zero: number) => number,
  along = site.attributes.int('axis', 1),
): () => Float64Array {
  const { dims } = tensor;
  const count = countOf(scale.dims);
  const axis = count > 1 ? axisAt(along, dims.length) : 0;
  const block = count > 1 ? site.attributes.int('block_size', 0) : 0;
  const fit = block > 0 ? dims.with(axis, Math.ceil(dims[axis]! / block)) : [dims[axis]];
  if (count !== 1 && (scale.dims.length !== fit.length || scale.dims.some((extent, at) => extent !== fit[at])))
    refuse(
      `it has scales [${scale.dims.join(', ')}] for [${dims.join(', ')}]${block > 0 ? `, in blocks of ${block}` : ''}`,
      'give one scale, one per channel, or blocks of block_size',
    );
  if (zero && countOf(zero.dims) !== count)
    refuse(`it has ${countOf(zero.dims)} zero points, expected ${count}`, 'see whether the model runs elsewhere');
  const [extent, inner] = [dims[axis] ?? 1, countOf(dims.slice(axis + 1))];
  const ofBlock = (at: number): number => {
    const [row, rest] = [Math.floor(at / (extent * inner)), at % inner];
    return (row * fit[axis]! + Math.floor((Math.floor(at / inner) % extent) / block)) * inner + rest;
  };
  const ofChannel = (at: number): number => Math.floor(at / inner) % count;
  const place = count === 1 ? () => 0 : block > 0 ? ofBlock : ofChannel;
  return () =>
    Float64Array.from(tensor.data, (value, at) => change(value, scale.data[place(at)]!, zero?.data[place(at)] ?? 0));
}

/** The same node with other operands. */
export function withOperands(site: Site, operands: readonly (Operand | undefined)[]): Site {
  const at = (index: number): Operand => operands[index] ?? refuse(`its input ${index} is absent`, 'export it again');
  const constant = (index: number, role: string): Constant => {
    const found = at(index);
    return found.is === 'constant'
      ? found
      : refuse(`${role} is not known before the network runs`, 'simplify the model');
  };
  return {
    ...site,
    count: operands.length,
    operand: at,
    optional: (index) => operands[index],
    flow(index) {
      const found = at(index);
      return found.is === 'flow' ? found : refuse(`its input ${index} is a constant`, 'simplify the model before');
    },
    constant,
    optionalConstant: (index, role) => (operands[index] ? constant(index, role) : undefined),
  };
}

export const quantized = {
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
  QLinearConv: qLinearConv,
  QLinearMatMul: qLinearMatMul,
} satisfies Record<string, Importer>;
