// The channels (or features) in several parts, each a result of its own.

import type { Attributes } from '../ir/graph.ts';
import type { Operator } from '../ir/operator.ts';
import { rangeOfFirst } from '../ir/range.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import { listOf, numberOf } from './attributes.ts';
import { nearestDivisor } from './limits.ts';
import { allocateLike, batchOf } from './tensors.ts';

export const split: Operator = {
  name: 'split',
  summary: 'Divides the channels (or features) into several values.',
  attributes: {
    parts: { type: 'int', default: null, minimum: 1, maximum: 1024, doc: 'How many equal parts.' },
    sizes: { type: 'ints', default: null, doc: 'The channels of each part, instead of `parts`.' },
  },
  constraints: {
    C1: 'exactly one of parts and sizes must be given',
    C2: 'parts must divide the channels',
    C3: 'sizes must be at least 1 each and add up to the channels',
  },
  infer([input], attributes, report) {
    const { shape } = input!;
    const channels = shape[0]!;
    const [byParts, bySizes] = ['parts', 'sizes'].map((name) => isSet(attributes, name));
    if (byParts === bySizes)
      return report('C1', {
        found: byParts ? 'both' : 'neither',
        expected: 'parts: 2 or sizes: [8, 8]',
        attribute: 'parts',
      });
    if (byParts && channels % numberOf(attributes, 'parts') !== 0) {
      const parts = numberOf(attributes, 'parts');
      const suggestion = { attribute: 'parts', value: nearestDivisor(channels, parts) };
      const expected = `a divisor of ${channels}`;
      return report('C2', {
        found: `${channels} channels in ${parts} parts`,
        expected,
        attribute: 'parts',
        suggestion,
      });
    }
    const sizes = sizesOf(attributes, channels);
    const sum = sizes.reduce((total, size) => total + size, 0);
    if (sizes.some((size) => size < 1) || sum !== channels) {
      return report('C3', { found: `${sizes.join(' + ')} = ${sum}`, expected: String(channels), attribute: 'sizes' });
    }
    return sizes.map((size) => ({ ...input!, shape: [size, ...shape.slice(1)] }));
  },
  // x [N?,ΣCᵢ,…] → yᵢ [N?,Cᵢ,…]
  reference([x], attributes, [input]) {
    const inner = sizeOf(input!.shape.slice(1));
    const channels = input!.shape[0]!;
    let start = 0;
    return sizesOf(attributes, channels).map((size) => {
      const y = allocateLike(x!, input!, [size, ...input!.shape.slice(1)]);
      for (let n = 0; n < batchOf(x!, input!); n += 1) {
        const from = (n * channels + start) * inner;
        y.data.set(x!.data.subarray(from, from + size * inner), n * size * inner);
      }
      start += size;
      return y;
    });
  },
  explain: (attributes, [input]) => `${input!.shape[0]} = ${sizesOf(attributes, input!.shape[0]!).join(' + ')}`,
  lowering: { kind: 'view', of: 'parts' },
  gradient: ({ apply, results, upstream }) => [
    apply(
      'concat',
      upstream.map((dy, at) => dy ?? apply('zeros', [results[at]!])),
    ),
  ],
  range: rangeOfFirst,
  unchanged: () => true,
};

function sizesOf(attributes: Attributes, channels: number): readonly number[] {
  if (isSet(attributes, 'sizes')) return listOf(attributes, 'sizes');
  const parts = numberOf(attributes, 'parts');
  return Array.from({ length: parts }, () => channels / parts);
}

const isSet = (attributes: Attributes, name: string): boolean => attributes[name] !== undefined;
