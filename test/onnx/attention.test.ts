// Attention as exporters write it, with one head and with several, and what differs from it in one place.

import { describe, expect, test } from 'vitest';
import { importOnnx } from '../../src/onnx/index.ts';
import { runOracle } from '../support/executors.ts';
import { dataTypes } from '../../src/onnx/file/messages.ts';
import { border, floats, ints, modelBytes, node } from './models.ts';
import type { TensorInit } from './models.ts';

type NodeSettings = NonNullable<Parameters<typeof node>[3]>;

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

/** The node of operator set 23 on [n,heads,L,d], or [n,L,heads·d] where heads are attributes. */
function attend(shape: readonly number[], settings: NodeSettings = {}, mask?: TensorInit) {
  const [keys, names] = [shape.map((extent, axis) => (axis === shape.length - 2 ? 3 : extent)), ['q', 'k', 'v']];
  return importOnnx(
    modelBytes(
      {
        name: 'a',
        input: names.map((name) => border(name, ['n', ...(name === 'q' ? shape : keys)])),
        output: [{ name: 'y' }],
        initializer: mask ? [mask] : [],
        node: [node('Attention', mask ? ['q', 'k', 'v', 'm'] : ['q', 'k', 'v'], ['y'], settings)],
      },
      { opsetImport: [{ domain: '', version: 23n }] } as never,
    ),
  );
}

const numbers = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, at) => Math.sin(seed + 2 * at));
const [q, k, v] = [numbers(16, 1), numbers(24, 2), numbers(24, 3)];

/** softmax(q·kᵀ·scale + mask)·v of two heads of four features, whose rows begin where `at` says; 0 where all keys are hidden. */
function expected(
  at: (head: number, row: number) => number,
  scale: number,
  mask: (row: number, key: number) => number,
) {
  const y = Array<number>(16).fill(0);
  for (const head of [0, 1])
    for (const row of [0, 1]) {
      const scores = [0, 1, 2].map((key) => {
        const products = [0, 1, 2, 3].map((d) => q[at(head, row) + d]! * k[offset(at, head, key) + d]!);
        return Math.exp(products.reduce((sum, one) => sum + one) * scale + mask(row, key));
      });
      const total = scores.reduce((sum, one) => sum + one);
      for (const d of [0, 1, 2, 3])
        y[at(head, row) + d] = scores.reduce(
          (sum, score, key) => sum + (total === 0 ? 0 : score / total) * v[offset(at, head, key) + d]!,
          0,
        );
    }
  return y;
}
/** Keys are three, so that heads that are apart lie further away. */
const offset = (at: (head: number, row: number) => number, head: number, key: number): number =>
  at === apart ? 12 * head + 4 * key : at(head, key);
const apart = (head: number, row: number): number => 8 * head + 4 * row;
const together = (head: number, row: number): number => 8 * row + 4 * head;

