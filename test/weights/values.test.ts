// What tensors beside and among the weights may hold, and which of them is suggested for a missing one.

import { expect, test } from 'vitest';
import { matchWeights } from '../../src/weights/match.ts';
import type { WeightTensor } from '../../src/data/weight-tensor.ts';
import { type TensorList, wanted } from './shared.ts';

const network: TensorList = [
  ['dense1.weight', [3, 4]],
  ['dense1.bias', [3]],
];

interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype?: string;
  readonly data?: readonly number[];
}

function match(tensors: readonly Tensor[], mode?: 'order') {
  const list = tensors.map(({ name, shape, dtype = 'F32', data = [0] }): WeightTensor => ({
    name,
    shape,
    dtype,
    data: Float32Array.from(data),
  }));
  const options = { fileName: 'f.safetensors', operators: new Map(), ...(mode && { mode }) };
  return matchWeights({ tensors: list, metadata: new Map() }, wanted(network), options);
}

const weight = { name: 'dense1.weight', shape: [3, 4] };
const bias = { name: 'dense1.bias', shape: [3] };

test.each(['I64', 'U64', 'BOOL', 'F8_E4M3', 'NEW7'])('%s beside the weights is left out with a warning', (dtype) => {
  for (const mode of [undefined, 'order'] as const) {
    const mask = { name: 'attn.mask', shape: [7], dtype };
    for (const tensors of [
      [mask, weight, bias],
      [weight, mask, bias],
      [weight, bias, mask],
    ]) {
      const { weights, diagnostics } = match(tensors, mode);
      expect([...weights!.values()].map(({ name }) => name)).toEqual(['dense1.weight', 'dense1.bias']);
      expect(diagnostics.map(({ code, severity, found }) => [code, severity, found])).toEqual([
        ['weights/extra', 'warning', 'attn.mask'],
      ]);
    }
  }
});

test.each(['I64', 'U8', 'F8_E4M3', 'NEW7'])('%s as a weight is refused with its name', (dtype) => {
  const { weights, diagnostics } = match([weight, { ...bias, dtype }]);
  expect(weights).toBeUndefined();
  expect(diagnostics).toMatchObject([{ code: 'weights/dtype', notes: [`dense1.bias for dense1.bias is ${dtype}`] }]);
});

test('weights that are not finite are a warning with the first names and a count', () => {
  const { weights, diagnostics } = match([
    { ...weight, data: [0, NaN, Infinity, 1] },
    { ...bias, data: [-Infinity] },
  ]);
  expect(weights).toBeDefined();
  expect(diagnostics).toMatchObject([
    {
      code: 'weights/finite',
      severity: 'warning',
      message: 'dense1.weight and 1 other tensor have weights that are NaN or infinite',
      found: '2 of 4 weights that are not finite',
      notes: ['dense1.weight [3, 4]: 2 of 4', 'dense1.bias [3]: 1 of 1'],
    },
  ]);
  expect(match([{ ...weight, data: [1e38, -0] }, bias]).diagnostics).toEqual([]);
});

test('only tensors of the right shape are suggested for a missing one', () => {
  const suggestion = (shape: readonly number[]): unknown =>
    match([weight, { name: 'dense1.bais', shape }]).diagnostics.find(({ code }) => code === 'weights/missing');
  expect(suggestion([3])).toMatchObject({
    notes: ['dense1.bias [3]   dense1.bais?'],
    fixes: [{ message: expect.stringContaining('--match order') as string }],
  });
  expect(suggestion([4])).toMatchObject({
    notes: ['dense1.bias [3]'],
    fixes: [{ message: expect.stringContaining('--map') as string }],
  });
});
