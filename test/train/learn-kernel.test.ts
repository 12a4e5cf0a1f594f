// Learning a kernel from data, as in D2L 7.2.4: the edge detector [1, −1], from one picture and its edges, by full steps of rate 0.03 on
// the sum of squared errors. It has a closed form: with d = w − [1, −1] the loss is dᵀ G d for G = [[18, 12], [12, 18]], and a step
// multiplies (d₁ + d₂)/2 by −0.8 and (d₁ − d₂)/2 by 0.64.

import { describe, expect, test } from 'vitest';
import type { Recipe } from '../../compiler/autodiff/recipe.ts';
import { compileStep } from '../../compiler/index.ts';
import { graphBuilder } from '../../compiler/ir/builder.ts';
import { operators } from '../../compiler/ops/index.ts';
import { loadTrainer } from '../../src/train/trainer.ts';

const recipe: Recipe = {
  loss: { kind: 'mean_squared_error', reduction: 'sum' },
  optimizer: { kind: 'sgd', momentum: 0, nesterov: false, decay: 0, decays: 'weights' },
};

function layer(mode: 'cross_correlation' | 'convolution') {
  const g = graphBuilder('LearnKernel', operators, 'train');
  const image = g.input('image', [1, 6, 8]);
  const attributes = { channels: 1, kernel: [1, 2], bias: false, mode };
  g.output('edges', g.node({ op: 'conv', name: 'conv', inputs: [image], attributes })[0]);
  return g.finish();
}

const rows = (row: readonly number[]): Float32Array => Float32Array.from(Array.from({ length: 6 }, () => row).flat());
const image = rows([1, 1, 0, 0, 0, 0, 1, 1]);
const edges = rows([0, 1, 0, 0, 0, -1, 0]);

/** Losses, each before its step, and the weights after all. */
async function learn(
  mode: 'cross_correlation' | 'convolution',
  start: readonly [number, number],
  target: 'js' | 'wasm',
) {
  const trainer = await loadTrainer(compileStep({ graph: layer(mode) }, recipe, { target }), { maxBatch: 1, seed: 0 });
  const [weight] = trainer.states;
  weight!.write(Float32Array.from(start));
  const losses: number[] = [];
  for (let step = 0; step < 10; step += 1) losses.push((await trainer.step(image, edges, 0.03, step)).loss);
  const learned = [...weight!.read()];
  trainer.close();
  return { losses, learned };
}

describe.each(['js', 'wasm'] as const)('%s', (target) => {
  test.each([
    [0, 0],
    [0.5, 0.25],
    [-1.5, 2],
  ] as const)('from [%d, %d], losses and weights are those of the closed form', async (first, second) => {
    const { losses, learned } = await learn('cross_correlation', [first, second], target);
    let [s, t] = [(first - 1 + second + 1) / 2, (first - 1 - second - 1) / 2];
    for (const loss of losses) {
      const exact = 60 * s * s + 12 * t * t;
      expect(Math.abs(loss - exact)).toBeLessThanOrEqual(1e-6 * Math.max(1, exact));
      [s, t] = [s * -0.8, t * 0.64];
    }
    expect(learned[0]).toBeCloseTo(1 + s + t, 6);
    expect(learned[1]).toBeCloseTo(-1 + s - t, 6);
  });

  test('a strict convolution learns the flipped kernel, to the last bit', async () => {
    const plain = await learn('cross_correlation', [0.5, 0.25], target);
    const flipped = await learn('convolution', [0.25, 0.5], target);
    expect(flipped.losses).toEqual(plain.losses);
    expect(flipped.learned).toEqual(plain.learned.toReversed());
  });
});
