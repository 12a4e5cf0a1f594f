// Modules that train by themselves: the same bits on any number of threads, a state that goes on, and what they refuse.

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Init, Recipe } from '../../compiler/autodiff/recipe.ts';
import { runtimeText } from '../../compiler/codegen/runtime-text.ts';
import { compileNetwork, compileTraining } from '../../compiler/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { typeOf } from '../../compiler/ir/signature.ts';
import { sizeOf } from '../../compiler/ir/tensor-type.ts';
import { startTraining } from '../../runtime/trainer.ts';
import type { TrainerOptions } from '../../runtime/trainer-checks.ts';
import { importText } from '../../src/network/module.ts';
import { buildNetworks } from '../../src/network/networks.ts';
import { initialise } from '../../src/train/initialise.ts';
import { labelledImages } from '../../src/data/labelled-images.ts';
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors.ts';
import { compile, train } from '../../src/index.ts';
import { networkFile } from '../../src/weights/network-file.ts';
import { numbersFrom } from '../support/step.ts';
import { trainedNetworks } from '../support/trained-networks.ts';

type Trainer = Awaited<ReturnType<typeof startTraining>>;
interface TrainingModule {
  loadTrainer(options?: TrainerOptions): Promise<Trainer>;
}

const recipe: Recipe = {
  loss: { kind: 'cross_entropy', labelSmoothing: 0 },
  optimizer: { kind: 'sgd', momentum: 0.9, nesterov: false, decay: 0.001, decays: 'weights' },
};
const defaults = { batch: 6, epochs: 1, learningRate: 0.05, seed: 3 };
const rate = { learningRate: 0.05 };
const networks = new Map(trainedNetworks().map((network) => [network.name, { ...network, mode: 'infer' } as const]));
const lenet = networks.get('LeNet')!;
const sizeIn = (network: Graph): number => sizeOf(typeOf(network, network.inputs[0]!.value).shape);
const size = sizeIn(lenet);

async function emitted(
  target: 'js' | 'wasm',
  { network = lenet, ...plan }: { network?: Graph; recipe?: Recipe; init?: Init } = {},
): Promise<TrainingModule> {
  const compiled = compileTraining(
    { graph: network },
    { recipe, init: { kind: 'default' }, defaults, ...plan },
    { target },
  );
  const module: unknown = await importText(compiled.emit({ sourceName: 'net.cnn' })[0]!.text);
  return module as TrainingModule;
}

/** Step `number` of every test. */
function batch(number: number): readonly [images: Float32Array, labels: Uint8Array] {
  const next = numbersFrom(number + 1);
  const images = Float32Array.from({ length: 6 * size }, next);
  return [images, Uint8Array.from({ length: 6 }, (_, at) => (at + number) % 5)];
}

const hashOf = (tensors: Readonly<Record<string, Float32Array>>): string => {
  const hash = createHash('sha256');
  for (const [name, data] of Object.entries(tensors)) hash.update(name).update(new Uint8Array(data.buffer));
  return hash.digest('hex');
};

/** SHA-256 of the weights after 20 steps; with `pause`, in two trainings, the second from a clone of the state of the first. */
async function trained(module: TrainingModule, threads: number, pause = false): Promise<string> {
  let trainer = await module.loadTrainer({ threads });
  for (let number = 0; number < 20; number += 1) {
    if (pause && number === 10) {
      const state = structuredClone(await trainer.state());
      expect(state).toMatchObject({ step: 10, seed: 3 });
      trainer.close();
      trainer = await module.loadTrainer({ threads, state });
    }
    const { loss, accuracy } = await trainer.step(...batch(number), rate);
    expect(Number.isFinite(loss) && accuracy! >= 0 && accuracy! <= 1).toBe(true);
  }
  expect((await trainer.state()).step).toBe(20);
  const hash = hashOf(await trainer.weights());
  trainer.close();
  return hash;
}

