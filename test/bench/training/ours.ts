// Our side: the compiled step of a training, as `cnnc train` takes it.

import { compileStep } from '../../../compiler/index.ts';
import { loadTrainer } from '../../../src/train/trainer.ts';
import type { Variant } from '../ours.ts';
import type { Learner, Lesson, StepTime } from './learner.ts';

const recipe = {
  loss: { kind: 'cross_entropy', labelSmoothing: 0 },
  optimizer: { kind: 'sgd', momentum: 0, nesterov: false, decay: 0, decays: 'weights' },
} as const;

export async function createOurs({ target, math, threads, name }: Variant, lesson: Lesson): Promise<Learner> {
  const { graph, weights, images, labels, rate } = lesson;
  const step = compileStep({ graph }, recipe, { target, math });
  const trainer = await loadTrainer(step, {
    maxBatch: labels.length,
    seed: 0,
    ...(target === 'wasm' && { threads }),
  });
  for (const state of trainer.states) {
    const data = weights.get(state.name);
    if (data) state.write(data);
  }
  let number = 0;
  return {
    name,
    async steps(count) {
      const times: StepTime[] = [];
      for (let index = 0; index < count; index += 1, number += 1) {
        const start = performance.now();
        const { loss } = await trainer.step(images, labels, rate, number);
        times.push({ milliseconds: performance.now() - start, loss });
      }
      return times;
    },
    close: () => trainer.close(),
  };
}
