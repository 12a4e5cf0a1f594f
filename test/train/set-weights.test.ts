// Weights that a training is given while it goes on: the steps that follow are those of a training that begins with them.

import { expect, test } from 'vitest';
import type { startTraining } from '../../runtime/trainer.ts';
import type { TrainerOptions } from '../../runtime/trainer-checks.ts';
import { compile } from '../../src/index.ts';
import { importText } from '../../src/network/module.ts';
import { numbersFrom } from '../support/step.ts';

type Trainer = Awaited<ReturnType<typeof startTraining>>;
interface TrainingModule {
  loadTrainer(options?: TrainerOptions): Promise<Trainer>;
}

const text = `network Net { input x: [2, 6, 6]  conv(3, kernel: 3) -> batch_norm -> relu -> flatten -> dense(4) }
train Net { loss: cross_entropy  optimizer: sgd(learning_rate: 0.1, momentum: 0.9)  batch: 4 }
`;
const moduleOf = async (target: 'js' | 'wasm'): Promise<TrainingModule> => {
  const { files } = compile(text, { target, training: true });
  return (await importText(files[0]!.text)) as unknown as TrainingModule;
};
const numbers = (count: number, seed: number) => Float32Array.from({ length: count }, numbersFrom(seed));
const rate = { learningRate: 0.1 };
const step = (trainer: Trainer, number: number) => trainer.step(numbers(4 * 72, number), [0, 1, 2, 3], rate);
const given = { 'conv1.weight': numbers(54, 8), 'batch_norm1.running_mean': numbers(3, 9) };

test.each([
  ['js', {}],
  ['wasm', {}],
  ['wasm', { threads: 2 }],
] as const)('the steps that follow are those of a training that begins so: %s %o', async (target, options) => {
  const { loadTrainer } = await moduleOf(target);
  const trainer = await loadTrainer(options);
  for (const number of [1, 2]) await step(trainer, number);
  const before = await trainer.state();
  const mine = { ...given, 'conv1.weight': given['conv1.weight'].slice() };
  const done = trainer.setWeights(mine);
  mine['conv1.weight'].fill(0);
  await done;
  const tensors = { ...before.tensors, ...given };
  expect(await trainer.state()).toEqual({ ...before, tensors });
  const other = await loadTrainer({ state: { ...before, tensors }, ...options });
  expect(await step(trainer, 3)).toEqual(await step(other, 3));
  expect(await trainer.state()).toEqual(await other.state());
  for (const one of [trainer, other]) one.close();
});

test('run has them at once', async () => {
  const { loadTrainer } = await moduleOf('wasm');
  const trainer = await loadTrainer();
  const images = numbers(72, 4);
  const before = await trainer.run(images);
  await trainer.setWeights(given);
  const after = await trainer.run(images);
  expect(after).not.toEqual(before);
  expect(after).toEqual(await (await loadTrainer({ weights: await trainer.weights() })).run(images));
});

test.each<[string, unknown, string]>([
  [
    'another name',
    { ...given, conv: numbers(54, 1) },
    'there are no weights conv; expected some of those in weightTensors',
  ],
  ['another length', { ...given, 'dense1.bias': numbers(5, 1) }, 'dense1.bias has 5 numbers'],
  [
    'NaN',
    { ...given, 'dense1.bias': numbers(4, 1).fill(NaN, 2, 3) },
    'dense1.bias has NaN at 2; expected finite numbers',
  ],
  ['no arrays', { 'dense1.bias': [1, 2, 3, 4] }, 'dense1.bias must be a Float32Array'],
  ['no object', [numbers(4, 1)], 'setWeights takes Float32Arrays by their names; found'],
  ['nothing', undefined, 'setWeights takes Float32Arrays by their names; found undefined'],
])('refused, and then nothing has changed: %s', async (_, wrong, message) => {
  const trainer = await (await moduleOf('js')).loadTrainer();
  const before = await trainer.state();
  await expect(trainer.setWeights(wrong as never)).rejects.toThrow(message);
  expect(await trainer.state()).toEqual(before);
});