test('twenty steps give the same bits on 1, 2 and 4 threads, and after a pause', async () => {
  const module = await emitted('wasm');
  const alone = await trained(module, 1);
  for (const threads of [2, 4]) expect(await trained(module, threads)).toBe(alone);
  expect(await trained(module, 2, true)).toBe(alone);
});

test('the JavaScript target pauses and goes on, too', async () => {
  const module = await emitted('js');
  expect(await trained(module, 1, true)).toBe(await trained(module, 1));
});

test('exports what the network is, and no load', async () => {
  expect(Object.keys(await emitted('wasm')).toSorted()).toEqual(
    ['inputs', 'labels', 'loadTrainer', 'outputs', 'settings', 'train', 'weightTensors'].toSorted(),
  );
  expect(await emitted('js')).toMatchObject({
    inputs: { image: [1, 12, 12] },
    outputs: { scores: [5] },
    train: defaults,
  });
});

test('no two parts of the runtime define the same name', async () => {
  const names = Object.values(runtimeText).flatMap(({ js }) =>
    [...js.matchAll(/^(?:async )?(?:function|const|let|class) (\w+)/gm)].map(([, name]) => name),
  );
  expect(names.filter((name, at) => names.indexOf(name) < at)).toEqual([]);
});

test('null is no options', async () => {
  const { loadTrainer } = await emitted('js');
  const [given, none] = [await loadTrainer(null as never), await loadTrainer()];
  expect(await given.weightsFile()).toEqual(await none.weightsFile());
});

describe('weights', () => {
  test.each([
    { kind: 'default' },
    { kind: 'xavier_uniform' },
    { kind: 'kaiming_normal' },
    { kind: 'normal', deviation: 0.01 },
  ] as const)('start as `cnnc train` draws them: $kind', async (init) => {
    const trainer = await (await emitted('js', { init })).loadTrainer({ seed: 7 });
    expect(new Map(Object.entries(await trainer.weights()))).toEqual(initialise(lenet, init, 7));
  });

  test('are taken as tensors and as the bytes of a file, and given back', async () => {
    const { loadTrainer } = await emitted('js');
    const weights = initialise(lenet, { kind: 'xavier_uniform' }, 11);
    const file = writeSafetensors(
      lenet.parameters.map(({ name, value }) => ({
        name,
        shape: typeOf(lenet, value).shape,
        data: weights.get(name)!,
      })),
    );
    const { weightsFile } = await loadTrainer({ weights });
    expect(await weightsFile()).toEqual(networkFile(lenet, weights));
    for (const source of [
      weights,
      Object.fromEntries(weights),
      file,
      await weightsFile(),
      new Blob([file as Uint8Array<ArrayBuffer>]),
    ])
      expect(hashOf(await (await loadTrainer({ weights: source })).weights())).toBe(
        hashOf(Object.fromEntries(weights)),
      );
  });

  test('are the averages where the recipe has them, from the first step on', async () => {
    const { loadTrainer } = await emitted('js', { recipe: { ...recipe, average: 0.9 } });
    const trainer = await loadTrainer({});
    expect(new Map(Object.entries(await trainer.weights()))).toEqual(initialise(lenet, { kind: 'default' }, 3));
    for (const number of [0, 1, 2]) await trainer.step(...batch(number), rate);
    const { tensors } = await trainer.state();
    const weights = await trainer.weights();
    expect(weights['conv1.weight']).toEqual(tensors['average/conv1.weight']);
    expect(weights['conv1.weight']).not.toEqual(tensors['conv1.weight']);
  });
});

describe.each(['js', 'wasm'] as const)('run of %s', (target) => {
  test.each([...networks.values()].map((network) => [network.name, network] as const))(
    'gives what the module of %s gives with these weights',
    async (_, network) => {
      const module = await emitted(target, { network });
      const script = compileNetwork({ graph: network }, { target }).emit('js', { sourceName: '' })[0]!.text;
      const ordinary = await importText(script);
      const trainer = await module.loadTrainer({});
      const images = Float32Array.from({ length: 8 * sizeIn(network) }, numbersFrom(9));
      // Zero, one and two steps: what measures the weights is loaded, filled again, and then as it was.
      for (let step = 0; step < 3; step += 1) {
        const found = [await trainer.run(images), await trainer.run(images)];
        const net = await ordinary.load(await trainer.weights());
        expect(found).toEqual([net.run(images), net.run(images)]);
        net.close?.();
        await trainer.step(images.subarray(0, 2 * sizeIn(network)), [step, 4], rate);
      }
      trainer.close();
    },
  );
});

