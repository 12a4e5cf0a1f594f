// `train` of the package: from text and pixels to weights that `run` takes.

import { expect, test } from 'vitest';
import { digits, run, train } from '../../src/index.ts';

const text = `network A {
  input x: [1, 8, 8] { scale: 1/255 }
  flatten
  dense(10)
}
train A { optimizer: sgd(learning_rate: 0.2, momentum: 0.9)  batch: 8  epochs: 4 }`;
const data = { training: digits({ count: 30, height: 8, width: 8 }) };

test('gives weights that run, and the same ones where it was ended between', async () => {
  const losses: number[] = [];
  const whole = await train(text, { data, onStep: ({ loss }) => void losses.push(loss) });
  expect(losses).toHaveLength(16);
  expect(whole.isComplete).toBe(true);
  expect(whole.history.at(-1)!.loss).toBeLessThan(whole.history[0]!.loss);
  expect(await run(text, whole.weights, new Float32Array(64))).toHaveLength(10);
  const stop = new AbortController();
  let steps = 0;
  const part = await train(text, {
    data,
    signal: stop.signal,
    onStep: () => {
      steps += 1;
      if (steps === 6) stop.abort();
    },
  });
  expect(part).toMatchObject({ isComplete: false, history: [{ epoch: 0 }] });
  const rest = await train(text, { data, resume: part.checkpoint });
  expect(rest).toEqual(whole);
  await expect(train(text, { data, resume: part.checkpoint, seed: 1 })).rejects.toThrow('what differs: seed');
});

test('needs a section that says how', async () => {
  const untold = text.slice(0, text.indexOf('train A'));
  await expect(train(untold, { data })).rejects.toThrow('A has no `train` section');
});

test('starts from the weights of another training', async () => {
  const first = await train(text, { data, epochs: 3 });
  const further = await train(text, { data, epochs: 1, start: first.weights });
  expect(further.history[0]!.loss).toBeLessThan(first.history[0]!.loss);
});

test.each<[string, unknown, string]>([
  ['a file that is none', new Uint8Array(3), 'safetensors'],
  ['a list', [1], 'start takes a Map from names to Float32Array, or a safetensors file as bytes; found Array'],
  ['numbers in a list', new Map([['dense1.bias', [1]]]), 'found a Map with Array as "dense1.bias"'],
  ['another name', new Map([['dense9.bias', new Float32Array(1)]]), 'A has no "dense9.bias"'],
])('refuses to start from %s', async (_, start, message) => {
  await expect(train(text, { data, start: start as Uint8Array })).rejects.toThrow(message);
});
