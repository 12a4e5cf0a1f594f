// The bits of a training do not depend on the number of threads.

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Recipe } from '../../compiler/autodiff/recipe.ts';
import { compileStep } from '../../compiler/index.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { loadTrainer } from '../../src/train/trainer.ts';
import { numbersFrom } from '../support/step.ts';
import { trainedNetworks } from '../support/trained-networks.ts';

const recipe: Recipe = {
  loss: { kind: 'cross_entropy', labelSmoothing: 0 },
  optimizer: { kind: 'sgd', momentum: 0.9, nesterov: false, decay: 0.001, decays: 'weights' },
};

/** SHA-256 of all states after some steps, whose batches have different numbers of images, with so many threads. */
async function trained(network: ReturnType<typeof trainedNetworks>[number], threads: number): Promise<string> {
  const step = compileStep({ graph: network }, recipe, { target: 'wasm' });
  const trainer = await loadTrainer(step, { maxBatch: 17, threads, seed: 5 });
  try {
    expect(trainer.threads).toBe(threads);
    const next = numbersFrom(1);
    for (const state of trainer.states) {
      const length = sizeOf(state.shape);
      if (state.role === 'parameter') state.write(Float32Array.from({ length }, () => next() * 0.3));
      if (state.name.endsWith('running_var')) state.write(new Float32Array(length).fill(1));
    }
    const size = sizeOf(typeOf(network, network.inputs[0]!.value).shape);
    for (let number = 0; number < 6; number += 1) {
      const batch = [17, 5, 16, 1, 9, 17][number]!;
      const images = Float32Array.from({ length: batch * size }, next);
      const classes = Float32Array.from({ length: batch }, (_, at) => (at * 3 + number) % 5);
      const { loss } = await trainer.step(images, classes, 0.05, number);
      expect(Number.isFinite(loss)).toBe(true);
    }
    const hash = createHash('sha256');
    for (const state of trainer.states) hash.update(new Uint8Array(state.read().buffer));
    return hash.digest('hex');
  } finally {
    trainer.close();
  }
}

test.each(trainedNetworks().map((network) => [network.name, network] as const))('%s', async (_, network) => {
  const alone = await trained(network, 1);
  for (const threads of [2, 4]) expect(await trained(network, threads)).toBe(alone);
});
