// Batches ahead of the steps: whatever threads prepare them, and whatever becomes of these, the bits are those of no thread at all.

import { describe, expect, test, vi } from 'vitest';
import type { Choice } from '../../compiler/frontend/sections/train.ts';
import { readCifar } from '../../src/data/cifar.ts';
import { digits } from '../../src/data/digits/digits.ts';
import { InputError } from '../../src/data/input-error.ts';
import type { LabelledImages } from '../../src/data/labelled-images.ts';
import { labelledImages } from '../../src/data/labelled-images.ts';
import { buildNetworks } from '../../src/network/networks.ts';
import type { BatchSettings } from '../../src/train/batch-maker.ts';
import { openBatches } from '../../src/train/batch-maker.ts';
import type { Loader, LoaderOptions, LoaderWorker } from '../../src/train/loader.ts';
import { openLoader } from '../../src/train/loader.ts';
import { batchOrder, positionAfter } from '../../src/train/order.ts';
import { prepare } from '../../src/train/prepare.ts';
import { run } from '../../src/train/run.ts';

const augment: readonly Choice[] = [
  { name: 'random_crop', arguments: { size: [8, 8], padding: [1, 1, 1, 1] } },
  { name: 'random_flip', arguments: { horizontal: true, vertical: false, probability: 0.5 } },
  { name: 'random_rotation', arguments: { degrees: 20 } },
];
const settings: BatchSettings = {
  options: { shape: [1, 8, 8], settings: { scale: 1 / 255, colors: 'rgb', crop: [8, 8] }, augment, seed: 5 },
  target: { kind: 'class', elements: 1, classes: 10 },
};
const drawn = (): LabelledImages => digits({ count: 50, height: 8, width: 8 });

const EPOCHS = 3;
const STEPS = 7;
/** Seven batches in an epoch, the last of them smaller. */
function optionsOf(images: LabelledImages, workers: number, changes: Partial<LoaderOptions> = {}): LoaderOptions {
  const make = openBatches(images, settings);
  const indicesAt = batchOrder(images.count, 8, 1);
  return { images, settings, make, workers, indicesAt, stepsPerEpoch: STEPS, steps: EPOCHS * STEPS, ...changes };
}

const ready = (loader: Loader, workers: number): Promise<void> =>
  vi.waitFor(() => expect(loader.workers).toBe(workers), { timeout: 20_000, interval: 5 });

/** Images and targets of the batches from step `first` on. */
async function batchesFrom(loader: Loader, first: number, { indicesAt }: LoaderOptions): Promise<readonly number[][]> {
  const found: number[][] = [];
  for (let number = first; number < EPOCHS * STEPS; number += 1) {
    const position = positionAfter(number, STEPS);
    const { images, targets } = await loader.batchAt(indicesAt(position), position);
    found.push([...images, ...targets]);
  }
  return found;
}

async function all(images: LabelledImages, workers: number, first = 0): Promise<readonly number[][]> {
  const options = optionsOf(images, workers);
  const loader = openLoader(options);
  try {
    await ready(loader, workers);
    return await batchesFrom(loader, first, options);
  } finally {
    loader.close();
  }
}

