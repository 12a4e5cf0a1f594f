// Which networks a training with cross-entropy takes without their last softmax.

import { expect, test } from 'vitest';
import { endingInScores } from '../../compiler/autodiff/ending-in-scores.ts';
import { trainingStep } from '../../compiler/autodiff/training-step.ts';
import type { Recipe } from '../../compiler/autodiff/recipe.ts';
import { frontend } from '../../compiler/frontend/index.ts';
import { printGraph } from '../../compiler/ir/text.ts';
import { verifyGraph } from '../../compiler/ir/verify.ts';
import { operators } from '../../compiler/ops/index.ts';

const recipe: Recipe = {
  loss: { kind: 'cross_entropy', labelSmoothing: 0 },
  optimizer: { kind: 'sgd', momentum: 0, nesterov: false, decay: 0, decays: 'weights' },
};

function networkOf(tail: string, outputs = 'scores') {
  const text = `network N {\n  input x: [2, 2, 2]\n  flatten\n  ${tail}\n  output ${outputs}\n}`;
  return frontend({ path: 'n.cnn', text }, { operators }).networks[0]!.graph;
}

test.each([
  'scores = dense(3) -> softmax',
  'scores = dense(3) -> log_softmax -> identity',
  'scores = dense(3) -> reshape([3, 1, 1]) -> softmax -> flatten',
  // One token of three features.
  'scores = dense(3) -> reshape([1, 3]) -> softmax -> flatten',
  'scores = dense(3) -> softmax -> dropout(0)',
])('a step takes no softmax: %s', (tail) => {
  const graph = networkOf(tail);
  const scores = endingInScores(graph, operators, 'cross_entropy');
  expect(verifyGraph(scores, operators)).toEqual([]);
  const texts = [scores, trainingStep(graph, operators, recipe)].map((one) => printGraph(one, operators));
  for (const text of texts) expect(text).not.toMatch(/= (log_)?softmax\(/);
});

test.each([
  'scores = dense(3)',
  'scores = dense(3) -> softmax -> sqrt',
  'scores = reshape([2, 4]) -> softmax -> flatten',
])('others stay as they are: %s', (tail) => {
  const graph = networkOf(tail);
  expect(endingInScores(graph, operators, 'cross_entropy')).toBe(graph);
});

test('what something else reads stays for it', () => {
  const graph = networkOf(
    'p = dense(3) -> reshape([3, 1, 1]) -> softmax\n  scores = p -> flatten\n  twice = scores * 2',
    'scores, p, twice',
  );
  const found = endingInScores(graph, operators, 'cross_entropy');
  expect(verifyGraph(found, operators)).toEqual([]);
  expect(printGraph(found, operators).split('\n').slice(5, -2)).toEqual([
    '  %4 = dense(%3, %1, %2) {features=3} : [N,3] as p.dense1',
    '  %5 = reshape(%4) {shape=[3, 1, 1]} : [N,3,1,1] as p.reshape1',
    '  %6 = softmax(%5) : [N,3,1,1] as p.softmax1',
    '  %7 = flatten(%6) : [N,3] as scores',
    '  %8 = flatten(%5) : [N,3] as scores_scores',
    '  %9 = times(%7) {factor=2} : [N,3] as twice',
    '  output scores = %8',
    '  output p = %6',
    '  output twice = %9',
  ]);
});