test('the order of calls is the order of work, and the caller may use its array again', async () => {
  const { loadTrainer } = await emitted('wasm');
  const [images, labels] = batch(0);
  const careful = await loadTrainer({});
  for (let number = 0; number < 3; number += 1) await careful.step(images.slice(), labels.slice(), rate);
  const hasty = await loadTrainer({});
  const before = hasty.weights();
  const steps = [0, 1, 2].map(() => {
    const step = hasty.step(images, labels, rate);
    images.fill(1);
    labels.fill(1);
    const [again, same] = batch(0);
    images.set(again);
    labels.set(same);
    return step;
  });
  images.fill(-1);
  labels.fill(0);
  const after = hasty.weights();
  const state = hasty.state();
  await Promise.all(steps);
  expect(await before).not.toEqual(await after);
  expect(await after).toEqual(await careful.weights());
  expect((await state).step).toBe(3);
  careful.close();
  hasty.close();
});

test('timers have their turn between steps', async () => {
  const trainer = await (await emitted('js')).loadTrainer({});
  let isDone = false;
  let turns = 0;
  const steps = (async () => {
    for (let number = 0; number < 30; number += 1) await trainer.step(...batch(number), rate);
    isDone = true;
  })();
  while (!isDone) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    turns += 1;
  }
  await steps;
  expect(turns).toBeGreaterThan(1);
});