describe('threads prepare the batches that are made without them', { timeout: 60_000 }, () => {
  const pixels = Uint8Array.from({ length: 50 * 300 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24);
  const labels = Array.from({ length: 50 }, (_, i) => i % 10);
  // Records of a label and 3072 bytes.
  const cifar = Uint8Array.from({ length: 50 * 3073 }, (_, i) => (i % 3073 === 0 ? (i / 3073) % 10 : i >> 3));
  test.each<[string, () => LabelledImages]>([
    ['of digits that they draw', drawn],
    ['of pixels', () => labelledImages({ count: 50, channels: 3, height: 10, width: 10 }, pixels, labels)],
    ['of CIFAR', () => readCifar([cifar], 10)],
  ])('%s', async (_, make) => {
    const images = make();
    const alone = await all(images, 0);
    expect(new Set(alone.map(String)).size).toBe(EPOCHS * STEPS);
    expect(await all(images, 3)).toEqual(alone);
    // As a training that goes on within the second epoch.
    expect(await all(make(), 1, 9)).toEqual(alone.slice(9));
  });

  test('and a training ends with the same weights', async () => {
    const text =
      'network A { input x: [1, 8, 8] { scale: 1/255 }\n  flatten\n  dense(10) }\ntrain A { optimizer: adam  batch: 8  epochs: 3  augment: random_translation  loss: mean_squared_error }';
    const [network] = buildNetworks({ path: 'a.cnn', text }).networks;
    const trained = async (workers: number) => {
      const training = prepare(network!, network!.train!, { training: drawn() }, { workers });
      const course = await training.open();
      try {
        return await run(course, training.begin(), { onStep: () => new Promise((done) => void setTimeout(done, 10)) });
      } finally {
        course.close();
      }
    };
    const [none, two] = [await trained(0), await trained(2)];
    expect(two).toEqual(none);
  });
});

test('the queue is bounded, and memory goes round', async () => {
  const { worker, tasks, answer } = fakeWorker();
  const options = optionsOf(drawn(), 1, { steps: 100 * STEPS });
  const loader = openLoader(options, () => worker);
  answer('ready');
  const take = (step: number) => {
    const position = positionAfter(step, STEPS);
    return loader.batchAt(options.indicesAt(position), position);
  };
  await take(0);
  expect(tasks.map(({ number }) => number)).toEqual([1, 2]);
  const [images, targets] = [new Float32Array(8 * 64), new Float32Array(8)];
  answer({ number: 1, images, targets });
  expect((await take(1)).images).toBe(images);
  expect(tasks.map(({ number }) => number)).toEqual([1, 2, 3]);
  answer({ number: 2, images: new Float32Array(8 * 64), targets });
  await take(2);
  expect(tasks.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
  expect(tasks.at(-1)!.used).toBe(images.buffer);
  loader.close();
});

describe('without threads', () => {
  test('for a data set that is a function', async () => {
    const { share: _, ...images } = drawn();
    const options = optionsOf(images, 2);
    const loader = openLoader(options);
    expect(loader.reason).toBe('these pictures are made by a function, which threads do not have');
    expect(await batchesFrom(loader, 0, options)).toEqual(await all(drawn(), 0));
  });

  test('where they cannot be started', async () => {
    const options = optionsOf(drawn(), 1);
    const loader = openLoader(options, () => {
      throw new Error('no more threads');
    });
    expect(loader.reason).toBe('no more threads');
    expect(await batchesFrom(loader, 20, options)).toEqual((await all(drawn(), 0)).slice(20));
  });

  test('where they end as they begin', async () => {
    const broken = { ...settings, options: { ...settings.options, shape: [1, 9, 9] } };
    const options = optionsOf(drawn(), 1, { settings: broken });
    const loader = openLoader(options);
    await vi.waitFor(() => expect(loader.reason).toContain('but the input is [1, 9, 9]'), { timeout: 20_000 });
    expect(await batchesFrom(loader, 0, options)).toEqual(await all(drawn(), 0));
    loader.close();
  }, 60_000);
});

describe('one sentence says', () => {
  test('which picture a thread could not make', async () => {
    const options = optionsOf(drawn(), 1, { indicesAt: () => Uint32Array.of(1, 77) });
    const loader = openLoader(options);
    await ready(loader, 1);
    await loader.batchAt(Uint32Array.of(1), { epoch: 0, step: 0 });
    await expect(loader.batchAt(Uint32Array.of(1), { epoch: 0, step: 1 })).rejects.toThrow(
      'there is no picture 77; the data set holds 50',
    );
    loader.close();
  }, 60_000);

  test.each<['error' | 'exit', unknown, string]>([
    ['error', new Error('out of memory'), 'a thread that prepares batches ended: out of memory'],
    ['exit', 7, 'a thread that prepares batches ended: it left with code 7'],
  ])('why a thread ended, by its %s', async (event, value, message) => {
    const { worker, answer, emit } = fakeWorker();
    const options = optionsOf(drawn(), 1);
    const loader = openLoader(options, () => worker);
    answer('ready');
    await loader.batchAt(options.indicesAt({ epoch: 0, step: 0 }), { epoch: 0, step: 0 });
    const next = loader.batchAt(options.indicesAt({ epoch: 0, step: 1 }), { epoch: 0, step: 1 });
    emit(event, value);
    await expect(next).rejects.toThrow(new InputError(message));
    loader.close();
  });
});

/** A worker that does nothing by itself. */
function fakeWorker() {
  const tasks: Parameters<LoaderWorker['postMessage']>[0][] = [];
  const listeners = new Map<string, (value: unknown) => void>();
  const worker: LoaderWorker = {
    postMessage: (task) => void tasks.push(task),
    on: (event, listener) => void listeners.set(event, listener),
    terminate: async () => 0,
  };
  const emit = (event: string, value: unknown): void => listeners.get(event)!(value);
  return { worker, tasks, emit, answer: (message: unknown) => emit('message', message) };
}
