// The product of two matrices that flow, tokens [length, features]: rows by columns.

import type { Attributes, ValueId } from '../ir/graph.ts';
import type { Operator, Violation } from '../ir/operator.ts';
import { formatShape, sizeOf } from '../ir/tensor-type.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';
import { flagOf } from './attributes.ts';
import { headMixture, headScores, headSpread } from './head-products.ts';
import { isTokens, sentences, withinLimit } from './limits.ts';
import { network } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { allocate, batchOf } from './tensors.ts';
import { unbroadcast } from './unbroadcast.ts';
import { everything } from './window.ts';

export const matmul: Operator = {
  name: 'matmul',
  attributes: {
    transpose_a: { type: 'bool', default: false },
    transpose_b: { type: 'bool', default: false },
  },
  arity: { min: 2, max: 2 },
  constraints: {
    C1: 'the values of `matmul` must be tokens [length, features]',
    C2: 'the rows of the first matrix of `matmul` must be as long as the columns of the second',
    C3: sentences.result('matmul'),
  },
  infer(inputs, attributes, report) {
    const wrong = inputs.findIndex(({ shape }) => !isTokens(shape));
    if (wrong >= 0) return report('C1', notAMatrix(inputs[wrong]!.shape, wrong));
    const { rows, depth, other, columns } = extentsOf(inputs, attributes);
    if (depth !== other) {
      const turned = columns === depth && { attribute: 'transpose_b', value: !flagOf(attributes, 'transpose_b') };
      return report('C2', {
        found: `rows of ${depth}, columns of ${other}`,
        expected: 'the same number',
        ...(turned && { suggestion: turned }),
      });
    }
    const batched = inputs.some((input) => input.batched);
    return withinLimit([{ ...inputs[0]!, shape: [rows, columns], batched }], report, 'C3');
  },
  // a [N,M,K] (or [N,K,M]) · b [N,K,P] (or [N,P,K]) → y [N,M,P]
  reference([a, b], attributes, inputs) {
    const { rows, depth, columns } = extentsOf(inputs, attributes);
    const [left, right] = inputs as [TensorType, TensorType];
    const images = Math.max(batchOf(a!, left), batchOf(b!, right));
    const y = allocate([rows, columns], images, left.batched || right.batched);
    const [down, along] = flagOf(attributes, 'transpose_a') ? [1, rows] : [depth, 1];
    const [deep, across] = flagOf(attributes, 'transpose_b') ? [1, depth] : [columns, 1];
    for (let at = 0; at < y.data.length; at += 1) {
      const [n, row, column] = [Math.floor(at / (rows * columns)), Math.floor(at / columns) % rows, at % columns];
      const from = (left.batched ? n * sizeOf(left.shape) : 0) + row * down;
      const other = (right.batched ? n * sizeOf(right.shape) : 0) + column * across;
      for (let k = 0; k < depth; k += 1) y.data[at]! += a!.data[from + k * along]! * b!.data[other + k * deep]!;
    }
    return [y];
  },
  macs(attributes, inputs) {
    const { rows, depth, columns } = extentsOf(inputs, attributes);
    return rows * depth * columns;
  },
  window: everything,
  explain(attributes, inputs) {
    const { rows, depth, columns } = extentsOf(inputs, attributes);
    return `[${rows}, ${depth}] · [${depth}, ${columns}]`;
  },
  // Images of one row: scores are [keys, heads, queries], here with one head.
  onImages({ apply, attributes, operands: [a, b] }) {
    const [first, second] = [flagOf(attributes, 'transpose_a'), flagOf(attributes, 'transpose_b')];
    if (first && second) return [apply('permute', [apply('head_mixture', [b!, a!])], { order: 'whc' })];
    return [apply(first ? 'head_spread' : second ? 'head_scores' : 'head_mixture', [a!, b!])];
  },
  companions: [headScores, headMixture, headSpread],
  gradient(site) {
    const { apply, attributes, operands, upstream, typeOf } = site;
    const [a, b] = operands as readonly [ValueId, ValueId];
    const dy = upstream[0]!;
    const [first, second] = [flagOf(attributes, 'transpose_a'), flagOf(attributes, 'transpose_b')];
    const product = (left: ValueId, right: ValueId, transpose_a: boolean, transpose_b: boolean): ValueId =>
      apply('matmul', [left, right], { transpose_a, transpose_b });
    const da = first ? product(b, dy, second, true) : product(dy, b, false, !second);
    const db = second ? product(dy, a, true, first) : product(a, dy, !first, false);
    return [unbroadcast(site, da, typeOf(a)), unbroadcast(site, db, typeOf(b))];
  },
  elsewhere: {
    PyTorch: {
      bmm: { differs: 'it multiplies the flowing value by the one given, image by image: matmul(b)' },
    },
    Keras: {
      Dot: { differs: 'it multiplies the flowing value by the one given: matmul(b), matmul(b, transpose_b: true)' },
    },
    ONNX: {
      MatMul: {
        differs: 'it multiplies the flowing value by the one given: matmul(b); a matrix that is learned is dense(10)',
      },
    },
  },
};

/** Examples of its rules. */
export const matmulExamples: RuleExamples = () => ({
  C1: {
    explanation: 'Matrices are [length, features]; `tokens` makes one of an image.',
    bad: network('[4, 8, 8]', 'relu -> matmul(x)'),
    good: network('[4, 8, 8]', 't = tokens', 't -> matmul(t, transpose_b: true)'),
  },
  C2: {
    explanation: 'A number of the result is a row of the first matrix times a column of the second.',
    bad: network('[6, 4]', 'relu -> matmul(x)'),
    good: network('[6, 4]', 'relu -> matmul(x, transpose_b: true)'),
  },
  C3: {
    explanation: 'Results are addressed with 32-bit numbers. It is reported as limit/elements.',
    bad: network('[65536, 1]', 'relu -> matmul(x, transpose_b: true)'),
    good: network('[65536, 1]', 'relu -> matmul(x, transpose_a: true)'),
    reportedAs: 'limit/elements',
  },
});

function extentsOf(inputs: readonly TensorType[], attributes: Attributes) {
  const [left, right] = inputs.map(({ shape }) => shape) as [Shape, Shape];
  const [rows, depth] = flagOf(attributes, 'transpose_a') ? left.toReversed() : left;
  const [other, columns] = flagOf(attributes, 'transpose_b') ? right.toReversed() : right;
  return { rows: rows!, depth: depth!, other: other!, columns: columns! };
}

const notAMatrix = (shape: Shape, operand: number): Violation => ({
  found: formatShape(shape),
  expected: '[length, features]',
  operand,
  remedy: `${shape.length === 3 ? '`tokens`' : '`reshape([…, …])`'} before \`matmul\`, for each value that has another shape`,
});
