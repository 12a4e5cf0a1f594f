// Words before all names of a file: DataParallel's `module.`, Lightning's `model.`.

import { describe, expect, test } from 'vitest';
import { matchWeights } from '../../src/weights/match.ts';
import { prefixOf } from '../../src/weights/prefix.ts';
import { fileOf, wanted } from './shared.ts';

const named = (...names: readonly string[]) => names.map((name) => ({ name, shape: [2] }));
const net = named('conv1.weight', 'conv1.bias');
const behind = (prefix: string) => net.map(({ name, shape }) => ({ name: prefix + name, shape }));

test.each(['module.', '_orig_mod.', 'model.', 'module.model.', 'a.conv1.'])('%s before every name', (prefix) => {
  expect(prefixOf(net, behind(prefix))).toBe(prefix);
});

test('other tensors may stand beside them', () => {
  expect(prefixOf(net, [...behind('model.'), ...named('loss.weight')])).toBe('model.');
});

describe('no prefix', () => {
  test.each([
    ['where a name is there as it is', [...net, ...behind('module.')]],
    ['where some are missing', behind('module.').slice(1)],
    ['where two would do', [...behind('model.'), ...behind('ema.')]],
    ['that ends within a word', behind('my_')],
    ['where there is nothing', []],
  ])('%s', (_, found) => expect(prefixOf(net, found)).toBe(''));
  test('for a network without weights', () => expect(prefixOf([], behind('module.'))).toBe(''));
});

test('the match has the names of the network, and says what it left out', () => {
  const file = fileOf(behind('module.').map(({ name, shape }) => [name, shape] as const));
  const options = { fileName: 'f.pt', operators: new Map() };
  const result = matchWeights(file, wanted(net.map(({ name, shape }) => [name, shape])), options);
  expect([...result.weights!].map(([name, tensor]) => [name, tensor.name])).toEqual([
    ['conv1.weight', 'module.conv1.weight'],
    ['conv1.bias', 'module.conv1.bias'],
  ]);
  expect(result).toMatchObject({ diagnostics: [], prefix: 'module.', rule: 'tensors by name, after module. in f.pt' });
  const mapped = matchWeights(file, wanted([['a', [2]]]), { ...options, map: 'module.conv1.bias -> a' });
  expect(mapped.weights?.get('a')?.name).toBe('module.conv1.bias');
});