describe('refuses', () => {
  const one = new Float32Array(size);
  const withNaN = one.slice();
  withNaN[7] = NaN;
  test.each<readonly [string, TrainerOptions | undefined, RegExp]>([
    ['a seed', { seed: -1 }, /the seed must be a whole number from 0 to 2\^32 - 1; found -1/],
    ['a batch', { maxBatch: 0 }, /maxBatch is 0; expected a whole number from 1/],
    ['no weights', { weights: {} }, /the weights have no tensor conv1.weight \[6, 1, 5, 5\]/],
    ['other weights', { weights: 'file' }, /found a string/],
    ['both', { weights: {}, state: { step: 0, seed: 3, tensors: {} } }, /from weights or from a state, not from both/],
    ['no state', { state: 5 as never }, /the state must be what state\(\) of a training gave; found a number/],
    ['a state that lacks something', { state: { step: 1, seed: 3, tensors: {} } }, /the state must have conv1.weight/],
    ['a state of no step', { state: { step: 0.5, seed: 3, tensors: {} } }, /how many steps were done/],
    [
      'an option of another name',
      { learningRate: 0.1 } as never,
      /TypeError: loadTrainer has no option learningRate; it takes weights, state, seed, maxBatch, threads, wasm$/,
    ],
    ['a state of another seed', { seed: 4, state: { step: 1, seed: 3, tensors: {} } }, /with seed 3; found seed 4/],
  ])('%s', async (_, options, message) => {
    await expect((await emitted('js')).loadTrainer(options).catch(String)).resolves.toMatch(message);
  });

  test.each(['js', 'wasm'] as const)('states that do not fit, %s', async (target) => {
    const { loadTrainer } = await emitted(target);
    const state = await (await loadTrainer()).state();
    const changed = (name: string, data: unknown) => {
      const tensors = { ...state.tensors, [name]: data } as typeof state.tensors;
      return loadTrainer({ state: { ...state, tensors } }).catch(String);
    };
    const bias = state.tensors['conv1.bias']!;
    expect(await changed('conv1.bias', [...bias])).toBe('TypeError: conv1.bias must be a Float32Array; found an Array');
    expect(await changed('conv1.bias', bias.slice(1))).toBe('RangeError: conv1.bias has 5 numbers; expected 6, [6]');
    expect(await changed('conv1.bias', bias.with(4, -Infinity))).toBe(
      'RangeError: conv1.bias of the state has -Infinity at 4; expected finite numbers',
    );
    const velocity = Object.keys(state.tensors).find((name) => !name.startsWith('conv1'))!;
    expect(await changed(velocity, state.tensors[velocity]!.with(1, NaN))).toContain(
      `${velocity} of the state has NaN`,
    );
    expect(await changed('average/conv1.bias', bias)).toBe(
      'RangeError: the state has average/conv1.bias, which this training does not keep',
    );
  });

  test('weights that are not finite', async () => {
    const weights = new Map(initialise(lenet, { kind: 'default' }, 1));
    weights.set('conv1.bias', new Float32Array(6).fill(Infinity));
    await expect((await emitted('js')).loadTrainer({ weights })).rejects.toThrow('conv1.bias has Infinity at 0');
  });

  test.each<readonly [string, Parameters<Trainer['step']>, string]>([
    [
      'too many images',
      [new Float32Array(7 * size), [], rate],
      'has 7 images, and the training was loaded with maxBatch 6',
    ],
    ['part of an image', [one.subarray(1), [0], rate], 'images has 143 numbers; expected [N, 1, 12, 12]'],
    ['no image', [new Float32Array(), [], rate], 'a positive multiple of 144'],
    ['bytes', [new Uint8Array(size) as never, [0], rate], 'images must be a Float32Array'],
    ['NaN', [withNaN, [0], rate], 'images has NaN at 7; expected finite numbers'],
    ['a class', [one, [5], rate], 'label 0 is 5; expected a whole number from 0 to 4'],
    ['half a class', [one, [0.5], rate], 'label 0 is 0.5; expected a whole number from 0 to 4'],
    ['a word', [one, ['cat'] as never, rate], 'label 0 is a string; expected a whole number'],
    ['two labels', [one, [0, 1], rate], 'there are 2 labels for 1 image; expected 1'],
    ['no labels', [one, 3 as never, rate], 'labels must be an array of numbers; found a number'],
    ['a rate', [one, [0], { learningRate: NaN }], 'learningRate must be a finite number from 0; found NaN'],
    ['no rate', [one, [0], undefined as never], 'learningRate must be a finite number from 0; found undefined'],
    ['a rate of another name', [one, [0], { lr: 0.1 } as never], 'step has no option lr; it takes learningRate'],
    ['two rates', [one, [0], { ...rate, lr: 0.1 } as never], 'step has no option lr; it takes learningRate'],
  ])('%s', async (_, step, message) => {
    const trainer = await (await emitted('js')).loadTrainer({});
    await expect(trainer.step(...step)).rejects.toThrow(message);
    expect((await trainer.state()).step).toBe(0);
  });

  test('one image where a batch norm sees one value of it', async () => {
    const text = 'network A { input x: [3]\n dense(4) -> batch_norm -> dense(2) }';
    const network = buildNetworks({ path: 'a.cnn', text }).networks[0]!.graph;
    const trainer = await (await emitted('js', { network })).loadTrainer({});
    const step = (count: number) => trainer.step(new Float32Array(3 * count), new Uint8Array(count), rate);
    await expect(step(1)).rejects.toThrow('the step has 1 image, of which batch_norm1 sees one value per channel');
    expect(await step(2)).toMatchObject({ correct: expect.any(Number) });
  });

  test('everything after close', async () => {
    for (const target of ['js', 'wasm'] as const) {
      const trainer = await (await emitted(target)).loadTrainer({});
      trainer.close();
      await expect(trainer.step(one, [0], rate)).rejects.toThrow('the training was closed');
      await expect(trainer.weights()).rejects.toThrow('the training was closed');
    }
  });
});

