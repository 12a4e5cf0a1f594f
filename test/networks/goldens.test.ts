// The example networks are PyTorch's: the same tensors in the same order, the same layers, counts and results.

import { describe, expect, test } from 'vitest';
import { typeOf } from '../../compiler/ir/signature.ts';
import { countsOf } from '../support/examples.ts';
import { assignByOrder, oracleNames } from '../support/oracle.ts';
import { buildOracle, expectOutput, layersOf, oracleLayers } from './goldens.ts';

describe.each(oracleNames)('%s', (name) => {
  const { graph, oracle } = buildOracle(name);

  test('has the parameters and MACs', () => {
    expect(countsOf(graph)).toMatchObject({ parameters: oracle.params, macs: oracle.macs });
  });

  test('has the tensors in order', () => {
    const parts = (tensors: readonly (readonly [string, readonly number[]])[]) =>
      tensors.map(([tensor, shape]) => [tensor.slice(tensor.lastIndexOf('.') + 1), ...shape].join(' '));
    const ours = graph.parameters.map((one) => [one.name, typeOf(graph, one.value).shape] as const);
    expect(parts(ours)).toEqual(parts(oracle.tensors));
  });

  test('has the layers in order', () => {
    expect(layersOf(graph)).toEqual(oracleLayers(oracle));
  });
});

test.each(['lenet', 'lenet_bn', 'densenet_d2l', 'googlenet_d2l', 'resnet18_d2l'] as const)(
  '%s computes what PyTorch computes',
  { timeout: 60_000 },
  expectOutput,
);

test('a graph with other shapes is not paired', () => {
  const { oracle } = buildOracle('lenet');
  expect(() => assignByOrder(buildOracle('lenet_bn').graph, oracle)).toThrow(
    'tensor 2: batch_norm1.weight [6] meets 3.weight [16, 6, 5, 5] of lenet',
  );
});
