// The channels (or features), or another axis, in several parts, each a result of its own.

import type { Attributes } from '../ir/graph.ts';
import type { Operator } from '../ir/operator.ts';
import { rangeOfFirst } from '../ir/range.ts';
import { sizeOf } from '../ir/tensor-type.ts';
import { alongAxis, alongSpec, noSuchAxis, withOneName } from './axes.ts';
import { listOf, numberOf, wordOf } from './attributes.ts';
import { nearestDivisor } from './limits.ts';
import { network } from './rule-example.ts';
import type { RuleExamples } from './rule-example.ts';
import { allocateLike, batchOf } from './tensors.ts';

export const split: Operator = {
  name: 'split',
  attributes: {
    parts: { type: 'int', default: null, minimum: 1, maximum: 1024 },
    sizes: { type: 'ints', default: null },
    along: alongSpec,
  },
  constraints: {
    C1: 'exactly one of parts and sizes must be given',
    C2: 'parts must divide the channels, or the axis that `along` names',
    C3: 'sizes must be at least 1 each and add up to the channels, or to the axis that `along` names',
    C4: 'the input of `split` must have the axis that is divided',
  },
  canonical: (attributes) => withOneName(attributes),
  infer([input], attributes, report) {
    const { shape } = input!;
    const axis = alongAxis(input!, attributes);
    if (axis === undefined) return report('C4', noSuchAxis(shape, wordOf(attributes, 'along'), 'along'));
    const extent = shape[axis]!;
    const word = wordOf(attributes, 'along');
    const [byParts, bySizes] = ['parts', 'sizes'].map((name) => isSet(attributes, name));
    if (byParts === bySizes)
      return report('C1', {
        found: byParts ? 'both' : 'neither',
        expected: 'parts: 2 or sizes: [8, 8]',
        remedy: `${byParts ? 'leave out' : 'give'} \`parts\` or \`sizes\``,
      });
    if (byParts && extent % numberOf(attributes, 'parts') !== 0) {
      const parts = numberOf(attributes, 'parts');
      const suggestion = { attribute: 'parts', value: nearestDivisor(extent, parts) };
      const expected = `a divisor of ${extent}`;
      return report('C2', {
        found: `${extent} ${word === 'channels' ? word : `along ${word}`} in ${parts} parts`,
        expected,
        attribute: 'parts',
        suggestion,
      });
    }
    const sizes = sizesOf(attributes, extent);
    const sum = sizes.reduce((total, size) => total + size, 0);
    if (sizes.some((size) => size < 1) || sum !== extent) {
      const expected = sum === extent ? 'sizes of at least 1' : String(extent);
      return report('C3', { found: `${sizes.join(' + ')} = ${sum}`, expected, attribute: 'sizes' });
    }
    return sizes.map((size) => ({ ...input!, shape: shape.with(axis, size) }));
  },
  // x [N?,…,ΣCᵢ,…] → yᵢ [N?,…,Cᵢ,…]
  reference([x], attributes, [input]) {
    const { shape } = input!;
    const axis = alongAxis(input!, attributes)!;
    const rows = batchOf(x!, input!) * sizeOf(shape.slice(0, axis));
    const run = sizeOf(shape.slice(axis));
    let start = 0;
    return sizesOf(attributes, shape[axis]!).map((size) => {
      const y = allocateLike(x!, input!, shape.with(axis, size));
      const length = (run / shape[axis]!) * size;
      for (let row = 0; row < rows; row += 1) {
        y.data.set(x!.data.subarray(row * run + start, row * run + start + length), row * length);
      }
      start += length;
      return y;
    });
  },
  explain(attributes, [input]) {
    const extent = input!.shape[alongAxis(input!, attributes)!]!;
    return `${extent} = ${sizesOf(attributes, extent).join(' + ')}`;
  },
  lowering: { kind: 'view', of: 'parts' },
  takes: () => 'moves',
  gradient: ({ apply, attributes, results, upstream }) => [
    apply(
      'concat',
      upstream.map((dy, at) => dy ?? apply('zeros', [results[at]!])),
      { along: attributes['along']! },
    ),
  ],
  range: rangeOfFirst,
  unchanged: () => true,
};

/** Examples of its rules. */
export const splitExamples: RuleExamples = () => ({
  C1: {
    explanation: 'It divides the channels into equal parts, or into parts of the sizes given.',
    bad: network('[8, 4, 4]', 'a, b = split', 'a -> add(b)'),
    good: network('[8, 4, 4]', 'a, b = split(2)', 'a -> add(b)'),
  },
  C2: {
    explanation: 'All parts have the same number of channels; `sizes` gives them different ones.',
    bad: network('[8, 4, 4]', 'a, b, c = split(3)', 'concat(a, b, c)'),
    good: network('[8, 4, 4]', 'a, b, c = split(sizes: [3, 3, 2])', 'concat(a, b, c)'),
  },
  C3: {
    explanation: 'Every channel goes into one part, and no part is empty.',
    bad: network('[8, 4, 4]', 'a, b = split(sizes: [4, 2])', 'concat(a, b)'),
    good: network('[8, 4, 4]', 'a, b = split(sizes: [6, 2])', 'concat(a, b)'),
  },
  C4: {
    explanation: 'Images have channels, height and width, tokens length and features, flat values features.',
    bad: network('[8]', 'a, b = split(2, along: height)', 'a -> add(b)'),
    good: network('[8]', 'a, b = split(2)', 'a -> add(b)'),
  },
});

function sizesOf(attributes: Attributes, extent: number): readonly number[] {
  if (isSet(attributes, 'sizes')) return listOf(attributes, 'sizes');
  const parts = numberOf(attributes, 'parts');
  return Array.from({ length: parts }, () => extent / parts);
}

const isSet = (attributes: Attributes, name: string): boolean => attributes[name] !== undefined;