describe.each(['js', 'wasm'] as const)('what is not finite, %s:', (target) => {
  test('a loss ends the training, and says at which step', async () => {
    const trainer = await (await emitted(target)).loadTrainer({});
    const [images, labels] = batch(0);
    await trainer.step(images, labels, rate);
    const state = trainer.state();
    // Weights beyond all scores of f32 after the second step; the fourth is asked for before the third one's loss is known.
    const steps = [3e38, 0.05, 0.05].map((learningRate) => trainer.step(images, labels, { learningRate }));
    const found = await Promise.all(steps.map((step) => step.catch((error: unknown) => error)));
    expect(found[0]).toMatchObject({ loss: expect.any(Number) });
    expect(found[1]).toMatchObject({
      name: 'NotFiniteError',
      message: 'in step 3, the loss became Infinity; load a trainer with an earlier state and take smaller steps',
      step: 3,
    });
    expect(found[2]).toBe(found[1]);
    for (const call of [trainer.weights, trainer.weightsFile, trainer.state, () => trainer.run(images)])
      await expect(call()).rejects.toBe(found[1]);
    expect((await state).step).toBe(1);
    trainer.close();
    await expect(trainer.state()).rejects.toThrow('the training was closed');
  });

  test('weights do not leave the training', async () => {
    const text = 'network A { input x: [3]\n dense(2) }';
    const network = buildNetworks({ path: 'a.cnn', text }).networks[0]!.graph;
    const trainer = await (await emitted(target, { network })).loadTrainer({});
    await trainer.step(new Float32Array(6).fill(1000), [0, 1], { learningRate: 3e38 });
    const error = await trainer.weightsFile().catch((one: unknown) => one);
    expect(error).toMatchObject({ name: 'NotFiniteError', step: 1 });
    expect(String(error)).toMatch(/in step 1, \w+\.\w+ became -?(NaN|Infinity); load a trainer with an earlier state/);
    await expect(trainer.step(new Float32Array(3), [0], rate)).rejects.toBe(error);
    trainer.close();
  });
});

test('learns what `train` learns from the same images', async () => {
  // Two images, the order of which the sums of a dense layer do not depend on.
  const text = `network A { input x: [1, 4, 4] { scale: 1/255 }
    flatten -> dense(3) }
  train A { optimizer: adamw(learning_rate: 0.1)  batch: 2  epochs: 8  seed: 9  init: normal(deviation: 0.3) }`;
  const pixels = Uint8Array.from({ length: 32 }, (_, at) => (at * 37) % 256);
  const form = { count: 2, channels: 1, height: 4, width: 4 } as const;
  const data = { training: labelledImages(form, pixels, [0, 1], { classes: 2 }) };
  for (const target of ['js', 'wasm'] as const) {
    const { weights } = await train(text, { data, target });
    const { loadTrainer } = (await importText(
      compile(text, { training: true, target }).files[0]!.text,
    )) as unknown as TrainingModule;
    const trainer = await loadTrainer();
    const images = Float32Array.from(pixels, (byte) => byte * (1 / 255));
    for (let step = 0; step < 8; step += 1) await trainer.step(images, [0, 1], { learningRate: 0.1 });
    const found = readSafetensors(weights).tensors.map(({ name, data: values }) => [name, values]);
    expect(await trainer.weights()).toEqual(Object.fromEntries(found));
    trainer.close();
  }
});

test('a regression takes numbers as labels', async () => {
  const { loadTrainer } = await emitted('js', {
    recipe: { ...recipe, loss: { kind: 'mean_squared_error', reduction: 'mean' } },
  });
  const trainer = await loadTrainer({});
  const images = new Float32Array(size);
  const [scores] = [(await trainer.run(images)) as Float32Array];
  const { loss, ...others } = await trainer.step(
    images,
    scores.map((score) => score + 2),
    rate,
  );
  expect(loss).toBeCloseTo(4, 5);
  expect(others).toEqual({});
  await expect(trainer.step(images, [1, 2, NaN, 4, 5], rate)).rejects.toThrow(
    'label 2 is NaN; expected a finite number (label 2 of image 0)',
  );
});
