// Modules that train by themselves: the same bits on any number of threads, a state that goes on, and what they refuse.

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Recipe } from '../../compiler/autodiff/recipe.ts';
import { compileStep } from '../../compiler/index.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import type { TrainerOptions, trainerOf } from '../../runtime/trainer.ts';
import { importText } from '../../src/network/module.ts';
import { numbersFrom } from '../support/step.ts';
import { trainedNetworks } from '../support/trained-networks.ts';

interface TrainingModule {
  loadTrainer(options: TrainerOptions): Promise<ReturnType<typeof trainerOf>>;
}

const recipe: Recipe = {
  loss: { kind: 'cross_entropy', labelSmoothing: 0 },
  optimizer: { kind: 'sgd', momentum: 0.9, nesterov: false, decay: 0.001, decays: 'weights' },
};
const network = trainedNetworks()[0]!;
const size = sizeOf(typeOf(network, network.inputs[0]!.value).shape);
const options = { seed: 3, maxBatch: 6 };

async function emitted(target: 'js' | 'wasm'): Promise<TrainingModule> {
  const step = compileStep({ graph: network }, recipe, { target });
  const module: unknown = await importText(step.emit('js', { sourceName: 'net.cnn', isTraining: true })[0]!.text);
  expect(Object.keys(module as object)).not.toContain('load');
  return module as TrainingModule;
}

/** SHA-256 of the weights after 20 steps; with `pause`, in two trainings, the second from the state of the first. */
async function trained(module: TrainingModule, threads: number, pause = false): Promise<string> {
  let trainer = await module.loadTrainer({ ...options, threads });
  const next = numbersFrom(1);
  for (let number = 0; number < 20; number += 1) {
    if (pause && number === 10) {
      const state = trainer.state();
      expect(state.step).toBe(10);
      trainer.close();
      trainer = await module.loadTrainer({ ...options, threads, state });
    }
    const images = Float32Array.from({ length: 6 * size }, next);
    const labels = Uint8Array.from({ length: 6 }, (_, at) => (at + number) % 5);
    const { loss, accuracy } = await trainer.step(images, labels, { learningRate: 0.05 });
    expect(Number.isFinite(loss) && accuracy! >= 0 && accuracy! <= 1).toBe(true);
  }
  const hash = createHash('sha256');
  for (const data of Object.values(trainer.weights())) hash.update(new Uint8Array(data.buffer));
  trainer.close();
  return hash.digest('hex');
}

test('twenty steps give the same bits on 1, 2 and 4 threads, and after a pause', async () => {
  const module = await emitted('wasm');
  const alone = await trained(module, 1);
  for (const threads of [2, 4]) expect(await trained(module, threads)).toBe(alone);
  expect(await trained(module, 1, true)).toBe(alone);
});

test('the JavaScript target pauses and goes on, too', async () => {
  const module = await emitted('js');
  expect(await trained(module, 1, true)).toBe(await trained(module, 1));
});

test('what a training refuses', async () => {
  const { loadTrainer } = await emitted('js');
  await expect(loadTrainer({ ...options, seed: -1 })).rejects.toThrow('the seed must be a whole number');
  await expect(loadTrainer({ ...options, weights: {} })).rejects.toThrow(/the weights must have .*; it is missing/);
  const trainer = await loadTrainer(options);
  const rate = { learningRate: 0.1 };
  const one = new Float32Array(size);
  await expect(trainer.step(new Float32Array(7 * size), [], rate)).rejects.toThrow('loaded for up to 6');
  await expect(trainer.step(one, [5000], rate)).rejects.toThrow('label 0 is 5000; expected a whole number from 0 to');
  await expect(trainer.step(one, [0, 1], rate)).rejects.toThrow('there are 2 labels for 1 images; expected 1');
  await expect(trainer.step(one.subarray(1), [0], rate)).rejects.toThrow('expected a positive multiple of');
  expect(trainer.state().step).toBe(0);
  await Promise.all([trainer.step(one, [0], rate), trainer.step(one, Int32Array.of(1), rate)]);
  expect(trainer.state().step).toBe(2);
});
