// Scaled dot-product attention: softmax(q·kᵀ/√d)·v, for each head its part of the features (Vaswani et al., 2017).

import type { ValueId } from '../ir/graph.ts';
import type { Operator, StepBuilder, Tensor } from '../ir/operator.ts';
import { formatShape, sizeOf } from '../ir/tensor-type.ts';
import type { Shape, TensorType } from '../ir/tensor-type.ts';
import { numberOf } from './attributes.ts';
import { greatestCommonDivisor, isTokens, nearestDivisor, sentences, withinLimit } from './limits.ts';
import { network, step } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { allocate, batchOf } from './tensors.ts';
import { unbroadcast } from './unbroadcast.ts';
import { everything } from './window.ts';

const written =
  'its layers are written: q, k, v = dense(3 * 192) -> split(3), then q -> attention(k, v, heads: 3) -> dense(192)';

export const attention: Operator = {
  name: 'attention',
  attributes: {
    heads: { type: 'int', default: 1, minimum: 1 },
  },
  arity: { min: 3, max: 3 },
  constraints: {
    C1: 'queries, keys and values of `attention` must be tokens [length, features]',
    C2: 'keys of `attention` must have as many features as queries',
    C3: 'there must be as many values as keys of `attention`',
    C4: 'the heads of `attention` must divide the features of queries and values',
    C5: sentences.size('attention'),
  },
  infer(inputs, attributes, report) {
    const wrong = inputs.findIndex(({ shape }) => !isTokens(shape));
    if (wrong >= 0) {
      const { shape } = inputs[wrong]!;
      const isFirstImage = wrong === 0 && shape.length === 3;
      return report('C1', {
        found: formatShape(shape),
        expected: '[length, features]',
        ...(isFirstImage ? { insertBefore: 'tokens' } : { operand: wrong }),
      });
    }
    const { queries, features, keys, compared, count, valued } = extentsOf(inputs);
    if (compared !== features) return report('C2', { found: `${compared}`, expected: `${features}`, operand: 1 });
    if (count !== keys) return report('C3', { found: `${count}`, expected: `${keys}`, operand: 2 });
    const heads = numberOf(attributes, 'heads');
    const uneven = [features, valued].find((extent) => extent % heads !== 0);
    if (uneven !== undefined) {
      const common = greatestCommonDivisor(features, valued);
      return report('C4', {
        found: `${uneven} features for ${heads} heads`,
        expected: `a divisor of ${common}`,
        attribute: 'heads',
        suggestion: { attribute: 'heads', value: nearestDivisor(common, heads) },
      });
    }
    const batched = inputs.some((input) => input.batched);
    return withinLimit([{ ...inputs[0]!, shape: [queries, valued], batched }], report, 'C5', [keys, heads, queries]);
  },
  // q [N,Q,D] · k [N,K,D] · v [N,K,E] → y [N,Q,E]
  reference(operands, attributes, inputs) {
    const heads = numberOf(attributes, 'heads');
    const { queries, features, keys, valued } = extentsOf(inputs);
    const batched = inputs.some((input) => input.batched);
    const images = Math.max(...operands.map((operand, at) => batchOf(operand, inputs[at]!)));
    const y = allocate([queries, valued], images, batched);
    const [depth, width] = [features / heads, valued / heads];
    for (let row = 0; row < images * queries * heads; row += 1) {
      const [n, query, head] = [Math.floor(row / (queries * heads)), Math.floor(row / heads) % queries, row % heads];
      const [q, k, v] = operands.map((operand, at) => imageOf(operand, inputs[at]!, n)) as [
        Float64Array,
        Float64Array,
        Float64Array,
      ];
      const from = query * features + head * depth;
      const scores = Array.from({ length: keys }, (_, key) => {
        let sum = 0;
        for (let d = 0; d < depth; d += 1) sum += q[from + d]! * k[key * features + head * depth + d]!;
        return factorOf([queries, features], heads) * sum;
      });
      const weights = softmaxOf(scores);
      for (let column = head * width; column < (head + 1) * width; column += 1) {
        const sum = weights.reduce((total, weight, key) => total + weight * v[key * valued + column]!, 0);
        y.data[(n * queries + query) * valued + column] = sum;
      }
    }
    return [y];
  },
  // Each query with each key, and each score with each feature of a head's values.
  macs(_, inputs) {
    const { queries, features, keys, valued } = extentsOf(inputs);
    return queries * keys * (features + valued);
  },
  window: everything,
  describe(attributes) {
    const heads = numberOf(attributes, 'heads');
    return `attention ${heads} ${heads === 1 ? 'head' : 'heads'}`;
  },
  onImages({ apply, attributes, operands: [q, k, v], inputs: [queries] }) {
    const heads = numberOf(attributes, 'heads');
    return [apply('head_mixture', [weightsOf(apply, q!, k!, queries!.shape, heads), v!], { heads })];
  },
  gradient(site) {
    const { apply, attributes, operands, upstream, typeOf } = site;
    const heads = numberOf(attributes, 'heads');
    const asRow = (value: ValueId): ValueId => apply('to_image', [value], { size: [1, typeOf(value).shape[0]!] });
    const [q, k, v, dy] = [...operands, upstream[0]!].map(asRow) as [ValueId, ValueId, ValueId, ValueId];
    const { shape } = typeOf(operands[0]!);
    const product = { heads, factor: factorOf(shape, heads) };
    const weights = weightsOf(apply, q, k, shape, heads);
    const ds = apply('softmax_gradient', [apply('head_scores', [dy, v], { heads }), weights]);
    return [
      apply('head_mixture', [ds, k], product),
      apply('head_spread', [ds, q], product),
      apply('head_spread', [weights, dy], { heads }),
    ].map((row, at) => unbroadcast(site, apply('tokens', [row]), typeOf(operands[at]!)));
  },
  elsewhere: {
    PyTorch: {
      scaled_dot_product_attention: {
        differs: 'queries flow: q -> attention(k, v, heads: 8), the heads being parts of the features',
      },
      MultiheadAttention: {
        differs: written,
      },
    },
    Keras: {
      MultiHeadAttention: {
        differs: written,
      },
    },
  },
};

