// Training as the Train tab's worker does it: pauses change nothing, and networks that cannot learn digits get a sentence.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readSafetensors } from '../../src/data/safetensors.ts';
import { trainSession } from '../../src/playground/run/training.ts';

const text = `network Small { input image: [1, 12, 12] { scale: 1/255 }
  conv(4, kernel: 3, stride: 2) -> relu
  flatten
  scores = dense(10)
  output scores }
train Small { loss: cross_entropy  optimizer: sgd(learning_rate: 0.05, momentum: 0.9)  batch: 50  epochs: 3 }`;

/** Trained by as many calls as the clock makes necessary: each step takes `step` of its milliseconds. */
async function trained(step: number) {
  let time = 0;
  const session = trainSession(() => (time += step));
  const started = await session.start({ text, images: 200, threads: 1 });
  let calls = 0;
  let last = await session.advance(10);
  for (const seen = [...last.losses]; ; seen.push(...last.losses)) {
    calls += 1;
    if (last.isDone) return { started, calls, last, bytes: session.weights() };
    last = await session.advance(10);
  }
}

test('pauses change no bit', async () => {
  const [often, seldom] = [await trained(100), await trained(0)];
  expect(often.started).toMatchObject({ stepsPerEpoch: 4, images: 200, epochs: 3 });
  expect(often.calls).toBeGreaterThan(12);
  expect(seldom.calls).toBeLessThan(6);
  expect(often.last.steps).toBe(12);
  expect(often.last.history.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
  expect(often.bytes).toEqual(seldom.bytes);
  expect(readSafetensors(often.bytes).tensors.map(({ name }) => name)).toContain('scores.weight');
});

test('weights of the moment are there while it is paused', async () => {
  const session = trainSession(() => 0);
  await session.start({ text, images: 200, threads: 1 });
  const before = session.weights();
  await session.advance(0);
  expect(session.weights()).not.toEqual(before);
});

test('the form overrides the section, in its limits', async () => {
  const session = trainSession(() => 0);
  expect(session.plan({ text })).toEqual({
    network: 'Small',
    epochs: 3,
    batch: 50,
    learningRate: 0.05,
    recipe: 'cross_entropy, sgd',
    isWritten: true,
  });
  const started = await session.start({ text, images: 100, threads: 1, epochs: 1, batch: 20, learningRate: 0.5 });
  expect(started).toMatchObject({ epochs: 1, stepsPerEpoch: 5 });
  const { rates } = await session.advance(0);
  expect(rates).toEqual([0.5, 0.5, 0.5, 0.5, 0.5]);
  const wrong = { text, images: 100, threads: 1 };
  await expect(session.start({ ...wrong, epochs: 0 })).rejects.toThrow(
    'epochs is a whole number from 1 to 1,000; found 0',
  );
  await expect(session.start({ ...wrong, batch: 1.5 })).rejects.toThrow('found 1.5');
  await expect(session.start({ ...wrong, learningRate: Number.NaN })).rejects.toThrow('learning rate');
  await expect(session.start({ ...wrong, images: 1e9 })).rejects.toThrow('pictures is a whole number');
});

test('a network without a section learns by one of the page', () => {
  const plain = text.slice(0, text.indexOf('train Small'));
  expect(trainSession(() => 0).plan({ text: plain })).toMatchObject({
    isWritten: false,
    epochs: 5,
    recipe: 'cross_entropy, adam',
  });
});

test('the LeNets can learn digits', () => {
  const read = (name: string) => readFileSync(new URL(`../../examples/${name}/${name}.cnn`, import.meta.url), 'utf8');
  for (const name of ['lenet', 'lenet-bn'])
    expect(trainSession(() => 0).plan({ text: read(name) }).isWritten).toBe(true);
});

describe('refused with a mend:', () => {
  test.each([
    ['network A { input x: [4]\n dense(10) }', /takes \[4\], and digits are pictures.*LeNet/],
    ['network A { input x: [1, 28, 28]\n flatten\n dense(2) }', /gives \[2\], and digits have 10 classes.*dense\(10\)/],
    ['network A { input x: [1, 28, 28]\n input y: [1, 28, 28]\n add(x, y) -> flatten -> dense(10) }', /has 2 inputs/],
    ['network A { input x: [3, 512, 512]\n global_avg_pool -> flatten -> dense(10) }', /too many to learn in a page/],
    ['network A { input x: [1, 28, 28]\n conv(3, kernel: 3) }', /gives \[3, 26, 26\]/],
    [
      'network A { input x: [1, 28, 28]\n flatten\n y = dense(10)\n output y }\ntrain A { loss: cross_entropy(of: y)  optimizer: adam }',
      /the losses of A name outputs, and digits are one class each/,
    ],
  ])('%s', (network, message) => {
    expect(() => trainSession(() => 0).plan({ text: network })).toThrow(message);
  });
});