describe('the operator Attention', () => {
  const heads = { q_num_heads: 2, kv_num_heads: 2 };
  const added = floats('m', [2, 3], [0, 1, -1, 0.5, 0, 2]);
  const bools = (int32Data: number[]) => ({ name: 'm', dims: [2n, 3n], dataType: dataTypes.bool, int32Data });
  const [hidden, none, late] = [
    [1, 0, 1, 1, 1, 0],
    [1, 0, 1, 0, 0, 0],
    [0, 1, 1, 0, 1, 1],
  ].map(bools);
  test.each([
    ['of heads that are apart', [2, 2, 4], {}, undefined, apart, 0.5, () => 0],
    ['of heads that are together', [2, 8], heads, undefined, together, 0.5, () => 0],
    ['with a scale', [2, 8], { ...heads, scale: 0.25 }, undefined, together, 0.25, () => 0],
    ['that looks back', [2, 2, 4], { is_causal: 1 }, undefined, apart, 0.5, (row, key) => (key > row ? -Infinity : 0)],
    ['with what is added', [2, 2, 4], {}, added, apart, 0.5, (row, key) => added.floatData![3 * row + key]!],
    [
      'with a mask',
      [2, 8],
      heads,
      hidden,
      together,
      0.5,
      (row, key) => (hidden!.int32Data[3 * row + key] ? 0 : -Infinity),
    ],
    [
      'with a mask that hides all keys of a query',
      [2, 2, 4],
      {},
      none,
      apart,
      0.5,
      (row, key) => (none!.int32Data[3 * row + key] ? 0 : -Infinity),
    ],
    [
      'that looks back, and whose mask hides what there is',
      [2, 2, 4],
      { is_causal: 1 },
      late,
      apart,
      0.5,
      (row, key) => (late!.int32Data[3 * row + key] && key <= row ? 0 : -Infinity),
    ],
  ] as const satisfies readonly (readonly [
    string,
    readonly number[],
    NodeSettings,
    TensorInit | undefined,
    typeof apart,
    number,
    (row: number, key: number) => number,
  ])[])('%s', (_, shape, settings, mask, at, scale, added) => {
    const found = attend(shape, settings, mask);
    if ('problems' in found) throw new Error(JSON.stringify(found.problems));
    const inputs = new Map(Object.entries({ q, k, v }));
    const parameters = new Map([...found.weights].map(([name, { data }]) => [name, data]));
    const [y] = runOracle(found.network.graph, { inputs, parameters, batch: 1 }).outputs.values();
    for (const [index, value] of expected(at, scale, added).entries()) expect(y![index]).toBeCloseTo(value, 9);
  });

  test('with a mask that is computed', () => {
    const found = importOnnx(
      modelBytes(
        {
          name: 'a',
          input: [
            border('q', ['n', 2, 2, 4]),
            ...['k', 'v'].map((name) => border(name, ['n', 2, 3, 4])),
            border('x', ['n', 1, 2, 3]),
          ],
          output: [{ name: 'y' }],
          initializer: [floats('half', [], [0.5])],
          node: [
            node('Greater', ['x', 'half'], ['m']),
            node('Attention', ['q', 'k', 'v', 'm'], ['y'], { is_causal: 1 }),
          ],
        },
        { opsetImport: [{ domain: '', version: 23n }] } as never,
      ),
    );
    if ('problems' in found) throw new Error(JSON.stringify(found.problems));
    const inputs = new Map(Object.entries({ q, k, v, x: Float32Array.from(late!.int32Data) }));
    const parameters = new Map([...found.weights].map(([name, { data }]) => [name, data]));
    const [y] = runOracle(found.network.graph, { inputs, parameters, batch: 1 }).outputs.values();
    const mask = (row: number, key: number) => (late!.int32Data[3 * row + key] && key <= row ? 0 : -Infinity);
    for (const [index, value] of expected(apart, 0.5, mask).entries()) expect(y![index]).toBeCloseTo(value, 9);
  });

  test('of heads that are together is one step', () => {
    const found = attend([2, 8], heads);
    expect('network' in found && found.network.graph.nodes.filter(({ op }) => op !== 'reshape')).toMatchObject([
      { op: 'attention', attributes: { heads: 2 } },
    ]);
  });

  test.each([
    [[2, 8], {}, 'it has no q_num_heads'],
    [[2, 8], { q_num_heads: 4, kv_num_heads: 2 }, 'it has 2 heads of keys for 4 of queries'],
    [[2, 8], { q_num_heads: 3, kv_num_heads: 3 }, 'it has 3 heads for 8 features'],
    [[2, 2, 4], { softcap: { float: 2 } }, 'it caps its scores (softcap)'],
    [[8], {}, 'its operands have 2, 2, 2 axes, expected 3 or 4'],
  ] as const)('refused: %j %j', (shape, settings, what) => {
    expect(attend(shape, settings)).toMatchObject({ problems: [{ what }] });
  });
});