/** Examples of its rules. */
export const attentionExamples: RuleExamples = () => ({
  C1: {
    explanation: 'Attention is among tokens; `tokens` makes one of each pixel of an image.',
    bad: network('[4, 8, 8]', 'relu -> attention(x, x)'),
    good: network('[4, 8, 8]', 't = tokens', 't -> attention(t, t)'),
  },
  C2: {
    explanation: 'A score is the product of a query and a key, number by number.',
    bad: network('[16, 4]', 'dense(8) -> attention(x, x)'),
    good: network('[16, 4]', 'dense(4) -> attention(x, x)'),
  },
  C3: {
    explanation: 'Each key stands for one value.',
    bad: network('[4, 4, 4]', 't = tokens', 'u = x -> max_pool(2) -> tokens', 't -> attention(t, u)'),
    good: network('[4, 4, 4]', 't = tokens', 'u = x -> max_pool(2) -> tokens', 't -> attention(u, u)'),
  },
  C4: step(
    'Every head has the same number of features.',
    '[16, 8]',
    'relu -> attention(x, x, heads: 3)',
    'relu -> attention(x, x, heads: 4)',
  ),
  C5: {
    explanation: 'The scores of all heads are kept at once. It is reported as limit/elements.',
    bad: network('[65536, 4]', 'relu -> attention(x, x)'),
    good: network('[4096, 4]', 'relu -> attention(x, x)'),
    reportedAs: 'limit/elements',
  },
});

function extentsOf(inputs: readonly TensorType[]) {
  const [[queries, features], [keys, compared], [count, valued]] = inputs.map(({ shape }) => shape) as [
    [number, number],
    [number, number],
    [number, number],
  ];
  return { queries, features, keys, compared, count, valued };
}

/** 1/√d for the d features of a head of queries [Q,D]. */
const factorOf = ([, features]: Shape, heads: number): number => 1 / Math.sqrt(features! / heads);

/** The softmax of the scores of queries and keys as images [D,1,…]: [K,H,Q]. */
function weightsOf(apply: StepBuilder['apply'], q: ValueId, k: ValueId, queries: Shape, heads: number): ValueId {
  return apply('softmax', [apply('head_scores', [q, k], { heads, factor: factorOf(queries, heads) })]);
}

function softmaxOf(scores: readonly number[]): readonly number[] {
  const largest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  const powers = scores.map((score) => Math.exp(score - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** One image's part of an operand; all of one that has no batch axis. */
function imageOf({ data }: Tensor, { shape, batched }: TensorType, image: number): Float64Array {
  const size = sizeOf(shape);
  return batched ? data.subarray(image * size, (image + 1) * size) : data;
}
