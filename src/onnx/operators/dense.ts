// Gemm and MatMul: with a constant matrix, dense layers; of two values, products.

import { constantOf, countOf, mapped, reshapedConstant, transposed } from '../constant.ts';
import type { Constant } from '../constant.ts';
import { BatchRefusal, refuse } from '../problem.ts';
import type { Importer, Site } from '../site.ts';
import type { Flow } from '../flow.ts';

/** y = alpha · x · w + beta · c; x [N,K] */
const gemm: Importer = (site) => {
  const { attributes } = site;
  if (attributes.flag('transA', false))
    refuse('its first matrix is transposed, and the batch with it', 'transpose it before');
  const weight = site.constant(1, 'the matrix');
  const [rows] = attributes.flag('transB', false) ? [transposed(weight, [1, 0])] : [weight];
  const alpha = attributes.float('alpha', 1);
  const bias = site.optionalConstant(2, 'what is added');
  const beta = attributes.float('beta', 1);
  const matrix = alpha === 1 ? rows! : mapped(rows!, (value) => value * alpha);
  return [layer(site, site.flow(0), matrix, bias && (beta === 1 ? bias : mapped(bias, (value) => value * beta)))];
};

const matMul: Importer = (site) => {
  const [a, b] = [site.operand(0), site.operand(1)];
  if (a.is === 'flow' && b.is === 'constant' && b.dims.length === 2) return [layer(site, a, b, undefined)];
  if (a.is !== 'flow' || b.is !== 'flow')
    return refuse('one of its matrices is a constant that is no layer', 'export the model with the constant second');
  if (site.outer === 1 && (a.dims.length === 1 || b.dims.length === 1))
    throw new BatchRefusal('it multiplies by the batch', 'export the model with a batch of one image');
  const [left, right] = [tokensOf(a), tokensOf(b)];
  if (!left || !right || left[1] !== right[0])
    return refuse(`it multiplies [${a.dims.join(', ')}] and [${b.dims.join(', ')}]`, 'only matrices can be multiplied');
  const result = site.apply('matmul', [site.shaped(a.value, left), site.shaped(b.value, right)]);
  return [site.result(result, [...a.dims.slice(0, -1), right[1]])];
};

/** A value of one matrix. */
function tokensOf({ dims }: Flow): readonly [number, number] | undefined {
  if (dims.length < 2) return dims.length === 1 ? [1, dims[0]!] : undefined;
  return dims.slice(0, -2).every((extent) => extent === 1) ? [dims.at(-2)!, dims.at(-1)!] : undefined;
}

/** x [N?,…,K], matrix [K,O], bias of O elements or of one */
function layer(site: Site, { value, dims }: Flow, matrix: Constant, bias: Constant | undefined): Flow {
  const [inputs, features] = matrix.dims as [number, number];
  if (dims.at(-1) !== inputs)
    return refuse(
      `its matrix takes ${inputs} numbers, and its input has ${dims.at(-1) ?? 1}`,
      'see whether the model runs elsewhere',
    );
  const length = countOf(dims.slice(0, -1));
  const shape = dims.length === 1 ? [inputs] : [length, inputs];
  const result = site.apply('dense', [site.shaped(value, shape)], { features, bias: bias !== undefined }, [
    transposed(matrix, [1, 0]),
    ...(bias ? [spread(bias, features)] : []),
  ]);
  return site.result(result, [...dims.slice(0, -1), features]);
}

/** One number for each feature. */
function spread(bias: Constant, features: number): Constant {
  const count = countOf(bias.dims);
  if (count === features) return bias.dims.length === 1 ? bias : reshapedConstant(bias, [features]);
  if (count === 1)
    return constantOf(bias.name, [features], 'float', () => new Float32Array(features).fill(bias.data[0]!));
  return refuse(
    `what it adds has the shape [${bias.dims.join(', ')}], expected ${features} numbers`,
    'add it in a node of its own',
  );
}

export const dense = { Gemm: gemm, MatMul: matMul } satisfies Record<string, Importer>;
