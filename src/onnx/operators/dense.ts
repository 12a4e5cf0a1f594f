// Gemm and MatMul: with a constant matrix, dense layers; of two values, products.

import { constantOf, countOf, mapped, reshapedConstant, transposed } from '../constant.ts';
import type { Constant } from '../constant.ts';
import type { Flow, Operand } from '../flow.ts';
import { BatchRefusal, refuse } from '../problem.ts';
import type { Importer, Site } from '../site.ts';
import { sum } from './arithmetic.ts';
import { product } from './products.ts';

/** y = alpha · x · w + beta · c; x [N,K] */
const gemm: Importer = (site) => {
  const { attributes } = site;
  const [alpha, beta] = [attributes.float('alpha', 1), attributes.float('beta', 1)];
  const left = attributes.flag('transA', false) ? turned(site, site.flow(0)) : site.flow(0);
  const given = site.operand(1);
  const added = beta === 0 ? undefined : site.optional(2);
  if (given.is === 'flow') {
    const right = attributes.flag('transB', false) ? turned(site, given) : given;
    const result = times(site, product(site, left, right), alpha);
    return [added ? sum(site, result, times(site, added, beta)) : result];
  }
  const matrix = times(site, attributes.flag('transB', false) ? transposed(given, [1, 0]) : given, alpha) as Constant;
  const bias = added && times(site, added, beta);
  const features = matrix.dims[1];
  const isBias =
    bias?.is === 'constant' &&
    (countOf(bias.dims) === 1 || (countOf(bias.dims) === features && bias.dims.at(-1) === features));
  const result = layer(site, left, matrix, isBias ? (bias as Constant) : undefined);
  return [bias && !isBias ? sum(site, result, bias) : result];
};

/** [K,N] → [N,K] */
function turned(site: Site, { value, dims }: Flow): Flow {
  if (site.outer === 1 || dims.length !== 2)
    throw new BatchRefusal(
      'its first matrix is transposed, and the batch with it',
      'export the model with a batch of one image',
    );
  const [rows, columns] = dims as readonly [number, number];
  return site.result(site.helper('transpose', [site.shaped(value, [rows, columns])]), [columns, rows]);
}

function times(site: Site, operand: Operand, factor: number): Operand {
  if (factor === 1) return operand;
  if (operand.is === 'constant') return mapped(operand, (value) => value * factor);
  return site.result(site.helper('times', [operand.value], { factor }), operand.dims);
}

const matMul: Importer = (site) => {
  const [a, b] = [site.operand(0), site.operand(1)];
  if (a.is === 'flow' && b.is === 'constant' && b.dims.length === 2) return [layer(site, a, b, undefined)];
  return [product(site, a, b)];
};

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
