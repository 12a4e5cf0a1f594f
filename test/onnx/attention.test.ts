// Attention as exporters write it, with one head and with several, and what differs from it in one place.

import { describe, expect, test } from 'vitest';
import { importOnnx } from '../../src/onnx/index.ts';
import { border, floats, ints, modelBytes, node } from './models.ts';

interface Written {
  readonly heads: number;
  readonly factor?: number;
  readonly keys?: readonly number[];
  readonly mixed?: readonly number[];
  readonly axis?: number;
  /** Queries are divided by √d before, and scores are not. */
  readonly before?: true;
}

/** softmax(q·kᵀ/√d)·v of 4 queries and 6 keys of 8 features. */
function opsOf({
  heads,
  factor = Math.sqrt(8 / heads),
  keys = [0, 2, 3, 1],
  mixed = [0, 2, 1, 3],
  axis = 3,
  before,
}: Written) {
  const apart = (name: string, length: number, perm: readonly number[]) => [
    node('Reshape', [name, `${length}`], [`${name}1`]),
    node('Transpose', [`${name}1`], [`${name}2`], { perm }),
  ];
  const imported = importOnnx(
    modelBytes({
      name: 'a',
      input: [border('x', ['n', 4, 8]), border('k', ['n', 6, 8]), border('v', ['n', 6, 8])],
      output: [border('y', ['n', 4, 8])],
      initializer: [
        floats('root', [], [factor]),
        ...[4, 6].map((length) => ints(`${length}`, [0, length, heads, 8 / heads])),
        ints('together', [0, 4, 8]),
      ],
      node: [
        node(before ? 'Div' : 'Identity', before ? ['x', 'root'] : ['x'], ['q']),
        ...apart('q', 4, [0, 2, 1, 3]),
        ...apart('k', 6, keys),
        ...apart('v', 6, [0, 2, 1, 3]),
        node('MatMul', ['q2', 'k2'], ['scores']),
        node(before ? 'Identity' : 'Div', before ? ['scores'] : ['scores', 'root'], ['scaled']),
        node('Softmax', ['scaled'], ['weights'], { axis }),
        node('MatMul', ['weights', 'v2'], ['heads']),
        node('Transpose', ['heads'], ['turned'], { perm: mixed }),
        node('Reshape', ['turned', 'together'], ['y']),
      ],
    }),
  );
  if ('problems' in imported) throw new Error(JSON.stringify(imported.problems));
  return imported.network.graph.nodes.filter(({ op }) => op !== 'reshape');
}

const names = (written: Written): readonly string[] => opsOf(written).map(({ op }) => op);

describe('is one node', () => {
  test.each([1, 2, 4])('with %i heads', (heads) => {
    expect(opsOf({ heads })).toMatchObject([{ op: 'attention', attributes: { heads } }]);
  });
  test('where queries are divided before', () => expect(names({ heads: 2, before: true })).toEqual(['attention']));
  test('and a product where scores are divided by another number', () => {
    expect(opsOf({ heads: 2, factor: 1 })).toMatchObject([
      { op: 'times', attributes: { factor: 2 } },
      { op: 'attention' },
    ]);
  });
});

describe('is no attention', () => {
  test('where queries compete for keys', () => expect(names({ heads: 2, axis: 2 })).not.toContain('attention'));
  test('where heads compete', () => expect(names({ heads: 2, axis: 1 })).not.toContain('attention'));
  test('where the result stays apart', () =>
    expect(names({ heads: 2, mixed: [0, 1, 2, 3] })).not.toContain('attention'));
});
