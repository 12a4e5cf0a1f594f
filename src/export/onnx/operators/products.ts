// Dense layers, products of matrices, attention.

import { flagOf, numberOf } from '../../../../compiler/ops/attributes.ts';
import { int, ints } from '../attributes.ts';
import type { Exporter, ExportSite } from '../site.ts';
import { transposed } from '../tensors.ts';

/** Weights [O,I]. Of a list of features Gemm; of tokens MatMul, which takes the weights as [I,O], and a sum. */
const dense: Exporter = (site) => {
  const x = site.operand(0);
  if (site.inputs[0]!.shape.length === 1)
    return site.emit('Gemm', [x, site.parameter('weight'), site.parameter('bias')], { transB: int(1) });
  const [outputs, inputs] = site.parameterShape('weight') as readonly [number, number];
  const weight = site.parameter('weight', {
    key: 'transposed',
    dims: [inputs, outputs],
    arranged: (data) => transposed(data, outputs, inputs),
  });
  const product = site.emit('MatMul', [x, weight]);
  const bias = site.parameter('bias');
  return bias === undefined ? product : site.emit('Add', [product, bias]);
};

const matmul: Exporter = (site) => {
  const matrix = (at: number, isTransposed: boolean): string => {
    const name = site.operand(at);
    return isTransposed ? site.emit('Transpose', [name], { perm: ints([0, 2, 1]) }) : name;
  };
  const { attributes } = site;
  return site.emit('MatMul', [
    matrix(0, flagOf(attributes, 'transpose_a')),
    matrix(1, flagOf(attributes, 'transpose_b')),
  ]);
};

/** softmax(q·kᵀ/√d)·v for each head. q [N,Q,D] · k [N,K,D] · v [N,K,E] → y [N,Q,E] */
const attention: Exporter = (site) => {
  const heads = numberOf(site.attributes, 'heads');
  const [queries, keys, values] = site.inputs.map(({ shape }) => shape) as [
    readonly [number, number],
    readonly [number, number],
    readonly [number, number],
  ];
  const q = inHeads(site, 0, queries, heads, [0, 2, 1, 3]);
  const k = inHeads(site, 1, keys, heads, [0, 2, 3, 1]);
  const v = inHeads(site, 2, values, heads, [0, 2, 1, 3]);
  const factor = site.number('factor', 1 / Math.sqrt(queries[1] / heads));
  const scores = site.emit('Mul', [site.emit('MatMul', [q, k]), factor]);
  const mixed = site.emit('MatMul', [site.emit('Softmax', [scores], { axis: int(-1) }), v]);
  const tokens = site.emit('Transpose', [mixed], { perm: ints([0, 2, 1, 3]) });
  return site.emit('Reshape', [tokens, site.ints('shape', [0, queries[0], values[1]])]);
};

/** [N,L,heads·d] → [N,L,heads,d] → its axes in the order `perm`. */
function inHeads(
  site: ExportSite,
  at: number,
  [length, features]: readonly [number, number],
  heads: number,
  perm: readonly number[],
): string {
  const apart = site.emit('Reshape', [site.operand(at), site.ints('shape', [0, length, heads, features / heads])]);
  return site.emit('Transpose', [apart], { perm: ints(perm) });
}

export const products = { attention, dense, matmul } satisfies Record<string, Exporter>;
