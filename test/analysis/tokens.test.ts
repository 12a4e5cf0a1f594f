// What tokens see: a dense layer of each token only that token, attention all of them, whatever the map was before.

import { expect, test } from 'vitest';
import { receptiveFields } from '../../compiler/analysis/receptive-field.ts';
import { costOf } from '../../compiler/analysis/cost.ts';
import { operators } from '../../compiler/ops/index.ts';
import { graphOf } from '../support/pass.ts';

const graph = graphOf(`
  %0 = input x : [N,3,32,48]
  %1 = parameter patches.weight : [8,3,16,16] he(768, 8)
  %2 = parameter mlp.weight : [8,8] he(8, 8)
  %3 = conv(%0, %1) {channels=8, kernel=16, stride=16, bias=false} as patches
  %4 = tokens(%3) as tokens
  %5 = dense(%4, %2) {features=8, bias=false} as mlp
  %6 = attention(%5, %5, %5) {heads=2} as attention
  %7 = to_image(%5) {size=[2, 3]} as image
  output a = %6
  output b = %7
`);

test('tokens see what their pixels did, and attention mixes all of them', () => {
  const fields = receptiveFields(graph, operators);
  const patch = { size: [16, 16], jump: [16, 16], start: [0, 0] };
  for (const value of [3, 4, 5, 7]) expect(fields.get(value), `%${value}`).toEqual(patch);
  expect(fields.get(6)).toEqual({ size: [32, 48], jump: [0, 0], start: [0, 0] });
});

// 6 tokens: 6 · 8 · 768 for the patches, 6 · 8 · 8 for the layer, 2 · 6 · 6 · 8 for the two products of attention.
test('their cost is counted by token, and by pair of tokens', () => {
  const { nodes } = costOf(graph, operators);
  expect(['patches', 'mlp', 'attention'].map((name) => nodes.get(name)!.macs)).toEqual([36_864, 384, 576]);
});
